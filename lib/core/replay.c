#include "core/replay.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "port/git.h"

#include <stdio.h>
#include <string.h>

static const char *const ident[] = {"GIT_AUTHOR_NAME=git agent", "GIT_AUTHOR_EMAIL=agent@localhost",
	"GIT_COMMITTER_NAME=git agent", "GIT_COMMITTER_EMAIL=agent@localhost", NULL};

static bool is_regular(unsigned mode)
{
	return (mode & 0170000) == 0100000;
}

/* The lines of update-index --index-info that make the paths what `from` has, or nothing. Whether it may be run is no evidence. */
static int put_entries(
	struct repo *repo, const struct replay *r, struct buf *lines, struct fault *why)
{
	struct repo_changes differ = {0};
	char tree[OID_MAX];
	int done = repo_tree(repo, r->from, tree, why);

	if (!done)
		done = repo_diff(repo, r->onto, tree, &differ, why);
	for (size_t i = 0; !done && i < differ.len; i++) {
		const struct repo_change *change = &differ.items[i];
		unsigned mode = is_regular(change->old_mode) && is_regular(change->new_mode)
					? change->old_mode
					: change->new_mode;

		if (!vec_has(r->paths, change->path))
			continue;
		buf_printf(lines, "%06o %s\t%s", mode,
			change->new_mode ? change->new_oid : change->old_oid, change->path);
		buf_putc(lines, '\0');
	}
	for (size_t i = 0; !done && r->without && i < r->without->len; i++) {
		buf_printf(lines, "000000 %s\t%s", tree, r->without->items[i]);
		buf_putc(lines, '\0');
	}
	repo_changes_release(&differ);
	return done;
}

static int make_tree(
	struct repo *repo, const struct replay *r, char tree[OID_MAX], struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir, .index = r->scratch};
	CLEANUP(buf_release) struct buf lines = BUF_INIT, out = BUF_INIT;

	if (put_entries(repo, r, &lines, why) < 0)
		return -1;
	if (!lines.len)
		return repo_tree(repo, r->onto, tree, why);
	if (git_do(&call, NULL, why, "-c", "core.fsmonitor=false", "read-tree", r->onto, NULL) < 0)
		return -1;
	call.input = lines.data;
	call.input_len = lines.len;
	if (git_do(&call, NULL, why, "-c", "core.fsmonitor=false", "update-index", "-z",
		    "--replace", "--index-info", NULL) < 0)
		return -1;
	call.input = NULL;
	call.input_len = 0;
	if (git_do(&call, &out, why, "-c", "core.fsmonitor=false", "write-tree", NULL) < 0)
		return -1;
	buf_rtrim(&out);
	snprintf(tree, OID_MAX, "%s", out.data);
	return 0;
}

static int commit_tree(struct repo *repo, const struct replay *r, const char *tree,
	char commit[OID_MAX], struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir, .env = ident};
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	if (git_do(&call, &out, why, "commit-tree", "-m", "replay", "-p", r->onto, tree, NULL) < 0)
		return -1;
	buf_rtrim(&out);
	snprintf(commit, OID_MAX, "%s", out.data);
	return 0;
}

int replay_make(struct repo *repo, const struct replay *r, char commit[OID_MAX],
	struct repo_changes *changes, struct fault *why)
{
	char onto[OID_MAX], tree[OID_MAX];
	struct fault ignored = FAULT_INIT;
	int done = repo_tree(repo, r->onto, onto, why) < 0 || make_tree(repo, r, tree, why) < 0 ? -1
												: 0;

	fs_remove(r->scratch, &ignored);
	if (!done && !strcmp(onto, tree))
		return 1;
	if (!done)
		done = commit_tree(repo, r, tree, commit, why);
	if (!done)
		done = repo_diff(repo, r->onto, tree, changes, why);
	return done < 0 ? fault_wrap(why, "cannot put the evidence together") : 0;
}
