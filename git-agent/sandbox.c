#include "git-agent/command.h"

#include "flow/enclose.h"

static struct enclose_options options = {
	.read = VEC_INIT, .write = VEC_INIT, .exec = VEC_INIT, .env = VEC_INIT, .hosts = VEC_INIT};

static const char *const networks[] = {"none", "proxy", "open", NULL};
static const char *const levels[] = {"none", "external", "partial", "full", NULL};

static const struct opt table[] = {
	{OPT_LIST, 0, "read", &options.read, "path", "let it read this", NULL, COMPLETE_FILE},
	{OPT_LIST, 0, "write", &options.write, "path", "let it read, run and write this", NULL,
		COMPLETE_FILE},
	{OPT_LIST, 0, "exec", &options.exec, "path", "let it read and run this", NULL,
		COMPLETE_FILE},
	{OPT_LIST, 0, "env", &options.env, "name[=value]", "give it this variable", NULL,
		COMPLETE_NOTHING},
	{OPT_STRING, 0, "home", &options.home, "dir", "a HOME that is kept", NULL, COMPLETE_DIR},
	{OPT_CHOICE, 0, "network", &options.network, "mode", "none, proxy or open (none)", networks,
		COMPLETE_NOTHING},
	{OPT_LIST, 0, "host", &options.hosts, "host", "let the network proxy through to this host",
		NULL, COMPLETE_NOTHING},
	{OPT_CHOICE, 0, "level", &options.level, "level", "least sandbox level to accept (partial)",
		levels, COMPLETE_NOTHING},
	{OPT_FLAG, 'n', "dry-run", &options.dry_run, NULL, "print what it may touch, run nothing",
		NULL, COMPLETE_NOTHING},
	{0},
};

static int run(struct command_line *line, struct fault *why)
{
	int code;

	options.json = line->json;
	if (line->json && !options.dry_run)
		return fault_set(why, EXIT_USAGE, "--json goes with --dry-run");
	code = enclose_run(line->repo, &options, &line->args, why);
	vec_release(&options.read);
	vec_release(&options.write);
	vec_release(&options.exec);
	vec_release(&options.env);
	vec_release(&options.hosts);
	return code;
}

const struct command command = {
	.name = "sandbox",
	.synopsis = "[<options>] [--] <command> [<arg>...]",
	.summary = "Run any command in the sandbox",
	.options = table,
	.front = true,
	.failure = ENCLOSE_FAILED,
	.argument = COMPLETE_PROGRAM,
	.min_args = 1,
	.max_args = -1,
	.needs = REPO_MAYBE,
	.run = run,
};
