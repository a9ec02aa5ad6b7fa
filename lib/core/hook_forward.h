/*
 * hook_forward: a local core.hooksPath of ours hides the directory a person has set for all repositories. A forwarder under
 * each hook's name runs the hook of that name there, looked up anew each time.
 */
#ifndef CORE_HOOK_FORWARD_H
#define CORE_HOOK_FORWARD_H

#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>

/*
 * Writes into `dir` one forwarder per hook of githooks(5); for those in `ours` (ends in NULL) under the name that our
 * binary runs first. `outside` (NULL: none) is the directory they stand for now. Names what it did, or with `dry_run` would do, in *lines, in one line.
 */
int hook_forward_write(const char *dir, const char *outside, const char *const *ours, bool dry_run,
	struct vec *lines, struct fault *why);

#endif
