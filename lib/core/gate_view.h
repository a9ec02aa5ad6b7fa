/*
 * gate_view: the checkouts of a gate, one per stage, so that no stage sees what another left. Each is filled by git while other
 * stages already run, and then made ready with the gate's layer. Used by gate.c alone.
 */
#ifndef CORE_GATE_VIEW_H
#define CORE_GATE_VIEW_H

#include "base/fault.h"
#include "core/gate.h"
#include "core/workspace.h"

#include <stdbool.h>
#include <stddef.h>

struct gate_view {
	size_t number; /* of its stage, from 1 */
	struct checkout checkout;
	bool stale; /* it holds the base: it was prepared */
};

/* Makes the view, or begins to: then v->checkout.filling is the git to wait for before gate_view_go_on. */
int gate_view_start(struct gate *g, struct gate_view *v, struct fault *why);

/* The view's git has ended. 0: the view is there; 1: another git fills it. */
int gate_view_go_on(struct gate *g, struct gate_view *v, struct fault *why);

void gate_view_remove(struct gate_view *v);

#endif
