#include "core/agent_own.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/grant.h"

static int check_all(const struct agent *a, const struct vec *paths, bool is_login,
	const struct vec *closed, struct fault *why)
{
	const char *what = is_login ? "agent.login" : "agent.read";

	for (size_t i = 0; i < paths->len; i++) {
		CLEANUP(grant_release) struct grant g = GRANT_INIT;
		const char *written = paths->items[i];

		if (grant_find(&g, written, a->moved, what, why) < 0 ||
			grant_allow(&g, (const char *const *)closed->items, what, why) < 0)
			return -1;
		if (!is_login || (g.inside && !fs_is_dir(g.outside)))
			continue;
		fault_set(why, EXIT_FATAL, "%s: '%s' is %s", what, written,
			g.inside ? "a directory" : "not below your HOME");
		return fault_hint(why,
			"name the one file the agent logs in with, such as ~/.agent/auth.json");
	}
	return 0;
}

int agent_own_check(const struct agent *a, const struct vec *closed, struct fault *why)
{
	return check_all(a, &a->login, true, closed, why) < 0
		       ? -1
		       : check_all(a, &a->read, false, closed, why);
}

int agent_own_read(const struct agent *a, struct box *box, struct fault *why)
{
	for (size_t i = 0; i < a->read.len; i++) {
		CLEANUP(grant_release) struct grant g = GRANT_INIT;

		if (grant_find(&g, a->read.items[i], a->moved, "agent.read", why) < 0)
			return -1;
		vec_push(&box->exec, g.outside);
		if (g.inside && fs_exists(g.outside) && grant_link(&g, box->home, why) < 0)
			return -1;
	}
	return 0;
}
