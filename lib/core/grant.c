#include "core/grant.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/fs_below.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void grant_release(struct grant *g)
{
	str_free(&g->outside);
	str_free(&g->inside);
}

/* Whether a path has a component that is `..`. */
static bool climbs(const char *path)
{
	for (size_t len; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 2 && !memcmp(path, "..", 2))
			return true;
	}
	return false;
}

/* Past slashes and `.` components. */
static const char *skip_nothing(const char *path)
{
	for (;;) {
		path += strspn(path, "/");
		if (path[0] != '.' || (path[1] && path[1] != '/'))
			return path;
		path++;
	}
}

int grant_check(const char *written, struct fault *why)
{
	const char *rest = written + (*written == '~');

	if (*rest == '/' && *skip_nothing(rest) && !climbs(rest))
		return 0;
	return fault_set(why, EXIT_FATAL,
		"expected a path that begins with / or ~/, without .. and more than / or ~, got '%s'",
		written);
}

/* The rest of `path` where it is `dir` or below it, without leading slashes; NULL: it is not. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len && dir[len - 1] == '/')
		len--;
	if (strncmp(path, dir, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return skip_nothing(path + len);
}

/* "CODEX_HOME: ~/.codex": the value of the variable, and what of `written` is below the directory; NULL: not moved. */
static const char *moved_to(const char *moved, const char *written, const char **rest)
{
	size_t len = moved ? strcspn(moved, ":") : 0;
	CLEANUP(str_free) char *name = moved ? xstrndup(moved, len) : NULL;
	const char *value = name ? getenv(name) : NULL;

	if (!value || value[0] != '/' || !moved[len])
		return NULL;
	*rest = below(written, moved + len + 1 + strspn(moved + len + 1, " "));
	return *rest && **rest ? value : NULL;
}

static const char *person_home(void)
{
	const char *home = getenv("HOME");

	return home && home[0] == '/' && *skip_nothing(home) ? home : NULL;
}

int grant_find(struct grant *g, const char *written, const char *moved, const char *what,
	struct fault *why)
{
	const char *home = person_home(), *rest = NULL;
	const char *dir = moved_to(moved, written, &rest);

	grant_release(g);
	if (grant_check(written, why) < 0)
		return fault_wrap(why, "%s", what);
	if (written[0] == '~') {
		if (!home)
			return fault_set(
				why, EXIT_FATAL, "%s: '%s', but HOME is not set", what, written);
		g->inside = xstrdup(skip_nothing(written + 1));
		g->outside = fs_join(dir ? dir : home, dir ? rest : g->inside);
		return 0;
	}
	g->outside = xstrdup(written);
	rest = home ? below(written, home) : NULL;
	if (rest && *rest)
		g->inside = xstrdup(rest);
	return 0;
}

static int refuse(const struct grant *g, const char *what, const char *reason, const char *place,
	struct fault *why)
{
	fault_set(why, EXIT_FATAL, "%s: '%s' %s '%s', which no agent may see", what, g->outside,
		reason, place);
	return fault_hint(why, "name the file or the directory that the agent needs, and no more");
}

int grant_allow(
	const struct grant *g, const char *const *closed, const char *what, struct fault *why)
{
	CLEANUP(str_free) char *real = fs_real(g->outside);
	CLEANUP(str_free) char *home = person_home() ? fs_real(person_home()) : NULL;
	const char *path = real ? real : g->outside;

	if (home && below(home, path))
		return refuse(g, what, "is or holds", home, why);
	for (; *closed; closed++) {
		CLEANUP(str_free) char *place = fs_real(*closed);
		const char *at = place ? place : *closed;

		if (below(path, at))
			return refuse(g, what, "is or lies in", at, why);
		if (below(at, path))
			return refuse(g, what, "is or holds", at, why);
	}
	return 0;
}

int grant_link(const struct grant *g, const char *home, struct fault *why)
{
	CLEANUP(fd_close) int dir = fs_open_parent(home, g->inside, true);

	if (dir >= 0 &&
		(symlinkat(g->outside, dir, fs_basename(g->inside)) == 0 || errno == EEXIST))
		return 0;
	return fault_errno(why, "cannot make '%s' in the box's HOME", g->inside);
}
