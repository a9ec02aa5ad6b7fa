/*
 * trust: which policies' commands the person has seen. Kept in .git/agent/trust, one line per hash of the
 * commands' text; what was approved last is also kept whole in .git/agent/trusted-policy, for the pre-push hook.
 */
#ifndef CORE_TRUST_H
#define CORE_TRUST_H

#include "base/fault.h"
#include "core/policy.h"

/* 0: trusted (or there are no commands); 1: not seen yet. `state_dir` is .git/agent. */
int trust_check(const char *state_dir, const struct policy *p, struct fault *why);

/* Records the policy's commands as seen. */
int trust_add(const char *state_dir, const struct policy *p, struct fault *why);

/* Takes it back for these commands. */
int trust_remove(const char *state_dir, const struct policy *p, struct fault *why);

#endif
