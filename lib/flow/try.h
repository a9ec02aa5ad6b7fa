/*
 * try: anybody's change, a patch or a revision, through the gate; no agent.
 */
#ifndef FLOW_TRY_H
#define FLOW_TRY_H

#include "flow/attempt.h"

struct try_options {
	struct attempt_options attempt;
	const char *change; /* a patch or mbox file, "-" for standard input, or a revision */
	bool json;
};

/* Returns the exit code, or -1 with *why for what went wrong before a run was claimed. */
int try_run(struct repo *repo, struct store *store, const struct try_options *options,
	struct fault *why);

/* A run of it that was cut off before its change was taken over, with its workspace made: as from there on. `revision` NULL: a patch. */
int try_again(struct attempt *a, const char *revision, struct fault *why);

#endif
