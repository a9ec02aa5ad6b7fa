#include "git-agent/attempt_options.h"
#include "git-agent/command.h"

#include "base/alloc.h"
#include "flow/heal.h"

static struct heal_options options = {.attempt = {.allow = VEC_INIT}, .may_change = VEC_INIT};

static const char *const simulations[] = {"bad", "stuck", NULL};

static const struct opt table[] = {
	AGENT_OPTIONS(options.agent),
	{OPT_STRING, 0, "fixes", &options.attempt.fixes, "n", "at most so many passes", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "wip", &options.wip, NULL, "heal HEAD with the uncommitted changes", NULL,
		COMPLETE_NOTHING},
	{OPT_CHOICE, 0, "simulate", &options.agent.simulate, "how",
		"a scripted agent mends its own bad change, or never does", simulations,
		COMPLETE_NOTHING},
	ATTEMPT_OPTIONS(options.attempt),
	{OPT_LIST, 0, "may-change", &options.may_change, "glob",
		"tests, or what else proves the code, that may be changed", NULL, COMPLETE_FILE},
	DETACH_OPTION(options.attempt.detach),
	DRY_RUN_OPTION(options.dry_run),
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	int code;

	options.json = line->json;
	if (options.wip && options.attempt.base)
		return fault_set(why, EXIT_USAGE,
			"--wip starts from the working tree: it goes with no --base");
	code = heal_run(line->repo, &line->store, &options, why);
	vec_release(&options.attempt.allow);
	vec_release(&options.may_change);
	return code;
}

const struct command command = {
	.name = "heal",
	.synopsis = "[<options>]",
	.summary = "Let an agent mend what is red, and judge what it makes",
	.options = table,
	.argument = COMPLETE_NOTHING,
	.needs = REPO_ANY,
	.reader = NULL,
	.run = run,
};
