/*
 * issue: a brief to a proposal: agent, gate, at most `fixes` more passes on what was red, branch and report.
 */
#ifndef FLOW_ISSUE_H
#define FLOW_ISSUE_H

#include "flow/attempt.h"

struct issue_options {
	struct attempt_options attempt;
	struct agent_choice agent;
	const char *brief; /* a path or "-" */
	bool dry_run;
	bool json;
};

/* Returns the exit code, or -1 with *why for what went wrong before a run was claimed. */
int issue_run(struct repo *repo, struct store *store, const struct issue_options *options,
	struct fault *why);

#endif
