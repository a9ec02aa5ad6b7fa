/*
 * attempt_box: what the agent of a run may touch, and what of the person's own it has: its box, as data, for a pass and for
 * --dry-run.
 */
#ifndef FLOW_ATTEMPT_BOX_H
#define FLOW_ATTEMPT_BOX_H

#include "flow/attempt.h"
#include "port/sandbox.h"

/* Refuses an agent that asks for what no agent may see, before anything is made. */
int attempt_box_check(const struct attempt *a, const struct agent *agent, struct fault *why);

/* The box of one pass, with its command line; `prompt` (borrowed) is its input unless the command names the file. */
int attempt_box(struct attempt *a, const struct agent *agent, const struct buf *prompt,
	const char *prompt_path, struct box *box, struct fault *why);

/*
 * Appends the box in words: level, network, limits, names of variables, places, logins and settings. Makes an empty workspace
 * for it in the work root and removes it again; in what is shown it is called <run>.
 */
int attempt_box_describe(
	struct attempt *a, const struct agent *agent, struct buf *out, struct fault *why);

#endif
