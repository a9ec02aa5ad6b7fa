#include "core/evidence_policy.h"

#include "base/alloc.h"

int evidence_by_policy(struct evidence_rules **rules, const struct policy *policy,
	const struct vec *may_change, struct repo *repo, const struct repo_changes *changes,
	struct evidence *out, struct fault *why)
{
	CLEANUP(vec_release) struct vec commands = VEC_INIT;
	const struct evidence_scope scope = {.paths = &policy->evidence_paths,
		.may_change = may_change,
		.commands = &commands,
		.policy_file = policy->file};

	for (size_t i = 0; i < policy->stages_len; i++)
		vec_push(&commands, policy->stages[i].run);
	if ((!*rules && evidence_rules_load(rules, NULL, why) < 0) ||
		evidence_scan_repo(*rules, &scope, changes, repo, out, why) < 0)
		return fault_wrap(why, "evidence");
	return 0;
}
