/*
 * approve: asks the person before commands of a policy they have not seen are run.
 */
#ifndef FLOW_APPROVE_H
#define FLOW_APPROVE_H

#include "base/fault.h"
#include "core/policy.h"
#include "port/repo.h"

#include <stdbool.h>

/*
 * 0: trusted, or approved now (at the terminal, or `given`: --trust). Else EXIT_REFUSED, reason "untrusted", with the command to
 * type. With agent.trust = upstream, a policy that stands on a branch of the upstream counts as seen, where the
 * branch is protected by the built-ins or by git config.
 */
int approve_policy(struct repo *repo, const char *state_dir, const struct policy *p, bool given,
	struct fault *why);

/* Prints what the policy would run, one command per line. */
void approve_show(const struct policy *p);

#endif
