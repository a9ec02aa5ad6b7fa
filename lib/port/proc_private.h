/*
 * proc_private: what proc.c and proc_poll.c share of a child, and how a request to stop wakes a poll.
 */
#ifndef PORT_PROC_PRIVATE_H
#define PORT_PROC_PRIVATE_H

#include "port/proc_keeper.h"

#define PROC_TICK_MS 10

struct proc_private {
	bool running;  /* not reaped yet */
	int pidfd;     /* -1: reaped, or there are no pidfds: then it is asked every PROC_TICK_MS */
	int in_fd;     /* our end of its standard input, -1: none or done */
	int out_fd;    /* our end of the capture, likewise */
	int keeper_fd; /* the keeper's reports; -1: there is no keeper */
	struct keeper_report report; /* its last one; `code_kind` 0: none came yet */
	const char *input;           /* what is left to write */
	size_t input_len;
	int log_fd, log_error; /* errno of a log that could not be written */
	int (*log)(void *state, const char *bytes, size_t len); /* instead of log_fd; NULL: none */
	void *log_state;
	bool terminal;
	bool returned; /* by proc_poll */
	int64_t wall_ms, idle_ms;
	size_t output_max, keep_max;
	char *disk_dir;        /* looked at until it has ended */
	uint64_t disk_free;    /* 0: not at all */
	int64_t disk_ms;       /* when it was looked at last */
	enum proc_end because; /* why it was killed; PROC_RUNNING: it was not */
	int64_t killed_ms;     /* when it was asked to end */
	bool killed_hard;
	int64_t drain_ms; /* until when a pipe that outlives the child is read */
	int64_t slept_ms;
	unsigned stops; /* stop_count() when it started */
	int kind, code; /* how it ended: CLD_EXITED, CLD_KILLED, CLD_DUMPED; status or signal */
	int left;       /* processes its keeper could not kill */
};

/* Asks the child to end, for this reason unless there is one already. */
void proc_kill(struct proc *p, enum proc_end because);

/* Reads what the keeper has told, up to and with the next stop of a job; false: nothing new. */
bool proc_read_keeper(struct proc *p);

/* Takes note of the end of the process itself, when it has come; waits for it where `wait`. */
void proc_reap(struct proc *p, bool wait);

/* Writes input until it is done or the pipe is full. */
void proc_feed(struct proc *p);

/* Signals that asked to stop so far, and a descriptor that is readable after each (-1: they are not caught). */
unsigned stop_count(void);
int stop_fd(void);
void stop_seen(void);

/* After a fork: the child must not share the descriptor. */
void stop_renew(void);

#endif
