/*
 * ci: the whole gate as a required check, for a change from anybody: by the policy of what it is to be merged into, which is reviewed
 * and which the change cannot alter; no run, no branch, nothing to approve.
 */
#ifndef FLOW_CI_H
#define FLOW_CI_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

struct ci_options {
	const char *rev;    /* NULL: HEAD */
	const char *base;   /* NULL: see core/ci_base.h */
	const char *format; /* of annotate_formats; NULL: what the place reads */
	struct vec allow;   /* protected paths that may be changed, globs */
	bool no_cache;
	bool json;
};

/*
 * Prints what it found in that format. EXIT_DONE, EXIT_RED (a stage, secrets, evidence in mode block), EXIT_REFUSED (what no change
 * may hold), EXIT_FATAL where it is broken; -1 with *why.
 */
int ci_run(struct repo *repo, struct store *store, const struct ci_options *options,
	struct fault *why);

#endif
