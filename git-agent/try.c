#include "git-agent/attempt_options.h"
#include "git-agent/command.h"

#include "flow/try.h"

static struct try_options options = {.attempt = {.allow = VEC_INIT}};

static const struct opt table[] = {
	ATTEMPT_OPTIONS(options.attempt),
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
	.reader = NULL,
	.run = run,
};
