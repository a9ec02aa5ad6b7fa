#include "git-agent/command.h"

#include "base/alloc.h"
#include "flow/runs.h"

static bool all;

static const struct opt table[] = {
	{OPT_FLAG, 'a', "all", &all, NULL, "every run that is at work", NULL, COMPLETE_NOTHING},
	{0},
};

/* With --all what is over already is not worth a line. */
static bool is_meant(struct store *store, const char *id)
{
	CLEANUP(run_release) struct run r;
	struct fault damaged = FAULT_INIT;

	run_init(&r);
	return !all || (!store_read(store, id, &r, &damaged) &&
			       (!run_is_over(r.state) || r.state == RUN_INTERRUPTED));
}

static int run(struct command_line *line, struct fault *why)
{
	CLEANUP(vec_release) struct vec ids = VEC_INIT;

	if (!all && !line->args.len)
		return fault_set(why, EXIT_USAGE, "name the runs to stop, or give --all");
	if (runs_named(&line->store, &line->args, all, &ids, why) < 0)
		return -1;
	for (size_t i = 0; i < ids.len; i++)
		if (is_meant(&line->store, ids.items[i]) &&
			runs_stop(&line->store, ids.items[i], why) < 0)
			return -1;
	return EXIT_DONE;
}

const struct command command = {
	.name = "stop",
	.synopsis = "(--all | <run>...)",
	.summary = "Stop runs and keep their work",
	.options = table,
	.argument = COMPLETE_RUN,
	.max_args = -1,
	.needs = REPO_ANY,
	.run = run,
};
