#include "git-agent/command.h"

#include "flow/try.h"

static struct try_options options = {.attempt = {.allow = VEC_INIT}};

static const char *const levels[] = {"none", "external", "partial", "full", NULL};

static const struct opt table[] = {
	{OPT_STRING, 0, "base", &options.attempt.base, "rev", "judge it on this commit (agent.base, else HEAD)",
		NULL, COMPLETE_REV},
	{OPT_STRING, 0, "name", &options.attempt.name, "slug", "name the run, and its branch agent/<slug>",
		NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "keep", &options.attempt.keep, NULL, "keep the checkout of a proposal too", NULL,
		COMPLETE_NOTHING},
	{OPT_CHOICE, 0, "sandbox", &options.attempt.level, "level", "least sandbox level to accept", levels,
		COMPLETE_NOTHING},
	{OPT_LIST, 0, "allow-path", &options.attempt.allow, "glob", "allow a change to these protected paths",
		NULL, COMPLETE_FILE},
	{OPT_FLAG, 0, "trust", &options.attempt.trust, NULL, "approve the policy's commands", NULL,
		COMPLETE_NOTHING},
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	int code;

	options.change = line->args.items[0];
	options.json = line->json;
	code = try_run(line->repo, &line->store, &options, why);
	vec_release(&options.attempt.allow);
	return code;
}

const struct command command = {
	.name = "try",
	.synopsis = "[<options>] (<patch> | <rev> | -)",
	.summary = "Judge a patch or a branch of anybody's by the same gate",
	.options = table,
	.argument = COMPLETE_PATCH,
	.min_args = 1,
	.max_args = 1,
	.needs = REPO_ANY,
	.reader = &repo_reader_libgit2,
	.run = run,
};
