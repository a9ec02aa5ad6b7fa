#include "git-agent/attempt_options.h"
#include "git-agent/command.h"

#include "base/alloc.h"
#include "base/term.h"
#include "flow/resume.h"
#include "flow/runs.h"

#include <unistd.h>

static bool all;
static struct resume_options options;

static const struct opt table[] = {
	{OPT_FLAG, 'a', "all", &all, NULL, "every run that was interrupted", NULL,
		COMPLETE_NOTHING},
	GO_ON_OPTIONS(options),
	{0},
};

/* One that cannot be taken up is said, and the others are all the same. */
static int resume_all(struct command_line *line, const struct vec *ids)
{
	int worst = EXIT_DONE;
	pid_t self = getpid();

	for (size_t i = 0; i < ids->len; i++) {
		struct fault own = FAULT_INIT;
		int code;

		if (!resume_is_due(&line->store, ids->items[i]))
			continue;
		code = resume_run(line->repo, &line->store, ids->items[i], &options, &own);
		if (code < 0) {
			term_fault(&own);
			code = (int)own.exit;
		}
		worst = code > worst ? code : worst;
		/* In the background each has a process, which is at nothing else. */
		if (code == EXIT_INTERRUPTED || getpid() != self)
			break;
	}
	return worst;
}

static int run(struct command_line *line, struct fault *why)
{
	CLEANUP(vec_release) struct vec ids = VEC_INIT;

	if (!all && line->args.len != 1)
		return fault_set(why, EXIT_USAGE, "name the run to resume, or give --all");
	if (all && line->args.len)
		return fault_set(why, EXIT_USAGE, "a run and --all do not go together");
	options.json = line->json;
	if (runs_named(&line->store, &line->args, all, &ids, why) < 0)
		return -1;
	return all ? resume_all(line, &ids)
		   : resume_run(line->repo, &line->store, ids.items[0], &options, why);
}

const struct command command = {
	.name = "resume",
	.synopsis = "[<options>] (--all | <run>)",
	.summary = "Take up again a run that was interrupted, stopped or failed",
	.options = table,
	.argument = COMPLETE_RUN,
	.max_args = -1,
	.needs = REPO_ANY,
	.run = run,
};
