#include "core/gate_view.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/filtered.h"
#include "port/git.h"

/* A sparse checkout holds what the change touches too. */
static int widen(const struct gate *g, const struct checkout *c, struct fault *why)
{
	return g->changes ? checkout_widen(c, g->repo, g->commit, g->changes, why) : 0;
}

int gate_prepare(struct workspace *w, struct repo *repo, const char *name, const char *base,
	struct checkout *c, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	buf_printf(&path, "%s/prepared", name);
	return checkout_start(c, w, repo, path.data, base, NULL, why);
}

int gate_view_start(struct gate *g, struct gate_view *v, struct fault *why)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	buf_printf(&name, "%s/%zu", g->name, v->number);
	if (g->prepared && g->prepared->filling) {
		v->checkout = *g->prepared;
		v->stale = true;
		*g->prepared = (struct checkout){0};
		return 0;
	}
	return checkout_start(&v->checkout, g->workspace, g->repo, name.data, g->commit, NULL, why);
}

/* What was prepared goes on to the commit that is judged; where that would not be the same as a fresh checkout, it is made anew. */
static int refresh(struct gate *g, struct gate_view *v, struct fault *why)
{
	static const struct repo_changes none;
	int done = checkout_switch(
		&v->checkout, g->repo, g->commit, g->changes ? g->changes : &none, why);

	v->stale = false;
	if (done <= 0)
		return done;
	gate_view_remove(v);
	return gate_view_start(g, v, why);
}

int gate_view_go_on(struct gate *g, struct gate_view *v, struct fault *why)
{
	CLEANUP(str_free) char *log = fs_join(g->log_dir, "setup.log");

	if (checkout_finish(&v->checkout, why) < 0)
		return -1;
	if (v->stale)
		return refresh(g, v, why) < 0 ? -1 : 1;
	if (widen(g, &v->checkout, why) < 0 ||
		filtered_write(&v->checkout, g->workspace, g->repo, why) < 0)
		return -1;
	return layer_apply(g->layer, &v->checkout, g->workspace, g->repo, g->policy, log, why);
}

void gate_view_remove(struct gate_view *v)
{
	struct fault ignored = FAULT_INIT;

	git_child_free(&v->checkout.filling);
	/* What cannot be removed now goes with the run's directory. */
	if (v->checkout.path)
		fs_remove(v->checkout.path, &ignored);
	checkout_release(&v->checkout);
}
