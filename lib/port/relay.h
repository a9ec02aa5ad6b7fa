/*
 * relay: the person's terminal, lent to a job. What of standard input, output and error is our terminal is for the
 * job a terminal of its own, and the relay carries the bytes, the size and the stops between the two: nothing that a
 * process does to its terminal (TIOCSTI, a line discipline, a keyboard map) reaches the person's. Signals sent to this
 * process are the job's, with a terminal or without.
 *
 * As sudo(8) does with `use_pty`: while the job is in front, ours is raw and every key goes to the other one, which
 * makes the signals; a job that stops stops us and our process group, for the shell to see. In a pipeline, and where
 * standard input is something else, the terminal stays as it is until the job wants to read from it.
 */
#ifndef PORT_RELAY_H
#define PORT_RELAY_H

#include "base/fault.h"
#include "port/proc.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define RELAY_BYTES 16384

struct relay_queue {
	char bytes[RELAY_BYTES];
	size_t len;
};

struct relay {
	int fds[3];        /* what the job gets as its standard input, output and error */
	int outer;         /* our terminal; -1: none of the three is one */
	int master, slave; /* the job's; it gets `slave` as proc_spec.tty_fd */
	bool eager;        /* the job may be in front; else not before it wants to read */
	bool front;        /* it is in front there, as our process group is in ours */
	bool stopped;      /* it has been told of, and was not continued */
	bool raw, fitted;
	struct termios found; /* our terminal, as it was; when `fitted`, the job's began like it */
	struct relay_queue typed, shown;
	int signal_fd;
	sigset_t before; /* of blocked signals */
};

#define RELAY_INIT                                                                        \
	{                                                                                 \
		.fds = {0, 1, 2}, .outer = -1, .master = -1, .slave = -1, .signal_fd = -1 \
	}

/* From here on signals wait for the job: hangup, interrupt, quit, termination, stop, continue, window, alarm, user's. */
int relay_open(struct relay *r, struct fault *why);

/* Serves until the job has ended and all it printed is out. Closes `slave`. */
void relay_serve(struct relay *r, struct proc *job);

/* Gives the terminal back as it was found. For CLEANUP. */
void relay_close(struct relay *r);

#endif
