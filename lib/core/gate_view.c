#include "core/gate_view.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/setup.h"
#include "port/git.h"
#include "port/proc.h"

#define TAIL_MAX 4096 /* of what cp says */

/* With setup commands the checkout is made ready once and copied per stage, in the box: what setup left is not ours. */
static int copy_ready(
	struct gate_views *views, const char *name, struct checkout *c, struct fault *why)
{
	const struct gate *g = views->gate;
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *copy = NULL;
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	checkout_name(c, g->workspace, name);
	if (fs_mkdirs(c->home, 0700, why) < 0 || fs_mkdirs(c->tmp, 0700, why) < 0)
		return -1;
	setup_box(&box, c, g->workspace, g->repo, NETWORK_NONE);
	box.dir = c->path;
	vec_push(&box.read, views->ready.path);
	vec_clear(&box.pin);
	vec_clear(&box.write);
	vec_push(&box.write, c->path);
	vec_push(&box.argv, "cp");
	vec_push(&box.argv, "-a");
	vec_push(&box.argv, "--reflink=auto");
	vec_pushf(&box.argv, "%s/.", views->ready.path);
	vec_push(&box.argv, ".");
	box.merge = true;
	box.keep_max = TAIL_MAX;
	if (sandbox_run(&box, &copy, why) < 0)
		return -1;
	if (copy->end == PROC_EXITED && !copy->code)
		return 0;
	proc_describe(copy, &how);
	return fault_set(why, copy->end == PROC_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FATAL,
		"cannot copy the gate's checkout: cp %s", how.data);
}

/* A sparse checkout holds what the change touches too. */
static int widen(const struct gate *g, const struct checkout *c, struct fault *why)
{
	return g->changes ? checkout_widen(c, g->repo, g->commit, g->changes, why) : 0;
}

static int make_ready(struct gate_views *views, struct fault *why)
{
	struct gate *g = views->gate;
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	CLEANUP(str_free) char *log = fs_join(g->log_dir, "setup.log");

	if (!g->policy->setup.len || views->has_ready)
		return 0;
	buf_printf(&name, "%s/ready", g->name);
	views->has_ready = true;
	if (checkout_create(&views->ready, g->workspace, g->repo, name.data, g->commit, NULL, why) <
			0 ||
		widen(g, &views->ready, why) < 0)
		return -1;
	return setup_checkout(&views->ready, g->workspace, g->repo, g->policy, log, why);
}

int gate_prepare(struct workspace *w, struct repo *repo, const struct policy *p, const char *name,
	const char *base, struct checkout *c, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	if (p->setup.len)
		return 0;
	buf_printf(&path, "%s/prepared", name);
	return checkout_start(c, w, repo, path.data, base, NULL, why);
}

int gate_view_start(struct gate_views *views, struct gate_view *v, struct fault *why)
{
	struct gate *g = views->gate;
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	if (make_ready(views, why) < 0)
		return -1;
	buf_printf(&name, "%s/%zu", g->name, v->number);
	if (views->has_ready)
		return copy_ready(views, name.data, &v->checkout, why);
	if (g->prepared && g->prepared->filling) {
		v->checkout = *g->prepared;
		v->stale = true;
		*g->prepared = (struct checkout){0};
		return 0;
	}
	return checkout_start(&v->checkout, g->workspace, g->repo, name.data, g->commit, NULL, why);
}

/* What was prepared goes on to the commit that is judged; where that would not be the same as a fresh checkout, it is made anew. */
static int refresh(struct gate_views *views, struct gate_view *v, struct fault *why)
{
	const struct gate *g = views->gate;
	static const struct repo_changes none;
	int done = checkout_switch(
		&v->checkout, g->repo, g->commit, g->changes ? g->changes : &none, why);

	v->stale = false;
	if (done <= 0)
		return done;
	gate_view_remove(v);
	return gate_view_start(views, v, why);
}

int gate_view_go_on(struct gate_views *views, struct gate_view *v, struct fault *why)
{
	const struct gate *g = views->gate;

	if (checkout_finish(&v->checkout, why) < 0)
		return -1;
	if (v->stale)
		return refresh(views, v, why) < 0 ? -1 : 1;
	if (widen(g, &v->checkout, why) < 0)
		return -1;
	return setup_checkout(&v->checkout, g->workspace, g->repo, g->policy, NULL, why);
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

void gate_views_release(struct gate_views *views)
{
	checkout_release(&views->ready);
	if (views->gate->prepared)
		checkout_release(views->gate->prepared);
}
