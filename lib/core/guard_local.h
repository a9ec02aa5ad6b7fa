/*
 * guard_local: moves of refs in this very repository, as the hook reference-transaction is told of them. What a process of an
 * agent's (GIT_AGENT_RUN in its environment) does to a protected branch, or to the bookkeeping of runs, is refused.
 */
#ifndef CORE_GUARD_LOCAL_H
#define CORE_GUARD_LOCAL_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

/*
 * Pushes the refs that "<old> <new> <ref>\n" lines tell of; `ref:` and a name may stand for an id. Lines that only check (the same
 * id twice, not zeros) are left out. Anything else is a fault.
 */
int guard_local_parse(const char *bytes, size_t len, struct vec *refs, struct fault *why);

/* The whole of the hook, for a process of an agent's: EXIT_DONE, or EXIT_RED with what to say in *text. */
int guard_local_judge(const struct buf *input, struct buf *text);

#endif
