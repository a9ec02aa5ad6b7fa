/*
 * judging: the gate on one commit without a run: for a person who asks, and for what stood before a run. Where every stage's verdict is
 * known nothing is made for it, no workspace, no checkout, no box.
 */
#ifndef FLOW_JUDGING_H
#define FLOW_JUDGING_H

#include "base/fault.h"
#include "core/gate.h"
#include "core/store.h"
#include "core/verdict.h"

#include <stdbool.h>

struct judging {
	/* Given, borrowed. */
	struct repo *repo;
	struct store *store;
	const struct policy *policy;
	const char *commit;
	const struct gate_stage *extra;     /* as struct gate's */
	const struct repo_changes *changes; /* as struct gate's */
	int level;    /* enum sandbox_level; -1: the person's own commit, the strongest there is */
	bool foreign; /* the commit is no base and not the person's */
	bool no_cache;

	/* Filled. */
	struct gate gate;
	char *log_dir; /* .git/agent/gate/<commit> */
	struct workspace workspace;
	struct layer layer;
	struct verdicts verdicts;
};

/* Judges, and tells of it while it does; flaky stages are noted and named. 0: j->gate says how it went. */
int judging_run(struct judging *j, struct fault *why);
void judging_release(struct judging *j);

#endif
