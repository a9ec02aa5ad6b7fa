/*
 * runs: what a person does with runs by name: stop, drop.
 */
#ifndef FLOW_RUNS_H
#define FLOW_RUNS_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

/* The runs meant: those named (each must exist), or with `all` every one. */
int runs_named(
	struct store *store, const struct vec *names, bool all, struct vec *out, struct fault *why);

/*
 * Asks the run's supervisor to stop and waits until it has; the work is kept. A run whose supervisor is gone is set to stopped. One
 * that is over is left as it is, and said.
 */
int runs_stop(struct store *store, const char *id, struct fault *why);

struct runs_drop {
	bool branch; /* delete its branch too, if nothing was committed on top */
	bool dry_run;
};

/*
 * Discards the run: checkout, pins, record. The branch stays unless asked for. A run at work is refused with
 * EXIT_BUSY. A damaged record can be dropped too.
 */
int runs_drop(struct repo *repo, struct store *store, const char *id,
	const struct runs_drop *options, struct fault *why);

/* Removes the dependency layers that no process uses; a later run makes them again. */
void runs_free_shared(const struct repo *repo);

#endif
