/*
 * leaks: `git agent guard secrets`: looks for secrets in commits, in what is staged, in the working tree or in what is piped
 * in, and says what it found, in words, as JSON or as SARIF.
 */
#ifndef FLOW_LEAKS_H
#define FLOW_LEAKS_H

#include "base/fault.h"
#include "port/repo.h"

#include <stdbool.h>

struct leaks_options {
	const char *range; /* as git log takes it; "-": standard input; NULL: what no remote has */
	bool staged, worktree, history;
	bool json, sarif;
};

/* 0: none; EXIT_REFUSED: some, printed; -1 with *why: it could not be told. */
int leaks_run(struct repo *repo, const struct leaks_options *options, struct fault *why);

#endif
