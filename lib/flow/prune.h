/*
 * prune: frees the disk that runs have taken and nobody needs any more: checkouts and logs by age, what was cut off in the middle of
 * being removed, and, where it is asked for, whole runs. A run at work is left alone, and so is every branch.
 */
#ifndef FLOW_PRUNE_H
#define FLOW_PRUNE_H

#include "base/fault.h"
#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stdint.h>

struct prune_options {
	int64_t older_ms; /* < 0: not given; agent.keepFor for checkouts and logs */
	int keep;         /* of the runs that are over, the latest so many stay; < 0: not given */
	bool dry_run, json;
};

/*
 * With an age or a count, runs that are over go as a whole, as by `drop`; a proposal goes once its branch is merged into HEAD or its
 * base, or is gone. Prints what was freed.
 */
int prune_run(
	struct repo *repo, struct store *store, const struct prune_options *o, struct fault *why);

#endif
