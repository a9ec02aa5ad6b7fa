/* What this machine gives: a box is made, once per process, and what it fails at is told by name. */
#include "base/alloc.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct {
	bool done;
	struct layers found;
	struct buf reasons;
	struct vec layers, why; /* side by side */
} probe = {.reasons = BUF_INIT, .layers = VEC_INIT, .why = VEC_INIT};

static void add_reason(const char *layer, const char *why)
{
	buf_printf(&probe.reasons, "%s%s: %s", probe.reasons.len ? "; " : "", layer, why);
	vec_push(&probe.layers, layer);
	vec_push(&probe.why, why);
}

/* A box with nothing of its own runs `true`; -1: it could not be made. */
static int try_layers(const struct layers *layers, struct fault *why)
{
	CLEANUP(box_release) struct box box;
	CLEANUP(cell_release) struct cell cell = {.view = VIEW_INIT};
	CLEANUP(toolchains_release) struct toolchains none = TOOLCHAINS_INIT;
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;
	const char *const argv[] = {"/bin/true", NULL};
	struct proc_spec spec = PROC_SPEC_INIT;

	box_init(&box);
	if (cell_make(&cell, &box, layers, &env, &none, why) < 0)
		return -1;
	spec.argv = argv;
	spec.env = (const char *const *)env.items;
	spec.contain = true;
	spec.confine = &cell.confine;
	if (proc_run(&spec, &p, why) < 0)
		return -1;
	if (p->end == PROC_EXITED && !p->code)
		return 0;
	buf_clear(&p->out);
	proc_describe(p, &p->out);
	return fault_set(why, EXIT_FATAL, "'true' %s", p->out.data);
}

/* What a fault of try_layers says behind the program's name. */
static bool gives(const char *name, const struct layers *layers)
{
	static const char program[] = "'/bin/true': ";
	struct fault why = FAULT_INIT;
	const char *told;

	if (try_layers(layers, &why) == 0)
		return true;
	told = strstr(why.message, program);
	add_reason(name, told ? told + strlen(program) : why.message);
	return false;
}

/* All at once, which is the rule; else each by itself, with seccomp, since that is how it is used. */
static void look(void)
{
	struct layers *found = &probe.found;
	struct fault ignored = FAULT_INIT;
	int abi = landlock_abi(), error = errno;
	const struct layers all = {true, abi, true}, spaces = {true, 0, true},
			    rights = {false, abi, true}, calls = {false, 0, true};

	if (abi && try_layers(&all, &ignored) == 0) {
		*found = all;
		return;
	}
	found->seccomp = gives("seccomp", &calls);
	if (!found->seccomp)
		return;
	found->ns = gives("namespaces", &spaces);
	if (!abi)
		add_reason("Landlock", strerror(error));
	else if (gives("Landlock", &rights))
		found->landlock = abi;
	if (found->landlock && found->landlock < LANDLOCK_SCOPES && !found->ns)
		add_reason("Landlock", "this kernel's cannot keep signals in");
}

const struct layers *probe_layers(void)
{
	if (!probe.done)
		look();
	probe.done = true;
	return &probe.found;
}

const char *probe_reasons(void)
{
	probe_layers();
	return probe.reasons.data;
}

const char *sandbox_reason(const char *layer)
{
	probe_layers();
	for (size_t i = 0; i < probe.layers.len; i++)
		if (!strcmp(probe.layers.items[i], layer))
			return probe.why.items[i];
	return NULL;
}
