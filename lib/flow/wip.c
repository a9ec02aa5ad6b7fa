#include "flow/wip.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "port/git.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * With its time: a file that was changed in the same moment as the index was written is told by that, and looks unchanged to a
 * newer one.
 */
static int copy_index(const char *from, const char *to, struct fault *why)
{
	struct stat st;
	struct timespec times[2];

	if (stat(from, &st) < 0)
		return fault_errno(why, "cannot read '%s'", from);
	if (fs_copy(from, to, 0600, why) < 0)
		return -1;
	times[0] = times[1] = st.st_mtim;
	return utimensat(AT_FDCWD, to, times, 0) < 0 ? fault_errno(why, "cannot write '%s'", to)
						     : 0;
}

/* Through an index of its own: the person's is copied (it knows what is sparse and what is unchanged) and never written. */
static int snapshot(
	struct repo *repo, const char *dir, const char *head, char oid[OID_MAX], struct fault *why)
{
	CLEANUP(str_free)
	char *mine = fs_join(repo->git_dir, "index"), *index = fs_join(dir, "index");
	struct git_call call = {.git_dir = repo->git_dir,
		.work_tree = repo->work_tree,
		.index = index,
		.dir = repo->work_tree};
	CLEANUP(buf_release) struct buf tree = BUF_INIT, commit = BUF_INIT;

	if (!repo->work_tree) {
		fault_set(
			why, EXIT_FATAL, "--wip needs a working tree, and this repository is bare");
		return fault_hint(why, "git agent gate <rev>");
	}
	if (fs_exists(mine) ? copy_index(mine, index, why) < 0
			    : git_do(&call, NULL, why, "read-tree", head, NULL) < 0)
		return -1;
	if (git_do(&call, NULL, why, "-c", "core.splitIndex=false", "add", "-A", NULL) < 0 ||
		git_do(&call, &tree, why, "write-tree", NULL) < 0)
		return -1;
	buf_rtrim(&tree);
	if (git_do(&call, &commit, why, "commit-tree", "-m", "work in progress", "-p", head,
		    tree.data, NULL) < 0)
		return -1;
	buf_rtrim(&commit);
	snprintf(oid, OID_MAX, "%s", commit.data);
	return 0;
}

int wip_commit(struct repo *repo, const char *state, const char *head, char oid[OID_MAX],
	struct fault *why)
{
	CLEANUP(buf_release) struct buf dir = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	int done;

	buf_printf(&dir, "%s/wip-%ld", state, (long)getpid());
	done = fs_mkdirs(dir.data, 0700, why);
	if (!done)
		done = snapshot(repo, dir.data, head, oid, why);
	fs_remove(dir.data, &ignored);
	return done;
}
