#include "base/term.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
	DEFAULT_WIDTH = 80,
	REDRAW_MS = 100,
};

#define ERASE_LINE "\r\033[K"

/* What term_setup found out; before it: plain lines, no colour. */
static struct {
	bool color[2]; /* standard output, standard error */
	int verbosity;
	bool utf8;
	bool can_redraw; /* standard error is a terminal that obeys ERASE_LINE */
	bool live_shown;
	int64_t live_drawn_ms; /* 0: never */
} term;

/* --- setup ---------------------------------------------------------------------------------- */

static bool is_smart(void)
{
	const char *kind = getenv("TERM");

	return kind && *kind && strcmp(kind, "dumb") != 0;
}

static bool wants_color(enum term_when when, int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (when != TERM_AUTO)
		return when == TERM_ALWAYS;
	return isatty(fd) && is_smart() && !(no_color && *no_color);
}

/* By the environment, as setlocale would decide, so that it holds in programs that never call it. */
static bool is_utf8_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
	}
	return false;
}

void term_setup(enum term_when color, int verbosity)
{
	term.color[0] = wants_color(color, STDOUT_FILENO);
	term.color[1] = wants_color(color, STDERR_FILENO);
	term.verbosity = verbosity;
	term.utf8 = is_utf8_locale();
	term.can_redraw = isatty(STDERR_FILENO) && is_smart();
}

const char *term_paint(enum term_paint paint, bool on_stderr)
{
	static const char *const escapes[] = {
		[PAINT_PLAIN] = "\033[m",
		[PAINT_BOLD] = "\033[1m",
		[PAINT_DIM] = "\033[2m",
		[PAINT_RED] = "\033[31m",
		[PAINT_GREEN] = "\033[32m",
		[PAINT_YELLOW] = "\033[33m",
		[PAINT_CYAN] = "\033[36m",
	};

	return term.color[on_stderr] ? escapes[paint] : "";
}

const char *term_sign(enum term_sign sign)
{
	static const char *const signs[2][3] = {
		{"ok    ", "weak  ", "BROKEN"},
		{"\xe2\x9c\x93", "!", "\xe2\x9c\x97"},
	};

	return signs[term.utf8][sign];
}

static int width_of(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return DEFAULT_WIDTH;
	return size.ws_col;
}

int term_width(void)
{
	return width_of(STDOUT_FILENO);
}

/* --- lines on standard error ---------------------------------------------------------------- */

/* What standard output holds back comes first, where both are the same place. */
static void write_error(const struct buf *bytes)
{
	fflush(stdout);
	/* There is nobody left to tell that this failed. */
	(void)fs_write_fd(STDERR_FILENO, bytes->data, bytes->len);
}

static void put_erase(struct buf *out)
{
	if (term.live_shown)
		buf_puts(out, ERASE_LINE);
	term.live_shown = false;
}

static void put_painted(struct buf *out, enum term_paint paint, const char *text)
{
	if (paint == PAINT_PLAIN)
		buf_puts(out, text);
	else
		buf_printf(out, "%s%s%s", term_paint(paint, true), text,
			term_paint(PAINT_PLAIN, true));
}

/* Formats first, then cleans: no argument reaches the terminal as it came. */
__attribute__((format(printf, 2, 0))) static void put_cleaned(
	struct buf *out, const char *fmt, va_list args)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char *formatted = NULL;

	if (vasprintf(&formatted, fmt, args) < 0)
		return;
	buf_puts(&text, formatted);
	free(formatted);
	text_clean(&text);
	buf_add(out, text.data, text.len);
}

/* The text's lines, each after its label, in one write: lines of several processes stay whole. */
static void emit_lines(enum term_paint paint, const char *label, struct buf *text)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	const char *line, *end;

	put_erase(&out);
	buf_rtrim(text);
	for (line = text->data;; line = end + 1) {
		end = strchrnul(line, '\n');
		put_painted(&out, paint, label);
		buf_add(&out, line, (size_t)(end - line));
		buf_putc(&out, '\n');
		if (!*end)
			break;
	}
	write_error(&out);
}

__attribute__((format(printf, 3, 0))) static void emit(
	enum term_paint paint, const char *label, const char *fmt, va_list args)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	put_cleaned(&text, fmt, args);
	emit_lines(paint, label, &text);
}

