#include "git-agent/command.h"

#include "base/text.h"
#include "flow/doctor.h"

static struct doctor_options options;
static const char *timeout = "15s";

static const struct opt table[] = {
	{OPT_STRING, 0, "timeout", &timeout, "duration", "how long a remote may take (15s)", NULL,
		COMPLETE_NOTHING},
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	options.json = line->json;
	options.timeout_ms = text_duration(timeout);
	if (options.timeout_ms <= 0)
		return fault_set(why, EXIT_USAGE,
			"--timeout takes a duration such as 15s, not '%s'", timeout);
	return doctor_run(&options, why);
}

const struct command command = {
	.name = "doctor",
	.synopsis = "[--timeout=<duration>]",
	.summary = "Tell what is well, weak or broken here, and what mends it",
	.options = table,
	.needs = REPO_NONE,
	.run = run,
};
