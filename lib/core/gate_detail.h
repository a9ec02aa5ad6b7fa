/*
 * gate_detail: what is said of a stage that has ended and is not green: how, and where it was its box that kept it from its work,
 * which key of the policy is in the way.
 */
#ifndef CORE_GATE_DETAIL_H
#define CORE_GATE_DETAIL_H

#include "core/gate.h"
#include "port/proc.h"
#include "port/sandbox.h"

/*
 * Sets r->status to red, or to broken where the machine's sandbox gives less than it says (no loopback), r->detail and r->hint.
 * `box` is what it ran in.
 */
void gate_detail(
	const struct gate *g, const struct box *box, const struct proc *p, struct gate_result *r);

#endif
