/* git-agent: lists the commands, opens their pages, and hands over to git-agent-<command>. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "base/term.h"
#include "base/text.h"
#include "core/store.h"
#include "port/repo.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_MAX 65536

/* The list the build made by asking every command: "<name>\t<summary>" lines. */
static int read_list(struct buf *text, struct fault *why)
{
	CLEANUP(str_free) char *path = install_libexec("commands");

	if (fs_read(path, text, LIST_MAX, why))
		return why->message[0]
			       ? -1
			       : fault_set(why, EXIT_FATAL, "'%s' is missing: install again", path);
	return 0;
}

static int read_commands(struct vec *names, struct vec *summaries, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char *line, *rest;

	if (read_list(&text, why) < 0)
		return -1;
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *tab = strchr(line, '\t');

		if (!tab)
			continue;
		*tab = '\0';
		vec_push(names, line);
		vec_push(summaries, tab + 1);
	}
	return 0;
}

/* What the completions ask. `help` is this binary's own. */
static int print_list(struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (read_list(&text, why) < 0)
		return -1;
	buf_puts(&text, "help\tOpen the manual page of a command\n");
	term_out(text.data, text.len);
	return 0;
}

static int list_commands(const struct vec *names, const struct vec *summaries)
{
	term_outf("usage: git agent <command> [<options>]\n\n");
	for (size_t i = 0; i < names->len; i++)
		term_outf("   %-10s %s\n", names->items[i], summaries->items[i]);
	term_outf(
		"\n'git agent <command> -h' shows its usage, 'git agent help <command>' its manual page.\n");
	return 0;
}

/* In a repository that has runs: what waits for the person, one line. */
static void list_waiting(void)
{
	struct fault ignored = FAULT_INIT;
	CLEANUP(repo_close) struct repo *repo = NULL;
	CLEANUP(store_release) struct store store = {0};
	struct store_index index;
	size_t live = 0, waiting = 0;

	if (repo_open(&repo, NULL, NULL, &ignored) < 0)
		return;
	store_init(&store, repo->common_dir);
	if (store_index_open(&store, &index, &ignored) < 0)
		return;
	for (int i = 0; i < RUN_STATES; i++) {
		live += run_is_over((enum run_state)i) ? 0 : index.counts[i];
		waiting += run_needs_person((enum run_state)i) ? index.counts[i] : 0;
	}
	store_index_close(&index);
	if (live + waiting)
		term_outf("\nHere: %zu at work, %zu waiting for you: git agent status\n", live,
			waiting);
}

static int run_command(char **argv, const struct vec *names, struct fault *why)
{
	CLEANUP(str_free) char *path = NULL;
	struct buf name = BUF_INIT;
	const char *near;

	if (vec_has(names, argv[0])) {
		buf_printf(&name, "git-agent-%s", argv[0]);
		path = install_libexec(name.data);
		buf_release(&name);
		execv(path, argv);
		return fault_errno(why, "cannot run '%s'", path);
	}
	fault_set(why, EXIT_FATAL, "'%s' is not a git agent command", argv[0]);
	near = text_nearest(argv[0], (const char *const *)names->items);
	return near ? fault_hint(why, "git agent %s", near) : fault_hint(why, "git agent help");
}

static int dispatch(int argc, char **argv, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT, summaries = VEC_INIT;

	if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version"))) {
		term_outf("git-agent version %s\n", VERSION);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--help"))
		return install_manual(NULL, why);
	if (argc > 1 && !strcmp(argv[1], "help") && argc > 2)
		return install_manual(argv[2], why);
	if (argc > 1 && !strcmp(argv[1], "--list-commands"))
		return print_list(why);
	if (read_commands(&names, &summaries, why) < 0)
		return -1;
	if (argc > 1 && !strcmp(argv[1], "-h")) {
		list_commands(&names, &summaries);
		return EXIT_USAGE;
	}
	if (argc > 2 && !strcmp(argv[1], "-C")) {
		if (chdir(argv[2]) < 0)
			return fault_errno(why, "cannot change to '%s'", argv[2]);
		return dispatch(argc - 2, argv + 2, why);
	}
	if (argc > 1 && strcmp(argv[1], "help") != 0)
		return run_command(argv + 1, &names, why);
	list_commands(&names, &summaries);
	list_waiting();
	return 0;
}

int main(int argc, char **argv)
{
	struct fault why = FAULT_INIT;
	int code;

	setlocale(LC_CTYPE, "");
	term_setup(TERM_AUTO, 0);
	code = dispatch(argc, argv, &why);
	if (code < 0) {
		term_fault(&why);
		code = why.exit;
	}
	return fflush(stdout) || ferror(stdout) ? EXIT_FATAL : code;
}