#define EMIT(paint, label, fmt)                      \
	do {                                         \
		va_list args;                        \
		va_start(args, fmt);                 \
		emit((paint), (label), (fmt), args); \
		va_end(args);                        \
	} while (0)

void term_say(const char *fmt, ...)
{
	if (term.verbosity >= 0)
		EMIT(PAINT_PLAIN, "", fmt);
}

void term_detail(const char *fmt, ...)
{
	if (term.verbosity > 0)
		EMIT(PAINT_PLAIN, "", fmt);
}

void term_warn(const char *fmt, ...)
{
	EMIT(PAINT_YELLOW, "warning: ", fmt);
}

void term_hint(const char *fmt, ...)
{
	if (term.verbosity >= 0)
		EMIT(PAINT_YELLOW, "hint: ", fmt);
}

static void emit_text(enum term_paint paint, const char *label, const char *text)
{
	CLEANUP(buf_release) struct buf copy = BUF_INIT;

	buf_puts(&copy, text);
	text_clean(&copy);
	emit_lines(paint, label, &copy);
}

void term_fault(const struct fault *why)
{
	emit_text(PAINT_RED, why->exit < EXIT_FATAL ? "error: " : "fatal: ", why->message);
	if (why->hint[0])
		emit_text(PAINT_YELLOW, "hint: ", why->hint);
}

void term_mark(bool ok, const char *fmt, ...)
{
	static const char *const marks[2][2] = {
		{"FAIL ", "ok   "},
		{"\xe2\x9c\x97 ", "\xe2\x9c\x93 "},
	};

	if (term.verbosity >= 0)
		EMIT(ok ? PAINT_GREEN : PAINT_RED, marks[term.utf8][ok], fmt);
}

/* --- results on standard output ------------------------------------------------------------- */

void term_out(const char *text, size_t len)
{
	term_live_end();
	fwrite(text, 1, len, stdout);
}

void term_outf(const char *fmt, ...)
{
	va_list args;

	term_live_end();
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
}

/* --- questions ------------------------------------------------------------------------------ */

bool term_can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool term_ask(const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(str_free) char *answer = NULL;
	size_t room = 0;
	va_list args;

	if (!term_can_ask())
		return false;
	put_erase(&out);
	va_start(args, fmt);
	put_cleaned(&out, fmt, args);
	va_end(args);
	buf_puts(&out, " [y/N] ");
	write_error(&out);
	if (getline(&answer, &room, stdin) < 0) {
		clearerr(stdin);
		return false;
	}
	answer[strcspn(answer, "\r\n")] = '\0';
	return !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}

/* --- the live line -------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The bytes of valid UTF-8 that fill at most `width` columns; what may be wide counts as wide. */
static size_t bytes_in_columns(const char *text, size_t width)
{
	const char *at = text;

	while (*at) {
		unsigned char lead = (unsigned char)*at;
		size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		size_t columns = lead < 0xe1 || lead == 0xe2 ? 1 : 2;

		if (columns > width)
			break;
		width -= columns;
		at += size;
	}
	return (size_t)(at - text);
}

static void put_live(struct buf *out, const char *label, int64_t elapsed_ms, int64_t idle_ms)
{
	buf_puts(out, label);
	text_clean(out);
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] == '\n' || out->data[i] == '\t')
			out->data[i] = ' ';
	buf_printf(out, "  %llds, last activity %llds ago", (long long)(elapsed_ms / 1000),
		(long long)(idle_ms / 1000));
	/* In the last column some terminals wrap already. */
	buf_cut(out, bytes_in_columns(out->data, (size_t)width_of(STDERR_FILENO) - 1));
}

void term_live(const char *label, int64_t elapsed_ms, int64_t idle_ms)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	int64_t now;

	if (!term.can_redraw || term.verbosity < 0)
		return;
	now = now_ms();
	if (term.live_drawn_ms && now - term.live_drawn_ms < REDRAW_MS)
		return;
	put_live(&text, label, elapsed_ms, idle_ms);
	buf_printf(&out, ERASE_LINE "%s%s%s", term_paint(PAINT_DIM, true), text.data,
		term_paint(PAINT_PLAIN, true));
	write_error(&out);
	term.live_shown = true;
	term.live_drawn_ms = now;
}

void term_live_end(void)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	if (!term.live_shown)
		return;
	put_erase(&out);
	write_error(&out);
}
