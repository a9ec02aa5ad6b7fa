#include "git-agent/command.h"

#include "base/alloc.h"
#include "flow/runs.h"

static bool all;
static struct runs_drop options;

static const struct opt table[] = {
	{OPT_FLAG, 'a', "all", &all, NULL, "every run that is over, and what setup made", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "branch", &options.branch, NULL, "delete the proposal's branch too", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 'n', "dry-run", &options.dry_run, NULL, "only say what would be dropped", NULL,
		COMPLETE_NOTHING},
	{0},
};

static bool is_over(struct store *store, const char *id)
{
	CLEANUP(run_release) struct run r;
	struct fault damaged = FAULT_INIT;

	return store_read(store, id, &r, &damaged) || run_is_over(r.state);
}

static int run(struct command_line *line, struct fault *why)
{
	CLEANUP(vec_release) struct vec ids = VEC_INIT;

	if (!all && !line->args.len)
		return fault_set(why, EXIT_USAGE, "name the runs to drop, or give --all");
	if (runs_named(&line->store, &line->args, all, &ids, why) < 0)
		return -1;
	for (size_t i = 0; i < ids.len; i++) {
		if (all && !is_over(&line->store, ids.items[i]))
			continue;
		if (runs_drop(line->repo, &line->store, ids.items[i], &options, why) < 0)
			return -1;
	}
	if (all && !options.dry_run)
		runs_free_shared(line->repo);
	return EXIT_DONE;
}

const struct command command = {
	.name = "drop",
	.synopsis = "[--branch] [-n] (--all | <run>...)",
	.summary = "Discard runs and their checkouts",
	.options = table,
	.argument = COMPLETE_RUN,
	.max_args = -1,
	.needs = REPO_ANY,
	.run = run,
};
