/*
 * judge: the gate on a commit or on the working tree as it is, for a person who wants to know; no run, no branch.
 */
#ifndef FLOW_JUDGE_H
#define FLOW_JUDGE_H

#include "base/fault.h"
#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

struct gate;
struct json;

struct judge_options {
	const char *rev; /* NULL: HEAD */
	bool wip;        /* HEAD with the uncommitted changes, untracked files included */
	bool trust;
	bool no_cache; /* judged anew, whatever is known */
	bool json;
	struct json **
		verdict; /* gets the verdict as JSON, to be freed, and nothing is printed; NULL: it is printed */
};

/*
 * Prints the verdict. Returns EXIT_DONE (green), EXIT_RED, or -1 with *why; where it is broken that is a fault, but with `json`, where
 * the verdict says it, EXIT_FATAL.
 */
int judge_run(struct repo *repo, struct store *store, const struct judge_options *options,
	struct fault *why);

/* The verdict as JSON; the caller owns it. */
struct json *judge_json(const struct gate *g);

#endif
