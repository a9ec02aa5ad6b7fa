#include "git-agent/command.h"

#include "core/annotate.h"
#include "flow/ci.h"
#include "flow/judge.h"

static struct judge_options options;
static struct ci_options check = {.allow = VEC_INIT};
static bool ci;

static const struct opt table[] = {
	{OPT_FLAG, 0, "wip", &options.wip, NULL, "judge HEAD with the uncommitted changes", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "no-cache", &options.no_cache, NULL, "judge anew, whatever is known", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 0, "ci", &ci, NULL,
		"as a required check: by the policy of what the change is merged into", NULL,
		COMPLETE_NOTHING},
	{OPT_STRING, 0, "base", &check.base, "rev", "--ci: what it is merged into", NULL,
		COMPLETE_REV},
	{OPT_CHOICE, 0, "format", &check.format, "format",
		"--ci: how it is told, if the environment does not say", annotate_formats,
		COMPLETE_NOTHING},
	{OPT_LIST, 0, "allow-path", &check.allow, "glob",
		"--ci: protected paths that an agent's change may touch", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "trust", &options.trust, NULL, "approve the policy's commands", NULL,
		COMPLETE_NOTHING},
	{0},
};

static int run_ci(struct command_line *line, struct fault *why)
{
	if (options.wip || options.trust)
		return fault_set(why, EXIT_USAGE,
			"--ci judges a commit by its base: it goes with neither --wip nor --trust");
	check.rev = options.rev;
	check.no_cache = options.no_cache;
	check.json = line->json;
	return ci_run(line->repo, &line->store, &check, why);
}

static int run(struct command_line *line, struct fault *why)
{
	options.rev = line->args.len ? line->args.items[0] : NULL;
	options.json = line->json;
	if (options.wip && options.rev)
		return fault_set(
			why, EXIT_USAGE, "--wip judges the working tree: it takes no <rev>");
	if (!ci && (check.base || check.format || check.allow.len))
		return fault_set(
			why, EXIT_USAGE, "--base, --format and --allow-path go with --ci only");
	if (ci) {
		int code = run_ci(line, why);

		vec_release(&check.allow);
		return code;
	}
	return judge_run(line->repo, &line->store, &options, why);
}

const struct command command = {
	.name = "gate",
	.synopsis =
		"[<options>] [<rev>]\n--ci [--base=<rev>] [--format=<format>] [<options>] [<rev>]",
	.summary = "Run the gate on HEAD, a revision or the work in progress",
	.options = table,
	.argument = COMPLETE_REV,
	.max_args = 1,
	.needs = REPO_ANY,
	.run = run,
};
