/*
 * passes: the one loop of a run: the agent works, the gate judges, and what is red goes back to the agent at most a->most times. It
 * ends early where another pass would be wasted: the same tree, or the same failure, came back. Whatever starts a run, or takes one up
 * again, goes through here, so that there is one counter.
 */
#ifndef FLOW_PASSES_H
#define FLOW_PASSES_H

#include "flow/attempt.h"

/*
 * From where the record is: with passes that were judged the loop goes on after the last of them, which counts; one whose work was
 * taken over and never judged is judged first. Passes below a->first are no part of it. The run ends proposed, rejected (or gave up,
 * where it heals), or with a fault.
 */
int passes_run(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why);

#endif
