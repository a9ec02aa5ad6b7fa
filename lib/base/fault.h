/*
 * fault: the one error value. Libraries fill it and never print; main.c and the hooks print it.
 *
 * Every function that takes a `struct fault *why` returns 0 when done and -1 when it failed and
 * filled *why; it returns 1 only where "no" is an answer and says so. `why` is never NULL.
 * Messages are lower case, without a full stop, the subject quoted; the hint is the command that mends it.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

/* Exit codes of every command, a contract with scripts (git-agent(1), EXIT STATUS). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_RED = 1,           /* gate red, no proposal */
	EXIT_GAVE_UP = 2,       /* gave up healing, a human is needed */
	EXIT_AGENT = 3,         /* the agent failed */
	EXIT_REFUSED = 4,       /* protected refs or paths, gitlinks, sandbox level, escape */
	EXIT_BUSY = 5,          /* somebody else holds it */
	EXIT_FATAL = 128,       /* fatal, or bad input */
	EXIT_USAGE = 129,       /* wrong options */
	EXIT_INTERRUPTED = 130, /* a signal asked to stop */
};

struct fault {
	enum exit_code exit;
	char reason[32];    /* stable word for scripts, such as "not_found"; "" if none */
	char message[2048]; /* one line; longer text is cut */
	char hint[1024];    /* one line, or "" */
};

#define FAULT_INIT                    \
	{                             \
		EXIT_DONE, "", "", "" \
	}

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Replaces *why by a message; always returns -1, so that `return fault_set(...)` reads well. */
int fault_set(struct fault *why, enum exit_code exit, const char *fmt, ...) PRINTF(3, 4);

/* As fault_set with EXIT_FATAL, followed by ": " and the text of errno. Returns -1. */
int fault_errno(struct fault *why, const char *fmt, ...) PRINTF(2, 3);

/* Puts "context: " before the message that is there. Returns -1. */
int fault_wrap(struct fault *why, const char *fmt, ...) PRINTF(2, 3);

/* Sets the hint. Returns -1. */
int fault_hint(struct fault *why, const char *fmt, ...) PRINTF(2, 3);

/* Sets the stable reason word. Returns -1. */
int fault_reason(struct fault *why, const char *reason);

/* Back to no fault. */
void fault_clear(struct fault *why);

#endif
