/*
 * term: the only place in lib/ that prints. Progress, warnings and errors go to standard error,
 * results to standard output. On a terminal, long work shows one live status line that later lines push down;
 * elsewhere there are plain lines. Text from outside is cleaned of control characters on its way.
 */
#ifndef BASE_TERM_H
#define BASE_TERM_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum term_when { TERM_AUTO, TERM_ALWAYS, TERM_NEVER };

enum term_paint {
	PAINT_PLAIN,
	PAINT_BOLD,
	PAINT_DIM,
	PAINT_RED,
	PAINT_GREEN,
	PAINT_YELLOW,
	PAINT_CYAN
};

/* Once, from main: colour choice (NO_COLOR and TERM=dumb count under TERM_AUTO), verbosity (-1 quiet, 0, 1 verbose). */
void term_setup(enum term_when color, int verbosity);

/* The escape that starts a paint on standard output (or error), "" where colour is off; PAINT_PLAIN ends it. */
const char *term_paint(enum term_paint paint, bool on_stderr);

/* How well something is, in one sign; a word of six columns without UTF-8. */
enum term_sign { SIGN_GOOD, SIGN_WEAK, SIGN_BAD };
const char *term_sign(enum term_sign sign);

/* Columns of standard output's terminal, 80 if it is none. */
int term_width(void);

/* Both standard input and standard error are a terminal: a question can be asked. */
bool term_can_ask(void);

/* Asks on the terminal; only "y" or "yes" is yes. Without a terminal: false. */
bool term_ask(const char *fmt, ...) PRINTF(1, 2);

/* A line of progress on standard error; not with -q. */
void term_say(const char *fmt, ...) PRINTF(1, 2);

/* The same, only with -v. */
void term_detail(const char *fmt, ...) PRINTF(1, 2);

/* "warning: ..." on standard error, also with -q. */
void term_warn(const char *fmt, ...) PRINTF(1, 2);

/* "hint: ..." on standard error; not with -q. */
void term_hint(const char *fmt, ...) PRINTF(1, 2);

/* "fatal: message" (or "error: " for exit codes below 128) and "hint: ..." on standard error. */
void term_fault(const struct fault *why);

/* Lines of result on standard output, bytes as given (the caller has cleaned what is not its own). */
void term_out(const char *text, size_t len);
void term_outf(const char *fmt, ...) PRINTF(1, 2);

/*
 * The live line: `label`, then how long the work has run and been silent, drawn anew at most ten
 * times a second; a no-op where standard error is no terminal and with -q. Any other output clears
 * it first.
 */
void term_live(const char *label, int64_t elapsed_ms, int64_t idle_ms);
void term_live_end(void);

/* A tick (ok) or a cross and the text as a line of progress: "ok   tests 1.2s" / "FAIL tests 0.3s" without UTF-8. */
void term_mark(bool ok, const char *fmt, ...) PRINTF(2, 3);

#endif
