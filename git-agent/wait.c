#include "git-agent/command.h"

#include "base/alloc.h"
#include "base/text.h"
#include "flow/runs.h"
#include "flow/wait.h"

static const char *timeout;

static const struct opt table[] = {
	{OPT_STRING, 0, "timeout", &timeout, "duration",
		"give up after so long, such as 90s or 10m", NULL, COMPLETE_NOTHING},
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	CLEANUP(vec_release) struct vec ids = VEC_INIT;
	struct wait_options options = {.timeout_ms = -1, .json = line->json};

	if (timeout && (options.timeout_ms = text_duration(timeout)) < 0)
		return fault_set(why, EXIT_USAGE,
			"--timeout: expected a duration such as 90s or 10m, got '%s'", timeout);
	if (runs_named(&line->store, &line->args, false, &ids, why) < 0)
		return -1;
	return wait_run(&line->store, &ids, &options, why);
}

const struct command command = {
	.name = "wait",
	.synopsis = "[--timeout=<duration>] [<run>...]",
	.summary = "Wait until runs have ended",
	.options = table,
	.argument = COMPLETE_RUN,
	.max_args = -1,
	.needs = REPO_STATE,
	.run = run,
};
