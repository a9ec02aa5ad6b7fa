/*
 * guard_tip: a verdict speaks for one commit. Once a person commits on top of a proposal, the run's record has to say
 * that its branch shows more than was judged.
 */
#ifndef CORE_GUARD_TIP_H
#define CORE_GUARD_TIP_H

#include "base/fault.h"
#include "core/store.h"
#include "port/gitdir.h"

/* Reads the run that made the branch (a short name) into an initialised *out; 1: none did. */
int guard_tip_run(struct store *store, const char *branch, struct run *out, struct fault *why);

/*
 * Flags the run whose branch is `ref`, a full name, when the branch's tip is not what its gate judged: 0, and *flag is the new
 * flag (the caller frees); 1: no run has this branch, it is at work, its tip is the one judged, or it is flagged already. Where
 * no run has the branch nothing is started and no record read.
 */
int guard_tip_moved(const struct gitdir *dir, const char *ref, char **flag, struct fault *why);

#endif
