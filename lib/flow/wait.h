/*
 * wait: until runs have ended, for a person or a script.
 */
#ifndef FLOW_WAIT_H
#define FLOW_WAIT_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/store.h"

#include <stdbool.h>
#include <stdint.h>

struct wait_options {
	int64_t timeout_ms; /* < 0: as long as it takes */
	bool json;
};

/*
 * Waits until each run is over and its supervisor has ended; `ids` empty: those that are at work now. Prints what became of them.
 * Returns the exit code of the run, the largest where there are several. Not over in time: EXIT_BUSY, reason "timeout".
 */
int wait_run(struct store *store, const struct vec *ids, const struct wait_options *o,
	struct fault *why);

#endif
