/*
 * prompt: the text an agent is given: ground rules, the repository's conventions, protected paths, the brief, and
 * on later passes what failed. What comes from outside is fenced and labelled as data.
 */
#ifndef CORE_PROMPT_H
#define CORE_PROMPT_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/agent.h"
#include "core/brief.h"
#include "core/policy.h"
#include "port/repo.h"

#include <stdbool.h>

struct prompt {
	const struct brief *brief;
	const struct policy *policy;
	const struct agent *agent;
	const char *base;         /* commit id whose conventions count */
	const char *memory;       /* .git/agent/memory.md, for its last lessons; may be missing */
	const char *failure;      /* what the gate printed; NULL on the first pass */
	bool base_failure;        /* that is of the base, and no pass of the agent's */
	const char *failure_logs; /* where the whole logs are, as the agent sees it */
	const char
		*asked; /* what a person asked for after a proposal; NULL: this is none of that */
	const char *diff, *report; /* of the proposal they asked it of */
	bool cut_off;              /* the pass before was, and what it left is there */
	int pass;                  /* from 1 */
	bool heals;                /* the run is one that heals */
};

/* The conventions a person named (AGENT_CONFIG, agent.conventions) are there: asked before a run is claimed. */
int prompt_check(
	const struct policy *policy, struct repo *repo, const char *base, struct fault *why);

/* Appends the prompt. */
int prompt_write(const struct prompt *p, struct repo *repo, struct buf *out, struct fault *why);

#endif
