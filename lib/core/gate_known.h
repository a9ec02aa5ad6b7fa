/*
 * gate_known: what a gate need not run because its verdict is known, and what it keeps of what it has found out. Used by gate.c alone.
 */
#ifndef CORE_GATE_KNOWN_H
#define CORE_GATE_KNOWN_H

#include "core/gate.h"

/* Fills the result where the stage's verdict is known. 1: it is not. */
int gate_known(struct gate *g, struct gate_result *r, struct fault *why);

/* Keeps what was found out; one that says nothing of the tree for sure is not kept. That it cannot be is no fault of the gate. */
void gate_keep(const struct gate *g);

#endif
