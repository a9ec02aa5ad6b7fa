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

/* The remote whose branches count: the only one, or git's own choice between several (checkout.defaultRemote), or "origin". */
static char *upstream_of(const struct repo *repo)
{
	const char *chosen = repo_config(repo, "checkout.defaultremote");
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	if (!chosen)
		repo_remotes(repo, &names);
	return xstrdup(chosen ? chosen : names.len == 1 ? names.items[0] : "origin");
}

/* Those that are protected whatever the policy file says: who writes it could name their own. */
static int read_branches(const struct repo *repo, struct policy *own, struct fault *why)
{
	policy_init(own);
	for (size_t i = 0; i < repo->config_len; i++)
		if (!strcmp(repo->config[i].key, "agent.protect.branches") &&
			policy_config(own, repo->config[i].key, repo->config[i].value, why) < 0)
			return -1;
	return 0;
}

/* The policy file on a protected branch of the upstream, byte for byte: a reviewer there has seen it. */
static bool is_on_upstream(struct repo *repo, const struct policy *p)
{
	const char *trust = repo_config(repo, "agent.trust");
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(policy_release) struct policy own;
	CLEANUP(buf_release) struct buf refs = BUF_INIT, prefix = BUF_INIT;
	CLEANUP(str_free) char *remote = NULL;
	struct fault ignored = FAULT_INIT;
	char *line, *rest;

	if (read_branches(repo, &own, &ignored) < 0 || !trust || strcmp(trust, "upstream") != 0 ||
		!p->blob)
		return false;
	remote = upstream_of(repo);
	buf_printf(&prefix, "refs/remotes/%s/", remote);
	if (git_do(&call, &refs, &ignored, "for-each-ref", "--format=%(refname) %(objectname)",
		    prefix.data, NULL) < 0)
		return false;
	for (line = strtok_r(refs.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		char *oid = strrchr(line, ' ');

		if (strncmp(line, prefix.data, prefix.len) != 0)
			continue;
		*oid++ = '\0';
		if (match_name_any(&own.branches, line + prefix.len) &&
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
