#include "git-agent/attempt_options.h"
#include "git-agent/command.h"

#include "base/alloc.h"
#include "flow/revise.h"

static struct revise_options options;

static const struct opt table[] = {
	{OPT_STRING, 'm', "message", &options.message, "text", "what is to be changed", NULL,
		COMPLETE_NOTHING},
	GO_ON_OPTIONS(options),
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	if (line->args.len == 2)
		options.file = line->args.items[1];
	if (!options.message == !options.file) {
		fault_set(why, EXIT_USAGE, "say what is to be changed, with -m or in a file");
		return fault_hint(why, "git agent revise %s -m \"<what is to be changed>\"",
			line->args.items[0]);
	}
	options.json = line->json;
	return revise_run(line->repo, &line->store, line->args.items[0], &options, why);
}

const struct command command = {
	.name = "revise",
	.synopsis = "[<options>] <run> (-m <text> | <file> | -)",
	.summary = "Ask for changes to what a run has proposed",
	.options = table,
	.argument = COMPLETE_RUN,
	.min_args = 1,
	.max_args = 2,
	.needs = REPO_ANY,
	.run = run,
};
