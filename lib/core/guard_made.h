/*
 * guard_made: where a commit comes from. A commit on a run's branch, and any commit of a process that belongs to a run, is
 * noted in .git/agent/journal.ndjson; by a person's choice also as a note of Git's, and the branch is pushed.
 */
#ifndef CORE_GUARD_MADE_H
#define CORE_GUARD_MADE_H

#include "base/fault.h"
#include "port/gitdir.h"

/*
 * After a commit on `ref`, a full name. 1: the branch is no run's and the process no agent's; nothing was started and no record
 * read. A push goes on in the background when this returns.
 */
int guard_made(const struct gitdir *dir, const char *ref, struct fault *why);

#endif
