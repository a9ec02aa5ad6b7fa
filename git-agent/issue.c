#include "git-agent/attempt_options.h"
#include "git-agent/command.h"

#include "base/alloc.h"
#include "flow/issue.h"

static struct issue_options options = {.attempt = {.allow = VEC_INIT}};

static const char *const simulations[] = {"good", "bad", NULL};

static const char *const on_red[] = {"go", "stop", NULL};

static const struct opt table[] = {
	AGENT_OPTIONS(options.agent),
	{OPT_STRING, 0, "fixes", &options.attempt.fixes, "n",
		"at most so many more passes on a red gate", NULL, COMPLETE_NOTHING},
	{OPT_CHOICE, 0, "simulate", &options.agent.simulate, "how",
		"a scripted agent makes a good or a bad change", simulations, COMPLETE_NOTHING},
	{OPT_CHOICE, 0, "on-red-base", &options.attempt.on_red_base, "what",
		"what to do where the gate is red already", on_red, COMPLETE_NOTHING},
	ATTEMPT_OPTIONS(options.attempt),
	DETACH_OPTION(options.attempt.detach),
	DRY_RUN_OPTION(options.dry_run),
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	int code;

	options.brief = line->args.items[0];
	options.json = line->json;
	code = issue_run(line->repo, &line->store, &options, why);
	vec_release(&options.attempt.allow);
	return code;
}

const struct command command = {
	.name = "issue",
	.synopsis = "[<options>] (<brief> | -)",
	.summary = "Let an agent work on a brief, and judge what it makes",
	.options = table,
	.argument = COMPLETE_BRIEF,
	.min_args = 1,
	.max_args = 1,
	.needs = REPO_ANY,
	.reader = NULL,
	.run = run,
};
