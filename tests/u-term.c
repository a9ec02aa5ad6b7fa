#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "tap.h"

#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fault why = FAULT_INIT;

static void environment(const char *locale, const char *kind)
{
	setenv("LC_ALL", locale, 1);
	setenv("TERM", kind, 1);
	unsetenv("NO_COLOR");
}

/* What `act` prints, both streams into one pipe. */
static void printed(void (*act)(void), struct buf *out)
{
	int ends[2];
	pid_t child;

	buf_clear(out);
	fflush(stdout);
	if (pipe(ends) < 0)
		printf("Bail out! no pipe\n");
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		act();
		fflush(stdout);
		_exit(0);
	}
	close(ends[1]);
	fs_read_fd(ends[0], out, 1 << 20, &why);
	close(ends[0]);
	waitpid(child, NULL, 0);
}

/* The same on a terminal of 20 columns on which `typed` is typed. */
static int on_terminal(void (*act)(void), const char *typed, struct buf *out)
{
	struct winsize size = {24, 20, 0, 0};
	char chunk[512];
	ssize_t got;
	int terminal, status;
	pid_t child;

	buf_clear(out);
	fflush(stdout);
	child = forkpty(&terminal, NULL, NULL, &size);
	if (!child) {
		act();
		fflush(stdout);
		_exit(0);
	}
	if (fs_write_fd(terminal, typed, strlen(typed)) < 0)
		printf("Bail out! no terminal\n");
	/* When the last user of a terminal has gone, reading fails instead of ending. */
	while ((got = read(terminal, chunk, sizeof chunk)) > 0)
		buf_add(out, chunk, (size_t)got);
	close(terminal);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void print_all(void)
{
	struct fault fault = FAULT_INIT;

	term_out("result\n", 7);
	term_say("say %d", 1);
	term_detail("detail");
	term_outf("<%s>\n", "more");
	term_warn("warn\nagain\n");
	term_hint("try '%s'", "x");
	term_mark(true, "tests");
	term_mark(false, "lint");
	term_live("working", 1000, 0);
	term_live_end();
	fault_set(&fault, EXIT_REFUSED, "refused");
	term_fault(&fault);
	fault_set(&fault, EXIT_FATAL, "broken");
	fault_hint(&fault, "mend it");
	term_fault(&fault);
}

static void print_plain(void)
{
	term_setup(TERM_AUTO, 0);
	print_all();
}

static void print_quiet(void)
{
	term_setup(TERM_NEVER, -1);
	print_all();
}

static void print_verbose(void)
{
	term_setup(TERM_NEVER, 1);
	print_all();
}

static void test_lines(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	environment("C", "xterm");
	printed(print_plain, &b);
	is(b.data,
		"result\nsay 1\n<more>\nwarning: warn\nwarning: again\nhint: try 'x'\nok   tests\n"
		"FAIL lint\nerror: refused\nfatal: broken\nhint: mend it\n",
		"plain lines in order");
	printed(print_quiet, &b);
	is(b.data,
		"result\n<more>\nwarning: warn\nwarning: again\nerror: refused\nfatal: broken\n"
		"hint: mend it\n",
		"quiet");
	environment("C.UTF-8", "xterm");
	printed(print_verbose, &b);
	ok(strstr(b.data, "say 1\ndetail\n") != NULL, "verbose");
	ok(strstr(b.data, "\xe2\x9c\x93 tests\n\xe2\x9c\x97 lint\n") != NULL, "marks in UTF-8");
}

static void print_dirty(void)
{
	struct fault fault = FAULT_INIT;
	const char *dirty = "a\033]0;x\007b\033[31mc\x01";

	term_setup(TERM_NEVER, 1);
	term_say("%s", dirty);
	term_say("\033%s", "[31mjoined");
	term_detail("%s", dirty);
	term_warn("%s", dirty);
	term_hint("%s", dirty);
	term_mark(true, "%s", dirty);
	fault_set(&fault, EXIT_FATAL, "%s", dirty);
	fault_hint(&fault, "%s", dirty);
	term_fault(&fault);
}

static void test_cleaned(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	environment("C", "xterm");
	printed(print_dirty, &b);
	is(b.data,
		"abc?\njoined\nabc?\nwarning: abc?\nhint: abc?\nok   abc?\nfatal: abc?\nhint: abc?\n",
		"nothing from outside reaches the terminal as it came");
}

static void print_colored(void)
{
	term_setup(TERM_ALWAYS, 0);
	term_warn("w");
	term_outf("%sx%s\n", term_paint(PAINT_GREEN, false), term_paint(PAINT_PLAIN, false));
}

static void print_auto(void)
{
	term_setup(TERM_AUTO, 0);
	term_warn("w");
}

static void test_color(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	environment("C", "xterm");
	printed(print_colored, &b);
	is(b.data, "\033[33mwarning: \033[mw\n\033[32mx\033[m\n", "always is always");
	on_terminal(print_auto, "", &b);
	is(b.data, "\033[33mwarning: \033[mw\r\n", "auto: colour on a terminal");
	setenv("NO_COLOR", "1", 1);
	on_terminal(print_auto, "", &b);
	is(b.data, "warning: w\r\n", "but not with NO_COLOR");
	printed(print_colored, &b);
	ok(strchr(b.data, '\033') != NULL, "which always overrides");
	setenv("NO_COLOR", "", 1);
	on_terminal(print_auto, "", &b);
	ok(strchr(b.data, '\033') != NULL, "and which counts when it is not empty");
	environment("C", "dumb");
	on_terminal(print_auto, "", &b);
	is(b.data, "warning: w\r\n", "nor on a dumb one");
}

static void print_live(void)
{
	term_setup(TERM_NEVER, 0);
	term_live("a\nb", 61000, 2000);
	term_live("too soon", 0, 0);
	term_say("pushed");
	term_live_end();
	term_outf("%d\n", term_width());
}

static void print_live_wide(void)
{
	term_setup(TERM_NEVER, 0);
	term_live("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		  "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5",
		0, 0);
	term_live_end();
}

static void test_live(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	environment("C.UTF-8", "xterm");
	on_terminal(print_live, "", &b);
	is(b.data, "\r\033[Ka b  61s, last acti\r\033[Kpushed\r\n20\r\n",
		"the live line is cut to the width, and cleared by the next");
	on_terminal(print_live_wide, "", &b);
	is(b.data,
		"\r\033[K\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6"
		"\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\r\033[K",
		"wide characters count as two columns");
	environment("C", "dumb");
	on_terminal(print_live, "", &b);
	is(b.data, "pushed\r\n20\r\n", "none on a dumb terminal");
	printed(print_live, &b);
	is(b.data, "pushed\n80\n", "none in a pipe");
}

static void ask(void)
{
	term_setup(TERM_NEVER, 0);
	term_outf("[%s]\n", term_ask("sure, %s?", "x\033[31m") ? "yes" : "no");
}

static void test_ask(void)
{
	static const struct {
		const char *typed, *answer;
	} cases[] = {
		{"y\n", "[yes]"},
		{"Yes\n", "[yes]"},
		{"n\n", "[no]"},
		{"\n", "[no]"},
		{"yess\n", "[no]"},
		{"\004", "[no]"},
	};
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	environment("C", "xterm");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		on_terminal(ask, cases[i].typed, &b);
		ok(strstr(b.data, "sure, x? [y/N] ") && strstr(b.data, cases[i].answer),
			"answer %zu is %s", i, cases[i].answer);
	}
	printed(ask, &b);
	is(b.data, "[no]\n", "nobody to ask");
}

int main(void)
{
	test_lines();
	test_cleaned();
	test_color();
	test_live();
	test_ask();
	return tap_done();
}
