/*
 * guard_commits: which commits a push brings, which it drops, and whose they are.
 */
#ifndef CORE_GUARD_COMMITS_H
#define CORE_GUARD_COMMITS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_refs.h"

#include <stdint.h>

/* Appends a line per id for `git rev-list --stdin`: what is pushed, and "^" with what was there. */
void guard_put_range(struct buf *input, const struct guard_update *updates, size_t count);

/* Pushes what takes away the commits that are known: options and names of revisions, as in `git rev-list`; none is nothing. */
void guard_push_known(struct vec *argv, const struct vec *known);

/*
 * Whether one of `count` updates carries a commit with an Agent-Run trailer that the remote lacks. 1: none does. *run
 * gets the trailer.
 */
int guard_agent_commits(const struct guard_update *updates, size_t count, const struct vec *known,
	int64_t end_ms, struct buf *run, struct fault *why);

/*
 * The same on the server, for protected branches: only what becomes a step of the branch itself counts, the line of first
 * parents. What a person merges is one. `known` are ids of tips (without "^") that count as seen.
 */
int guard_agent_straight(const struct guard_update *updates, size_t count, const struct vec *known,
	int64_t end_ms, struct buf *run, struct fault *why);

/*
 * Whether the updates together drop a commit from the other side whose author is not `email` (NULL: anybody's counts). 1: none is
 * dropped. Else *which is "<id> <author's address>", or "" where the other side has commits that are not even here.
 */
int guard_dropped(const struct guard_update *updates, size_t count, const char *email,
	int64_t end_ms, struct buf *which, struct fault *why);

#endif
