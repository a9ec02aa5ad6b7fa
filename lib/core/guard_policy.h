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
 * belongs to no remote, so the strictest of all of them holds. `agent.protect.<remote>.branches` adds to what is protected there.
 */
#ifndef CORE_GUARD_POLICY_H
#define CORE_GUARD_POLICY_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_refs.h"
#include "core/policy.h"
#include "port/git_batch.h"
#include "port/gitdir.h"

#include <stdbool.h>

struct guard_policy {
	struct vec branches; /* patterns, as guard_refs_judge takes them */
	bool agents_only;    /* only what agents push is refused */
	struct policy
		rules; /* [push], [propose], [server]: HEAD's policy, with git config over it */
};

void guard_policy_init(struct guard_policy *policy);
void guard_policy_release(struct guard_policy *policy);

/*
 * Fills an initialised one; `remote` NULL: the push goes to a URL. Until `end_ms` (clock_now_ms; 0: as long as it takes). Objects are
 * read with *objects, which is made where it is NULL, and left to the caller (`objects` NULL: it ends here). Git is started for what is not
 * plain among them, and for the configuration, where that may speak of this.
 */
int guard_policy_read(struct guard_policy *out, const struct gitdir *dir, const char *remote,
	int64_t end_ms, struct git_batch **objects, struct fault *why);

#endif
