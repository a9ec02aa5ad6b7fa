/*
 * flaky: stages that were red and then green on the same tree, in .git/agent/flaky.ndjson, one line each time: a stage that does so
 * often is named with its history.
 */
#ifndef CORE_FLAKY_H
#define CORE_FLAKY_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/gate.h"

/*
 * Appends "stage 'x' was red (exit 1) and then green on the same tree; 3 times before, last 2026-01-02", and notes that it was so
 * now. `state` is .git/agent.
 */
int flaky_note(const char *state, const struct gate_result *r, const char *commit, struct buf *out,
	struct fault *why);

#endif
