/*
 * pins: the refs that keep a run's commits, whatever becomes of its branch: refs/agent/base/<run> and refs/agent/head/<run>. The
 * second has a reflog: what earlier passes have sealed is kept by that.
 */
#ifndef CORE_PINS_H
#define CORE_PINS_H

#include "base/fault.h"
#include "port/repo.h"

/*
 * Takes away locks of these refs that a git which was killed has left. The run's lock is held, and only who holds it moves them: nobody
 * waits for those locks to go.
 */
int pins_unlock(const struct repo *repo, const char *run, struct fault *why);

int pins_delete(struct repo *repo, const char *run, struct fault *why);

#endif
