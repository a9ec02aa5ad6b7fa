#include "flow/approve.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/trust.h"
#include "port/git.h"
#include "port/match.h"

#include <string.h>

void approve_show(const struct policy *p)
{
	CLEANUP(vec_release) struct vec commands = VEC_INIT;

	policy_commands(p, &commands);
	for (size_t i = 0; i < commands.len; i++)
		term_say("  %s", commands.items[i]);
}

/* The policy file on the upstream of a protected branch, byte for byte: a reviewer there has seen it. */
static bool is_on_upstream(struct repo *repo, const struct policy *p)
{
	const char *trust = repo_config(repo, "agent.trust");
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf refs = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	char *line, *rest;

	if (!trust || strcmp(trust, "upstream") != 0 || !p->blob ||
		git_do(&call, &refs, &ignored, "for-each-ref",
			"--format=%(refname:lstrip=3) %(objectname)", "refs/remotes", NULL) < 0)
		return false;
	for (line = strtok_r(refs.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		char *oid = strrchr(line, ' ');

		*oid++ = '\0';
		if (match_name_any(&p->branches, line) &&
			!repo_blob(repo, oid, p->file, &text, &ignored) &&
			!strcmp(text.data, p->blob))
			return true;
	}
	return false;
}

int approve_policy(struct repo *repo, const char *state_dir, const struct policy *p, bool given,
	struct fault *why)
{
	int seen = trust_check(state_dir, p, why);

	if (seen <= 0)
		return seen;
	if (given || is_on_upstream(repo, p))
		return trust_add(state_dir, p, why);
	if (term_can_ask()) {
		term_say("%s names commands you have not approved yet:", p->origin);
		approve_show(p);
		if (term_ask("Run them on this machine?"))
			return trust_add(state_dir, p, why);
	}
	fault_set(why, EXIT_REFUSED, "the commands of %s have not been approved", p->origin);
	fault_reason(why, "untrusted");
	return fault_hint(why, "git agent trust");
}
