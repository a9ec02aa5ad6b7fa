#include "git-agent/command.h"

#include "flow/judge.h"

static struct judge_options options;

static const struct opt table[] = {
	{OPT_FLAG, 0, "wip", &options.wip, NULL, "judge HEAD with the uncommitted changes", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "no-cache", &options.no_cache, NULL, "judge anew, whatever is known", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "trust", &options.trust, NULL, "approve the policy's commands", NULL,
		COMPLETE_NOTHING},
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	options.rev = line->args.len ? line->args.items[0] : NULL;
	options.json = line->json;
	if (options.wip && options.rev)
		return fault_set(
			why, EXIT_USAGE, "--wip judges the working tree: it takes no <rev>");
	return judge_run(line->repo, &line->store, &options, why);
}

const struct command command = {
	.name = "gate",
	.synopsis = "[<options>] [<rev>]",
	.summary = "Run the gate on HEAD, a revision or the work in progress",
	.options = table,
	.argument = COMPLETE_REV,
	.max_args = 1,
	.needs = REPO_ANY,
	.run = run,
};
