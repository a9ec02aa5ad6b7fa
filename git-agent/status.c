#include "git-agent/command.h"

#include "flow/status.h"

static struct status_options options = {.latest = 20};

static const struct opt table[] = {
	{OPT_FLAG, 'a', "all", &options.all, NULL, "every run, not only the latest", NULL,
		COMPLETE_NOTHING},
	{OPT_INT, 'n', "latest", &options.latest, "n", "how many that are over (20)", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 'f', "follow", &options.follow, NULL,
		"go on printing what changes; with --json one record a line", NULL,
		COMPLETE_NOTHING},
	/* Not shown: what the completions ask. */
	{OPT_FLAG, 0, "list-runs", &options.names, NULL, NULL, NULL, COMPLETE_NOTHING},
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	options.run = line->args.len ? line->args.items[0] : NULL;
	options.json = line->json;
	return status_run(&line->store, &options, why);
}

const struct command command = {
	.name = "status",
	.synopsis = "[<options>] [<run>]",
	.summary = "Show what runs, what needs you and what is proposed",
	.options = table,
	.argument = COMPLETE_RUN,
	.max_args = 1,
	.needs = REPO_STATE,
	.run = run,
};
