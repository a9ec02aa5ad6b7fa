/* A box made ready: which layers it gets, and the steps they take in the keeper and in the child. */
#include "base/alloc.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int layer_failed(char what[PROC_WHAT_MAX], const char *fmt, ...)
{
	int error = errno;
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, PROC_WHAT_MAX, fmt, args);
	va_end(args);
	errno = error;
	return -1;
}

bool cell_layers(enum sandbox_level level, struct layers *out)
{
	const struct layers *found;

	*out = (struct layers){0};
	if (level <= SANDBOX_EXTERNAL)
		return true;
	found = probe_layers();
	*out = *found;
	if (!found->seccomp)
		return false;
	if (level == SANDBOX_FULL)
		return found->ns && found->landlock;
	return found->ns || found->landlock >= LANDLOCK_SCOPES;
}

/* In the keeper. */
static int enter(void *state, char what[PROC_WHAT_MAX])
{
	struct cell *c = state;

	if (c->layers.ns ? ns_enter(c, what) < 0 : landlock_scope(c, what) < 0)
		return -1;
	if (c->layers.landlock && landlock_prepare(c, what) < 0)
		return -1;
	return c->layers.seccomp ? limits_drop_caps(what) : 0;
}

/* In the child: the filter last, it would keep the others from working. */
static int seal(void *state, char what[PROC_WHAT_MAX])
{
	const struct cell *c = state;

	if (limits_seal(c, what) < 0)
		return -1;
	if (!c->layers.seccomp)
		return 0;
	if (c->layers.landlock && landlock_seal(c, what) < 0)
		return -1;
	return seccomp_seal(c, what);
}

void cell_release(struct cell *c)
{
	view_release(&c->view);
}

static int fill_layers(struct cell *c, const struct box *box, const struct vec *env,
	const struct toolchains *tools, struct fault *why)
{
	if (!c->layers.seccomp)
		return 0;
	c->own_net = c->layers.ns && c->network != NETWORK_OPEN;
	c->filter = seccomp_filter(&(struct seccomp_kind){.ns = c->layers.ns,
		.own_net = c->own_net,
		.open_net = c->network == NETWORK_OPEN,
		.scoped = c->layers.landlock >= LANDLOCK_SCOPES,
		.trace = c->layers.ns && box->ptrace});
	if (!c->filter)
		return fault_set(
			why, EXIT_FATAL, "cannot make the sandbox: libseccomp made no filter");
	if (c->layers.ns)
		c->confine.namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
					(c->own_net ? CLONE_NEWNET : 0);
	return view_make(&c->view, box, env, tools, &c->layers, why);
}

int cell_make(struct cell *c, const struct box *box, const struct layers *layers,
	const struct vec *env, const struct toolchains *tools, struct fault *why)
{
	*c = (struct cell){.layers = *layers,
		.view = VIEW_INIT,
		.network = box->network,
		.way = {.wire = -1},
		.limits = box->limits,
		.ruleset = -1};
	c->confine = (struct proc_confine){.enter = enter, .seal = seal, .state = c};
	snprintf(c->uid_map, sizeof c->uid_map, "%ld %ld 1", (long)geteuid(), (long)geteuid());
	snprintf(c->gid_map, sizeof c->gid_map, "%ld %ld 1", (long)getegid(), (long)getegid());
	return fill_layers(c, box, env, tools, why);
}
