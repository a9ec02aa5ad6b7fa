/*
 * guard_push_private: what the parts of guard_push share: its rules (guard_push.c), branches that lose commits
 * (guard_push_force.c), and saying what is refused (guard_push_say.c).
 */
#ifndef CORE_GUARD_PUSH_PRIVATE_H
#define CORE_GUARD_PUSH_PRIVATE_H

#include "core/guard_push.h"

/* One line of a name from outside, safe for a terminal. The caller frees. */
char *guard_shown(const char *name, size_t len);

/* Appends "on '<name>' ". A URL may hold a password, so only the name of a remote is ever printed. */
void guard_put_remote(struct buf *out, const struct guard_push *push);

/* Refuses what would drop commits of others from a branch, unless push.force allows it. */
int guard_push_force(struct guard_push *push, struct fault *why);

#endif
