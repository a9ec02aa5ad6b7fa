/*
 * evidence_policy: what a change does to the evidence, by the policy in force: what its paths and commands name is evidence too.
 */
#ifndef CORE_EVIDENCE_POLICY_H
#define CORE_EVIDENCE_POLICY_H

#include "core/evidence.h"
#include "core/policy.h"

/*
 * evidence_scan_repo with the scope of that policy; `may_change` (globs; NULL: none) is declared. *rules are loaded where they
 * are NULL, and are the caller's.
 */
int evidence_by_policy(struct evidence_rules **rules, const struct policy *policy,
	const struct vec *may_change, struct repo *repo, const struct repo_changes *changes,
	struct evidence *out, struct fault *why);

#endif
