#include "port/gitdir.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL_FILE 16384 /* bytes; HEAD, commondir and gitfiles hold one path or name */

/* `path` seen from `base`. */
static char *seen_from(const char *base, const char *path)
{
	return path[0] == '/' ? xstrdup(path) : fs_join(base, path);
}

static bool is_git_dir(const char *path)
{
	CLEANUP(str_free) char *head = fs_join(path, "HEAD");
	CLEANUP(str_free) char *refs = fs_join(path, "refs");
	CLEANUP(str_free) char *objects = fs_join(path, "objects");
	CLEANUP(str_free) char *common = fs_join(path, "commondir");

	return fs_exists(head) && (fs_exists(common) || (fs_is_dir(refs) && fs_is_dir(objects)));
}

/* The directory a `.git` names: itself, or what its "gitdir: " line says. 1: it is neither. */
static int follow(const char *path, const char *base, char **out, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (fs_is_dir(path)) {
		*out = xstrdup(path);
		return 0;
	}
	int none = fs_read(path, &text, SMALL_FILE, why);
	if (none)
		return none;
	buf_rtrim(&text);
	if (strncmp(text.data, "gitdir: ", 8) != 0)
		return 1;
	*out = seen_from(base, text.data + 8);
	return 0;
}

static int search_up(char **out, struct fault *why)
{
	CLEANUP(str_free) char *dir = getcwd(NULL, 0);

	if (!dir)
		return fault_errno(why, "cannot tell the working directory");
	for (;;) {
		CLEANUP(str_free) char *dot_git = fs_join(dir, ".git");
		CLEANUP(str_free) char *found = NULL;

		if (fs_exists(dot_git) && follow(dot_git, dir, &found, why) < 0)
			return -1;
		if (!found && is_git_dir(dir))
			found = xstrdup(dir);
		if (found && is_git_dir(found)) {
			*out = found;
			found = NULL;
			return 0;
		}
		char *slash = strrchr(dir, '/');
		if (!slash || dir[1] == '\0')
			return fault_set(why, EXIT_FATAL, "not in a git repository");
		slash[slash == dir] = '\0';
	}
}

static int find_common(const char *git_dir, char **out, struct fault *why)
{
	const char *named = getenv("GIT_COMMON_DIR");
	CLEANUP(str_free) char *file = fs_join(git_dir, "commondir");
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (named && *named) {
		*out = xstrdup(named);
		return 0;
	}
	int none = fs_read(file, &text, SMALL_FILE, why);
	if (none < 0)
		return -1;
	buf_rtrim(&text);
	*out = none ? xstrdup(git_dir) : seen_from(git_dir, text.data);
	return 0;
}

int gitdir_find(struct gitdir *out, struct fault *why)
{
	const char *named = getenv("GIT_DIR");

	gitdir_release(out);
	if (named && *named) {
		CLEANUP(str_free) char *base = fs_dirname(named);
		int none = follow(named, base, &out->git_dir, why);

		if (none)
			return none < 0 ? -1
					: fault_set(why, EXIT_FATAL,
						  "GIT_DIR names no git directory");
	} else if (search_up(&out->git_dir, why)) {
		return -1;
	}
	return find_common(out->git_dir, &out->common_dir, why);
}

void gitdir_release(struct gitdir *dir)
{
	str_free(&dir->git_dir);
	str_free(&dir->common_dir);
}

int gitdir_head(const struct gitdir *dir, char **ref, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(dir->git_dir, "HEAD");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof target - 1);

	if (len > 0) { /* HEAD as a symbolic link: what git once wrote and still reads */
		target[len] = '\0';
		*ref = xstrdup(target);
		return 0;
	}
	int none = fs_read(path, &text, SMALL_FILE, why);
	if (none < 0)
		return -1;
	if (none)
		return fault_set(why, EXIT_FATAL, "there is no HEAD");
	buf_rtrim(&text);
	if (strncmp(text.data, "ref:", 4) != 0)
		return 1;
	*ref = xstrdup(text.data + 4 + strspn(text.data + 4, " \t"));
	return 0;
}
