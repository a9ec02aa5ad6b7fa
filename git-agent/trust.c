#include "git-agent/command.h"

#include "base/alloc.h"
#include "base/term.h"
#include "core/policy_load.h"
#include "core/trust.h"
#include "flow/approve.h"

static bool yes, revoke;

static const struct opt table[] = {
	{OPT_FLAG, 'y', "yes", &yes, NULL, "approve without asking", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "revoke", &revoke, NULL, "take an approval back", NULL, COMPLETE_NOTHING},
	{0},
};

static int approve(struct command_line *line, const struct policy *p, struct fault *why)
{
	CLEANUP(vec_release) struct vec commands = VEC_INIT;
	int seen = trust_check(line->store.dir, p, why);

	if (seen < 0)
		return -1;
	policy_commands(p, &commands);
	term_outf("%s\n", p->origin);
	for (size_t i = 0; i < commands.len; i++)
		term_outf("  %s\n", commands.items[i]);
	if (!commands.len)
		term_outf("  names no command\n");
	if (revoke)
		return trust_remove(line->store.dir, p, why);
	if (!seen) {
		term_say("approved");
		return trust_add(line->store.dir, p, why);
	}
	if (!yes && !term_ask("Run them on this machine?")) {
		fault_set(
			why, EXIT_REFUSED, "the commands of %s have not been approved", p->origin);
		fault_reason(why, "untrusted");
		return fault_hint(why, "git agent trust --yes");
	}
	term_say("approved");
	return trust_add(line->store.dir, p, why);
}

static int run(struct command_line *line, struct fault *why)
{
	struct policy p;
	char oid[OID_MAX];
	const char *rev = line->args.len ? line->args.items[0] : "HEAD";
	int code;

	policy_init(&p);
	code = repo_commit(line->repo, rev, oid, why);
	if (code == 1) {
		code = fault_set(why, EXIT_FATAL, "unknown revision '%s'", rev);
		fault_hint(why, "git agent trust takes a commit; HEAD needs a first one");
	}
	if (!code)
		code = policy_load(&p, line->repo, oid, NULL, why);
	if (!code)
		code = approve(line, &p, why);
	policy_release(&p);
	return code;
}

const struct command command = {
	.name = "trust",
	.synopsis = "[--yes | --revoke] [<rev>]",
	.summary = "Show the policy's commands and approve them",
	.options = table,
	.argument = COMPLETE_REV,
	.max_args = 1,
	.needs = REPO_ANY,
	.run = run,
};
