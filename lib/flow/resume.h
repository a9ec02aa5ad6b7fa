/*
 * resume: takes a run that was cut off, or that failed, up again, at the last step that is on disk: what was proposed but for its branch gets it, what
 * was sealed is judged, what the agent left in its checkout is there for another pass, and what had not begun starts from its base.
 */
#ifndef FLOW_RESUME_H
#define FLOW_RESUME_H

#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

struct resume_options {
	bool trust, no_wait, json;
	bool detach; /* it goes on in another process, of which 0 says that it began */
};

/* Returns the run's exit code, or -1 with *why where it was not taken up: it is as it was then. */
int resume_run(struct repo *repo, struct store *store, const char *id,
	const struct resume_options *options, struct fault *why);

/* Whether `--all` means it: it was interrupted, by a signal or because its process is gone. */
bool resume_is_due(struct store *store, const char *id);

#endif
