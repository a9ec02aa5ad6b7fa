/* The main of every git-agent-<command>: common options, usage, the repository, errors, exit code. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "base/term.h"
#include "core/hook_install.h"
#include "git-agent/command.h"
#include "port/json.h"
#include "port/proc.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	bool help, manual, json, quiet, summary, completion;
	int verbose;
	const char *dir, *color;
} common;

static const char *const when_words[] = {"auto", "always", "never", NULL};

static const struct opt common_options[] = {
	{OPT_FLAG, 'h', NULL, &common.help, NULL, "show this usage", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "help", &common.manual, NULL, "open the manual page", NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "json", &common.json, NULL, "print JSON on standard output", NULL,
		COMPLETE_NOTHING},
	{OPT_FLAG, 'q', "quiet", &common.quiet, NULL, "no progress", NULL, COMPLETE_NOTHING},
	{OPT_COUNT, 'v', "verbose", &common.verbose, NULL, "say more", NULL, COMPLETE_NOTHING},
	{OPT_STRING, 'C', NULL, &common.dir, "dir", "work as if started there", NULL, COMPLETE_DIR},
	{OPT_CHOICE, 0, "color", &common.color, "when", "auto, always or never", when_words,
		COMPLETE_NOTHING},
	/* Not shown: what the build and the completions ask. */
	{OPT_FLAG, 0, "list-summary", &common.summary, NULL, NULL, NULL, COMPLETE_NOTHING},
	{OPT_FLAG, 0, "list-options", &common.completion, NULL, NULL, NULL, COMPLETE_NOTHING},
	{0},
};

static int show_usage(const struct opt *const *tables)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	opt_usage(&text, command.name, command.synopsis, tables);
	term_out(text.data, text.len);
	return EXIT_USAGE;
}

static int show_options(const struct opt *const *tables)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_printf(&text, "\t%s\t", opt_complete_name(command.argument));
	for (size_t i = 0; command.first && command.first[i]; i++)
		buf_printf(&text, "%c%s", i ? ',' : '=', command.first[i]);
	buf_putc(&text, '\n');
	opt_list(&text, tables);
	term_out(text.data, text.len);
	return EXIT_DONE;
}

static void setup_terminal(void)
{
	enum term_when when = TERM_AUTO;

	for (int i = 0; common.color && when_words[i]; i++)
		if (!strcmp(common.color, when_words[i]))
			when = (enum term_when)i;
	term_setup(when, common.quiet ? -1 : common.verbose);
}

static int check_args(const struct vec *args, struct fault *why)
{
	int count = (int)args->len;

	if (count < command.min_args)
		fault_set(why, EXIT_USAGE, "git agent %s: an argument is missing", command.name);
	else if (command.max_args >= 0 && count > command.max_args)
		fault_set(why, EXIT_USAGE, "git agent %s: too many arguments: '%s'", command.name,
			args->items[command.max_args]);
	else
		return 0;
	return fault_hint(why, "git agent %s %s", command.name, command.synopsis);
}

/* An alias with "!" starts at the top: paths are meant from where it was typed, which GIT_PREFIX names. */
static int enter_prefix(const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *dir = NULL;
	const char *prefix = getenv("GIT_PREFIX");

	if (common.dir || !prefix || !*prefix || !repo->work_tree || !repo->prefix[0])
		return 0;
	dir = fs_join(repo->work_tree, repo->prefix);
	return chdir(dir) < 0 ? fault_errno(why, "cannot change to '%s'", dir) : 0;
}

static void say_mended(const char *line)
{
	term_warn("%s", line);
}

/* Also says in one line that the hook is not live. */
static int open_store(struct command_line *line)
{
	CLEANUP(buf_release) struct buf problem = BUF_INIT;

	store_init(&line->store, line->repo->common_dir);
	line->store.say = say_mended;
	if (fs_is_dir(line->store.dir) && strcmp(command.name, "init") != 0 &&
		command.needs != REPO_MAYBE && !hook_check(line->repo, &problem))
		term_warn("%s", problem.data);
	return 0;
}

static int open_repo(struct command_line *line, struct fault *why)
{
	if (command.needs == REPO_NONE)
		return 0;
	if (command.needs == REPO_STATE && repo_glance(&line->repo) == 0)
		return open_store(line);
	if (repo_open(&line->repo, NULL, command.reader, why) < 0) {
		if (command.needs != REPO_MAYBE || strcmp(why->reason, "no_repository") != 0)
			return -1;
		fault_clear(why);
		return 0;
	}
	if (enter_prefix(line->repo, why) < 0)
		return -1;
	if (command.needs == REPO_WORKTREE && !line->repo->work_tree) {
		fault_set(why, EXIT_FATAL,
			"this operation must be run in a work tree: '%s' is bare",
			line->repo->git_dir);
		return fault_hint(why, "git clone %s, and run it there", line->repo->name);
	}
	return open_store(line);
}

/* With --json a failure is data too. */
static void show_fault(const struct fault *why)
{
	CLEANUP(json_free) struct json *json = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct json *error;

	term_fault(why);
	if (!common.json)
		return;
	json = json_object();
	error = json_object();
	json_set_int(json, "version", RUN_VERSION);
	json_set(json, "runs", json_array());
	json_set_text(error, "code", why->reason[0] ? why->reason : "fatal");
	json_set_text(error, "message", why->message);
	json_set(json, "error", error);
	json_write(json, false, &text);
	term_outf("%s\n", text.data);
}

static int run_command(struct command_line *line, struct fault *why)
{
	int code;

	if (check_args(&line->args, why) < 0)
		return -1;
	if (common.dir && chdir(common.dir) < 0)
		return fault_errno(why, "cannot change to '%s'", common.dir);
	proc_catch_signals();
	line->json = common.json;
	line->verbosity = common.quiet ? -1 : common.verbose;
	if (open_repo(line, why) < 0)
		return -1;
	code = command.run(line, why);
	return code;
}

/* One that is closed would be the next file opened here, and be written to as standard error. */
static void open_missing(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
	fd_close(&fd);
}

int main(int argc, char **argv)
{
	static const struct opt none[] = {{0}};
	const struct opt *own = command.options ? command.options : none;
	const struct opt *tables[] = {own, common_options, NULL};
	struct command_line line = {.args = VEC_INIT};
	struct fault why = FAULT_INIT;
	int code;

	open_missing();
	setlocale(LC_CTYPE, "");
	code = command.front ? opt_parse_front(tables, argc, argv, &line.args, &why)
			     : opt_parse(tables, argc, argv, &line.args, &why);
	setup_terminal();
	if (!code && common.help)
		code = show_usage(tables);
	else if (!code && common.manual)
		code = install_manual(command.name, &why);
	else if (!code && common.summary)
		term_outf("%s\t%s\n", command.name, command.summary);
	else if (!code && common.completion)
		code = show_options(tables);
	else if (!code)
		code = run_command(&line, &why);
	term_live_end();
	if (code < 0) {
		show_fault(&why);
		code = command.failure ? command.failure : (int)why.exit;
	}
	vec_release(&line.args);
	if (line.repo)
		store_release(&line.store);
	repo_close(&line.repo);
	if (fflush(stdout) || ferror(stdout))
		code = code ? code : EXIT_FATAL;
	return code;
}
