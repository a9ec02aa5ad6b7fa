/*
 * reopen: a run that is over, with its record, its lock and its request, made an attempt again. Shared by `resume` and `revise`.
 */
#ifndef FLOW_REOPEN_H
#define FLOW_REOPEN_H

#include "flow/asked.h"
#include "flow/attempt.h"

struct reopened {
	struct attempt attempt;
	struct asked asked;
	struct agent agent;
	struct attempt_options options; /* the request's, with what is said now */
};

/*
 * Locks the run (another process at it: EXIT_BUSY), reads its record, which must be in one of the states that `allowed` accepts, and
 * its request, and does what attempt_open does at the run's own base. Nothing is changed yet.
 */
int reopen_run(struct reopened *r, struct repo *repo, struct store *store, const char *id,
	int (*allowed)(const struct run *run, struct fault *why), bool trust, struct fault *why);
void reopen_release(struct reopened *r);

/* With `detach` the run goes on in the background. 0: whoever returns goes on with it; 1: another process does; -1. */
int reopen_detach(struct reopened *r, bool detach, struct fault *why);

/*
 * Its workspace: with `keep` the checkout it has, if that is whole, else a new one that holds what was taken over last, with the base
 * as its HEAD. 1 through *kept: the first. Waits in line.
 */
int reopen_workspace(struct reopened *r, bool keep, struct fault *why);

/* The last pass whose work is in the repository; NULL: there is none. */
const struct run_pass *reopen_last_taken(const struct run *run);

#endif
