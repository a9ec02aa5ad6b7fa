#include "core/guard_paths.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "port/git.h"
#include "port/match.h"

#include <stdlib.h>
#include <string.h>

#define MODE_GITLINK 0160000
#define MODE_SYMLINK 0120000

static int refuse(const char *reason, struct fault *why, const char *path, const char *what)
{
	CLEANUP(str_free) char *shown = text_cleaned(path);

	fault_set(why, EXIT_REFUSED, "'%s' %s", shown, what);
	return fault_reason(why, reason);
}

/* Following the target from the link's own directory ever climbs above the root. */
static bool escapes(const char *path, const char *target)
{
	long depth = 0;

	if (target[0] == '/')
		return true;
	for (const char *c = path; *c; c++)
		depth += *c == '/';
	while (*target) {
		size_t len = strcspn(target, "/");

		if (len == 2 && !memcmp(target, "..", 2))
			depth--;
		else if (len && !(len == 1 && target[0] == '.'))
			depth++;
		if (depth < 0)
			return true;
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

static int check_protected(const struct repo_change *change, const struct policy *p,
	const struct vec *allow, struct vec *flags, struct fault *why)
{
	CLEANUP(buf_release) struct buf flag = BUF_INIT;

	if (!match_path_any(&p->paths, change->path))
		return 0;
	if (!match_path_any(allow, change->path)) {
		refuse("protected_path", why, change->path, "is a protected path, and the change touches it");
		return fault_hint(why, "read the change; if it is right: --allow-path '%s'", change->path);
	}
	buf_printf(&flag, "protected path '%s' was changed (allowed by --allow-path)", change->path);
	text_clean(&flag);
	vec_push(flags, flag.data);
	return 0;
}

int guard_paths_check(struct repo *repo, const struct repo_changes *changes,
	const struct policy *p, const struct vec *allow, struct vec *flags, struct fault *why)
{
	for (size_t i = 0; i < changes->len; i++) {
		const struct repo_change *change = &changes->items[i];

		if (change->new_mode == MODE_GITLINK || change->old_mode == MODE_GITLINK)
			return refuse("gitlink", why, change->path,
				"is a nested repository or submodule link, which a change may not add, move or remove");
		if (change->new_mode == MODE_SYMLINK && check_link(repo, change, why) < 0)
			return -1;
		if (check_protected(change, p, allow, flags, why) < 0)
			return -1;
	}
	return 0;
}
