/*
 * weigh: `git agent guard evidence`: what the commits of a range do to what proves the code, whoever made them, and which of them
 * does it. For a reviewer: nothing is run, and what a later commit of the range puts back is no finding.
 */
#ifndef FLOW_WEIGH_H
#define FLOW_WEIGH_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stdbool.h>

struct weigh_options {
	const char *range; /* as core/commit_range.h takes it; NULL: HEAD */
	struct vec allow;  /* globs of paths that may change */
	bool json, sarif;
};

/* 0: nothing that was not declared; EXIT_REFUSED: findings, printed; -1 with *why. */
int weigh_run(struct repo *repo, const struct weigh_options *options, struct fault *why);

#endif
