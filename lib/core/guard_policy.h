/*
 * guard_policy: what is protected in this repository, and from whom, as a hook sees it. Fails closed: what cannot be
 * read or does not parse is a fault, never an empty set.
 *
 * Protected is the union of three: the policy the person has trusted (.git/agent/trusted-policy, the
 * built-ins where there is none), the policy committed at HEAD, and `agent.protect.branches` in git config. A
 * branch that is left out of one of them stays protected by the others.
 *
 * From whom is a person's own decision, so it is read from git config alone: `agent.protect.from` is `everyone`
 * (the default) or `agents`; `agent.protect.<remote>.from` says it for one remote. A push to a URL
 * belongs to no remote, so the strictest of all of them holds.
 */
#ifndef CORE_GUARD_POLICY_H
#define CORE_GUARD_POLICY_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_refs.h"
#include "port/gitdir.h"

#include <stdbool.h>

struct guard_policy {
	struct vec branches; /* patterns, as guard_refs_judge takes them */
	bool agents_only;    /* only what agents push is refused */
};

#define GUARD_POLICY_INIT       \
	{                       \
		VEC_INIT, false \
	}

/* `remote` NULL: the push goes to a URL. Starts git twice at the same time (three times with agent.policyFile). */
int guard_policy_read(
	struct guard_policy *out, const struct gitdir *dir, const char *remote, struct fault *why);
void guard_policy_release(struct guard_policy *policy);

/*
 * Whether one of `count` updates carries a commit with an Agent-Run trailer that the remote lacks, as far as its
 * remote-tracking branches and the ids it told say. 1: none does. *run gets the trailer's value.
 */
int guard_agent_commits(const struct guard_update *updates, size_t count, const char *remote,
	struct buf *run, struct fault *why);

#endif
