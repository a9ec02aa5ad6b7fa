#include "git-agent/command.h"

#include "flow/init.h"
#include "flow/uninstall.h"

static struct init_options options = {.gate = VEC_INIT};
static bool uninstall, yes;

static const struct opt table[] = {
	{OPT_LIST, 0, "gate", &options.gate, "command",
		"a stage of your own instead of what is found; <name>=<command> names it", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 'n', "dry-run", &options.dry_run, NULL,
		"print the policy and what would be done, do nothing", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "local", &options.local, NULL,
		"keep the policy in .git/agent, write nothing else", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "commit", &options.commit, NULL,
		"put the policy on the new branch agent/init", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "no-gate", &options.no_gate, NULL, "do not run the gate", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "strict", &options.strict, NULL,
		"also refuse local moves of protected branches to what agents start", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "uninstall", &uninstall, NULL, "list and remove all that is git agent's",
		NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 'y', "yes", &yes, NULL, "uninstall without asking", NULL, COMPLETE_NOTHING},
	{0},
};

static int remove_all(struct command_line *line, struct fault *why)
{
	const struct uninstall_options removal = {
		.yes = yes, .dry_run = options.dry_run, .json = line->json};

	if (options.gate.len || options.local || options.commit)
		return fault_set(why, EXIT_USAGE, "--uninstall goes with --yes and --dry-run only");
	return uninstall_run(line->repo, &line->store, &removal, why);
}

static int run(struct command_line *line, struct fault *why)
{
	int code;

	options.json = line->json;
	code = uninstall ? remove_all(line, why)
			 : init_run(line->repo, &line->store, &options, why);
	vec_release(&options.gate);
	return code;
}

const struct command command = {
	.name = "init",
	.synopsis = "[<options>]\n--uninstall [--yes | --dry-run]",
	.summary = "Find the gate of a repository, write its policy, install the hooks",
	.options = table,
	.max_args = 0,
	.needs = REPO_ANY,
	.run = run,
};
