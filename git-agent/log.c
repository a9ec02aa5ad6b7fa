#include "git-agent/command.h"

#include "flow/transcript.h"

static bool follow;

static const struct opt table[] = {
	{OPT_FLAG, 'f', "follow", &follow, NULL, "go on until the run is over", NULL,
		COMPLETE_NOTHING},
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	return transcript_print(&line->store, line->args.items[0], follow, line->json, why);
}

const struct command command = {
	.name = "log",
	.synopsis = "[-f] <run>",
	.summary = "Show what a run did and printed",
	.options = table,
	.argument = COMPLETE_RUN,
	.min_args = 1,
	.max_args = 1,
	.needs = REPO_ANY,
	.run = run,
};
