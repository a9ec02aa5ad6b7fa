/*
 * status: what runs, what needs the person, what is proposed.
 */
#ifndef FLOW_STATUS_H
#define FLOW_STATUS_H

#include "base/fault.h"
#include "core/store.h"

#include <stdbool.h>

struct status_options {
	const char *run; /* NULL: the list */
	bool all;        /* every run, not only the live ones and the latest */
	int latest;      /* how many that are over */
	bool follow;     /* goes on printing what changes */
	bool json;
	bool names; /* only the names, one per line, no record opened */
};

/* Prints. Returns the exit code, or -1 with *why. */
int status_run(struct store *store, const struct status_options *options, struct fault *why);

#endif
