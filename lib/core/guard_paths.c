#include "core/guard_paths.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "port/git.h"
#include "port/match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MODE_GITLINK 0160000
#define MODE_SYMLINK 0120000

static int refuse(const char *reason, struct fault *why, const char *path, const char *what)
{
	CLEANUP(str_free) char *shown = text_cleaned(path);

	fault_set(why, EXIT_REFUSED, "'%s' %s", shown, what);
	return fault_reason(why, reason);
}

/*
 * Whether following the target from the link's own directory may climb above the root. Only leading `..` can be counted:
 * after a name they start from wherever that name leads, and it may be a link itself.
 */
static bool escapes(const char *path, const char *target)
{
	long depth = 0;
	bool named = false;

	if (target[0] == '/')
		return true;
	for (const char *c = path; *c; c++)
		depth += *c == '/';
	while (*target) {
		size_t len = strcspn(target, "/");
		bool up = len == 2 && !memcmp(target, "..", 2);

		if (up && (named || --depth < 0))
			return true;
		named = named || (len && !up && !(len == 1 && target[0] == '.'));
		target += len + (target[len] == '/');
	}
	return false;
}

static int check_link(struct repo *repo, const struct repo_change *change, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf target = BUF_INIT;

	if (git_do(&call, &target, why, "cat-file", "blob", change->new_oid, NULL) < 0)
		return -1;
	if (strlen(target.data) != target.len || escapes(change->path, target.data))
		return refuse("escaping_link", why, change->path,
			"is a symbolic link that leads out of the repository");
	return 0;
}

/* As an argument that can be typed: a glob that means this path, for a shell. */
static int hint_allow(struct fault *why, const char *path)
{
	CLEANUP(buf_release) struct buf glob = BUF_INIT, word = BUF_INIT;

	for (; *path; path++)
		buf_printf(&glob, "%s%c", strchr("*?[\\!", *path) ? "\\" : "", *path);
	text_clean(&glob);
	text_put_shell_word(&word, glob.data);
	return fault_hint(why, "read the change; if it is right: --allow-path %s", word.data);
}

static int check_protected(const struct repo_change *change, const struct policy *p,
	const struct vec *allow, struct vec *flags, struct fault *why)
{
	CLEANUP(buf_release) struct buf flag = BUF_INIT;

	if (!match_path_any(&p->paths, change->path))
		return 0;
	if (!match_path_any(allow, change->path)) {
		refuse("protected_path", why, change->path,
			"is a protected path, and the change touches it");
		return hint_allow(why, change->path);
	}
	buf_printf(
		&flag, "protected path '%s' was changed (allowed by --allow-path)", change->path);
	text_clean(&flag);
	vec_push(flags, flag.data);
	return 0;
}

/* A name that git reads as its own directory on some file system, or that leaves the one it stands in. */
static bool is_git_name(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if ((len == 4 && !strncasecmp(path, ".git", 4)) ||
			(len == 5 && !strncasecmp(path, "git~1", 5)) ||
			(len == 1 && path[0] == '.') || (len == 2 && !memcmp(path, "..", 2)))
			return true;
		path += len + (path[len] == '/');
	}
	return false;
}

static bool is_among(
	const struct repo_changes *changes, const char *dir, size_t len, const char *below)
{
	for (size_t i = 0; i < changes->len; i++)
		if (!strncmp(changes->items[i].path, dir, len) &&
			!strncmp(changes->items[i].path + len, below, strlen(below)))
			return true;
	return false;
}

/* Files that together are a bare repository: git that is run among them obeys their configuration. */
static void flag_embedded(const struct repo_changes *changes, const char *path, struct vec *flags)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	CLEANUP(buf_release) struct buf flag = BUF_INIT;

	if (strcmp(path + len, "HEAD") != 0 || (!is_among(changes, path, len, "objects/") &&
						       !is_among(changes, path, len, "refs/") &&
						       !is_among(changes, path, len, "config")))
		return;
	buf_printf(&flag, "'%.*s' is like a bare repository: git run in there obeys its config",
		(int)(len ? len - 1 : 1), len ? path : ".");
	text_clean(&flag);
	vec_push(flags, flag.data);
}

int guard_paths_check(struct repo *repo, const struct repo_changes *changes, const struct policy *p,
	const struct vec *allow, struct vec *flags, struct fault *why)
{
	for (size_t i = 0; i < changes->len; i++) {
		const struct repo_change *change = &changes->items[i];

		if (change->new_mode == MODE_GITLINK || change->old_mode == MODE_GITLINK)
			return refuse("gitlink", why, change->path,
				"is a nested repository or submodule link, which a change may not add, move or remove");
		if (change->new_mode && is_git_name(change->path))
			return refuse(
				"bad_tree", why, change->path, "is a name that belongs to git");
		if (change->new_mode)
			flag_embedded(changes, change->path, flags);
		if (change->new_mode == MODE_SYMLINK && check_link(repo, change, why) < 0)
			return -1;
		if (check_protected(change, p, allow, flags, why) < 0)
			return -1;
	}
	return 0;
}
