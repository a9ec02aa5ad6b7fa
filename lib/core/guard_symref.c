#include "core/guard_symref.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/guard_git.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEPS_MAX 5    /* SYMREF_MAXDEPTH of git's refs */
#define TEXT_MAX  4096 /* bytes of a file that is read: more than a name has */
#define MARK      "ref:"

/* A name that git would take; of others it makes no ref, and no path is made of them here. */
static bool is_plain(const char *ref)
{
	return strcmp(ref, "HEAD") == 0 || (strncmp(ref, "refs/", 5) == 0 && !strstr(ref, "..") &&
						   !strstr(ref, "//") && !strstr(ref, "/."));
}

/* What the file of a ref says, as gitrepository-layout(5) has it: "ref: refs/heads/main". */
static int read_file(
	const struct gitdir *dir, const char *ref, struct buf *target, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(dir->common_dir, ref);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char text[TEXT_MAX];
	const char *name = text + strlen(MARK);
	struct stat st;
	ssize_t len;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG
			       ? 1
			       : fault_errno(why, "cannot read '%s'", ref);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 1;
	len = read(fd, text, sizeof text - 1);
	if (len < 0)
		return fault_errno(why, "cannot read '%s'", ref);
	text[len] = '\0';
	if (strncmp(text, MARK, strlen(MARK)) != 0)
		return 1;
	buf_puts(target, name + strspn(name, " \t"));
	buf_rtrim(target);
	return 0;
}

static int ask_git(const char *ref, int64_t end_ms, struct buf *target, struct fault *why)
{
	const char *const argv[] = {"git", "symbolic-ref", "-q", "--", ref, NULL};
	CLEANUP(proc_free) struct proc *child = NULL;
	int none;

	if (guard_git_start(argv, NULL, end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	none = guard_git_end(child, "symbolic-ref", true, why);
	buf_add(target, child->out.data, child->out.len);
	buf_rtrim(target);
	return none;
}

int guard_symref(
	const struct gitdir *dir, const char *ref, int64_t end_ms, char **target, struct fault *why)
{
	CLEANUP(str_free) char *tables = fs_join(dir->common_dir, "reftable");
	CLEANUP(str_free) char *now = xstrdup(ref);
	bool in_tables = fs_is_dir(tables);

	for (int step = 0; step <= STEPS_MAX; step++) {
		CLEANUP(buf_release) struct buf next = BUF_INIT;
		int none = !is_plain(now) ? 1
			   : in_tables    ? ask_git(now, end_ms, &next, why)
					  : read_file(dir, now, &next, why);

		if (none < 0)
			return -1;
		if (none && !step)
			return 1;
		if (none) {
			*target = now;
			now = NULL;
			return 0;
		}
		str_replace(&now, next.data);
	}
	return fault_set(why, EXIT_REFUSED, "'%.100s' stands for too many names in a row", ref);
}
