#include "git-agent/command.h"

#include "base/alloc.h"
#include "base/text.h"
#include "flow/prune.h"
#include "flow/status.h"

static struct prune_options prune = {.older_ms = -1, .keep = -1};
static const char *older;
static bool prunes;

static struct status_options options = {.latest = 20};

static const struct opt table[] = {
	{OPT_FLAG, 'a', "all", &options.all, NULL, "every run, not only the latest", NULL,
		COMPLETE_NOTHING},
	{OPT_INT, 'n', "latest", &options.latest, "n", "how many that are over (20)", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 'f', "follow", &options.follow, NULL,
		"go on printing what changes; with --json one record a line", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "prune", &prunes, NULL, "free what runs have taken and nobody needs", NULL,
		COMPLETE_NOTHING},
	{OPT_STRING, 0, "older-than", &older, "age",
		"with --prune: drop runs that are over so long", NULL, COMPLETE_NOTHING},
	{OPT_INT, 0, "keep", &prune.keep, "n",
		"with --prune: drop all that are over but the latest", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "dry-run", &prune.dry_run, NULL, "with --prune: only say what would be freed",
		NULL, COMPLETE_NOTHING},
	/* Not shown: what the completions ask. */
	{OPT_FLAG, 0, "list-runs", &options.names, NULL, NULL, NULL, COMPLETE_NOTHING},
	{0},
};

/* The list needs no git, this does: branches are looked at. */
static int run_prune(struct command_line *line, struct fault *why)
{
	CLEANUP(repo_close) struct repo *repo = NULL;

	if (line->args.len)
		return fault_set(why, EXIT_USAGE, "a run and --prune do not go together");
	if (older && (prune.older_ms = text_duration(older)) < 0)
		return fault_set(why, EXIT_USAGE,
			"--older-than: expected an age such as 12h or 30d, got '%s'", older);
	prune.json = line->json;
	return repo_open(&repo, NULL, NULL, why) < 0 ? -1
						     : prune_run(repo, &line->store, &prune, why);
}

static int run(struct command_line *line, struct fault *why)
{
	if (prunes)
		return run_prune(line, why);
	if (older || prune.keep >= 0 || prune.dry_run)
		return fault_set(
			why, EXIT_USAGE, "--older-than, --keep and --dry-run go with --prune");
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
