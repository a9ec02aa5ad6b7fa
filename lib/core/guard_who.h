/*
 * guard_who: who pushes to a server, by what the server says of it in the environment of its hooks.
 */
#ifndef CORE_GUARD_WHO_H
#define CORE_GUARD_WHO_H

#include "core/policy.h"

#include <stdbool.h>

/*
 * The value of the variable agent.server.who, else the user this process belongs to; one line that a terminal can show, "" where nobody
 * is named. The caller frees.
 */
char *guard_who(const struct policy *rules);

/* That is one of agent.server.allow. */
bool guard_who_allowed(const struct policy *rules);

/* The forge itself moves the branch, for a person who merges there: agent.server.merge. */
bool guard_who_merges(const struct policy *rules);

#endif
