/*
 * heal: a red gate goes to an agent: what failed, bounded passes, a proposal, or the handing over to a person. Where the gate is green,
 * or only flaky, nothing is made.
 */
#ifndef FLOW_HEAL_H
#define FLOW_HEAL_H

#include "flow/attempt.h"

struct heal_options {
	struct attempt_options attempt;
	struct agent_choice agent; /* simulate: "bad" or "stuck" */
	struct vec may_change;     /* globs: evidence that may be changed, as in a brief */
	bool wip;                  /* HEAD with the uncommitted changes is the base */
	bool dry_run;
	bool json;
};

/* Returns the exit code, or -1 with *why for what went wrong before a run was claimed. */
int heal_run(struct repo *repo, struct store *store, const struct heal_options *options,
	struct fault *why);

#endif
