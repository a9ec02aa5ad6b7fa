#include "core/opened.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/grant.h"
#include "core/workspace.h"

static const char what_read[] = "sandbox.read", what_write[] = "sandbox.write";

int opened_never(
	const struct repo *repo, const struct policy *p, struct vec *closed, struct fault *why)
{
	CLEANUP(buf_release) struct buf state = BUF_INIT, root = BUF_INIT;

	if (workspace_state(&state, why) < 0 || workspace_root(repo, p, &root, why) < 0)
		return -1;
	vec_push(closed, repo->common_dir);
	vec_push(closed, state.data);
	vec_push(closed, root.data);
	return 0;
}

static int check_all(
	const struct vec *paths, const char *what, const struct vec *closed, struct fault *why)
{
	for (size_t i = 0; i < paths->len; i++) {
		CLEANUP(grant_release) struct grant g = GRANT_INIT;

		if (grant_find(&g, paths->items[i], NULL, what, why) < 0 ||
			grant_allow(&g, (const char *const *)closed->items, what, why) < 0)
			return -1;
		if (what != what_write || fs_exists(g.outside))
			continue;
		fault_set(why, EXIT_FATAL, "%s: '%s' is not there", what, paths->items[i]);
		return fault_hint(why, "mkdir -p %s", g.outside);
	}
	return 0;
}

int opened_check(const struct repo *repo, const struct policy *p, struct fault *why)
{
	CLEANUP(vec_release) struct vec closed = VEC_INIT;

	if (!p->read.len && !p->write.len)
		return 0;
	if (opened_never(repo, p, &closed, why) < 0)
		return -1;
	return check_all(&p->read, what_read, &closed, why) < 0
		       ? -1
		       : check_all(&p->write, what_write, &closed, why);
}

static int give_all(struct box *box, const struct vec *paths, const char *what, struct vec *into,
	struct fault *why)
{
	for (size_t i = 0; i < paths->len; i++) {
		CLEANUP(grant_release) struct grant g = GRANT_INIT;

		if (grant_find(&g, paths->items[i], NULL, what, why) < 0)
			return -1;
		vec_push(into, g.outside);
		if (g.inside && fs_exists(g.outside) && grant_link(&g, box->home, why) < 0)
			return -1;
	}
	return 0;
}

int opened_give(struct box *box, const struct policy *p, struct fault *why)
{
	box->ptrace = p->ptrace;
	return give_all(box, &p->read, what_read, &box->exec, why) < 0
		       ? -1
		       : give_all(box, &p->write, what_write, &box->write, why);
}
