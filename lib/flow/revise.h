/*
 * revise: a person asks for changes: another pass, or more, on what a run has proposed, or on what was judged red. The branch moves
 * from what was proposed to the new seal by compare and swap.
 */
#ifndef FLOW_REVISE_H
#define FLOW_REVISE_H

#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

struct revise_options {
	const char *message; /* the person's words; NULL: in `file` */
	const char *file;    /* "-": standard input */
	bool trust, no_wait, json;
	bool detach; /* it goes on in another process, of which 0 says that it began */
};

/*
 * Returns the run's exit code, or -1 with *why where it was not taken up: it is as it was then. A branch with commits of somebody
 * else's, or one that is checked out, is EXIT_REFUSED.
 */
int revise_run(struct repo *repo, struct store *store, const char *id,
	const struct revise_options *options, struct fault *why);

#endif
