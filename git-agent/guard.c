#include "git-agent/command.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "core/hook_server.h"
#include "flow/leaks.h"
#include "flow/rehearse.h"
#include "flow/serve.h"
#include "flow/weigh.h"

#include <string.h>

static struct serve_options server;
static struct leaks_options secrets;
static struct weigh_options evidence = {.allow = VEC_INIT};
static bool sarif;

static const struct opt table[] = {
	{OPT_CHOICE, 0, "for", &server.kind, "server",
		"server: what serves the repository, if its directories do not tell",
		hook_server_names, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "update", &server.update, NULL,
		"server install: the hook update instead of pre-receive", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 'n', "dry-run", &server.dry_run, NULL,
		"server install: print what would be done, do nothing", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "staged", &secrets.staged, NULL, "secrets: what the next commit would add",
		NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "worktree", &secrets.worktree, NULL,
		"secrets: every file that git knows or would add", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "history", &secrets.history, NULL, "secrets: every commit of every ref", NULL,
		COMPLETE_NOTHING},
	{OPT_LIST, 0, "allow-path", &evidence.allow, "glob", "evidence: paths that may change",
		NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "sarif", &sarif, NULL, "secrets, evidence: print SARIF on standard output",
		NULL, COMPLETE_NOTHING},
	{0},
};

/* What can be guarded: the first argument. `run` sees the arguments after it, from `args`. */
struct verb {
	const char *name;
	bool anywhere; /* needs no repository around the working directory */
	int max_args;  /* after the verb; -1: any number */
	int (*run)(struct command_line *line, const struct vec *args, struct fault *why);
};

static int run_push(struct command_line *line, const struct vec *args, struct fault *why)
{
	return rehearse_push(line->repo, args, line->json, why);
}

static int run_refs(struct command_line *line, const struct vec *args, struct fault *why)
{
	return rehearse_refs(line->repo, args, line->json, why);
}

static int run_secrets(struct command_line *line, const struct vec *args, struct fault *why)
{
	secrets.range = args->len ? args->items[0] : NULL;
	secrets.json = line->json;
	secrets.sarif = sarif;
	return leaks_run(line->repo, &secrets, why);
}

static int run_evidence(struct command_line *line, const struct vec *args, struct fault *why)
{
	int code;

	evidence.range = args->len ? args->items[0] : NULL;
	evidence.json = line->json;
	evidence.sarif = sarif;
	code = weigh_run(line->repo, &evidence, why);
	vec_release(&evidence.allow);
	return code;
}

static int run_server(struct command_line *line, const struct vec *args, struct fault *why)
{
	const char *what = args->len ? args->items[0] : "";

	server.dir = args->len > 1 ? args->items[1] : NULL;
	server.json = line->json;
	if (!strcmp(what, "install"))
		return serve_install(&server, why);
	if (!strcmp(what, "check"))
		return serve_check(&server, why);
	fault_set(
		why, EXIT_USAGE, "git agent guard server: '%s' is neither install nor check", what);
	return fault_hint(why, "git agent guard server install <repository>");
}

static const struct verb verbs[] = {
	{"push", false, -1, run_push},
	{"refs", false, -1, run_refs},
	{"secrets", false, 1, run_secrets},
	{"evidence", false, 1, run_evidence},
	{"server", true, 2, run_server},
};

static const char *const verb_names[] = {"push", "refs", "secrets", "evidence", "server", NULL};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static int fault_verb(const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;

	for (size_t i = 0; verb_names[i]; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", verb_names[i]);
	fault_set(why, EXIT_USAGE, "git agent guard: '%s' is nothing it guards", name);
	return fault_hint(why, "git agent guard takes one of: %s", names.data);
}

static int run(struct command_line *line, struct fault *why)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	const struct verb *verb = find_verb(line->args.items[0]);

	if (!verb)
		return fault_verb(line->args.items[0], why);
	for (size_t i = 1; i < line->args.len; i++)
		vec_push(&args, line->args.items[i]);
	if (verb->max_args >= 0 && (int)args.len > verb->max_args)
		return fault_set(why, EXIT_USAGE, "git agent guard %s: too many arguments: '%s'",
			verb->name, args.items[verb->max_args]);
	if (!line->repo && !verb->anywhere) {
		fault_set(why, EXIT_FATAL, "not in a git repository");
		return fault_reason(why, "no_repository");
	}
	return verb->run(line, &args, why);
}

const struct command command = {
	.name = "guard",
	.synopsis = "push [<remote> [<refspec>...]]\n"
		    "refs [<ref>...]\n"
		    "secrets [--staged | --worktree | --history | <range> | -]\n"
		    "evidence [--allow-path=<glob>] [<range>]\n"
		    "server install [--for=<server>] [--update] [-n] [<repository>]\n"
		    "server check [--for=<server>] [<repository>]",
	.summary = "Ask the guards by hand, and put them on a server",
	.options = table,
	.argument = COMPLETE_REV,
	.first = verb_names,
	.min_args = 1,
	.max_args = -1,
	.needs = REPO_MAYBE,
	.run = run,
};
