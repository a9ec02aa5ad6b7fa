/*
 * dry_run: what a run would be made of, for a person to read: base, sandbox, agent, policy, prompt.
 */
#ifndef FLOW_DRY_RUN_H
#define FLOW_DRY_RUN_H

#include "flow/attempt.h"

/* Prints it. Returns EXIT_DONE, or -1 with *why. */
int dry_run(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why);

#endif
