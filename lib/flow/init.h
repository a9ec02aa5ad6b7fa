/*
 * init: makes a repository ready: a policy with the gate its files speak for, the hooks, .git/agent. What is there
 * already is kept and said; done twice it does nothing more.
 */
#ifndef FLOW_INIT_H
#define FLOW_INIT_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

struct init_options {
	struct vec
		gate; /* stages of the person's own (detect_add): they take the place of what would be found */
	bool dry_run; /* prints the policy and every change, makes none */
	bool local;   /* the policy goes to .git/agent/policy alone, nothing to the working tree */
	bool commit; /* and on the new branch agent/init, as one commit on HEAD; nothing to the working tree */
	bool no_gate; /* the gate is not run */
	bool strict;  /* the hook reference-transaction too */
	bool json;
};

/*
 * Returns the exit code, or -1 with *why. A red gate, or one that could not be run, is told and is no failure of init. Nothing
 * found to make a gate of: EXIT_FATAL, reason "no_gate", and nothing is written.
 */
int init_run(struct repo *repo, struct store *store, const struct init_options *options,
	struct fault *why);

#endif
