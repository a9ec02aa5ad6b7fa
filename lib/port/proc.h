/*
 * proc: child processes. Each child leads a session of its own (but see `terminal`), has deadlines, dies with its
 * parent and is reaped. One that is killed takes its group with it; `contain` kills every descendant at any end.
 * Nothing else in the project forks.
 */
#ifndef PORT_PROC_H
#define PORT_PROC_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_WHAT_MAX 160

/*
 * How a contained child is kept from the rest of the machine (see sandbox.h). Both steps return -1 with errno set and `what`
 * naming what could not be done, and the program is not started.
 */
struct proc_confine {
	unsigned long
		namespaces; /* CLONE_NEW*: the keeper's own, which is pid 1 of its pid namespace if that is among them */
	int (*enter)(void *state,
		char what[PROC_WHAT_MAX]); /* in the keeper, before it starts the child */
	/* In the child, last before its program. It shares the keeper's memory: system calls only. */
	int (*seal)(void *state, char what[PROC_WHAT_MAX]);
	void *state;
};

struct proc_spec {
	const char *const *
		argv; /* ends in NULL; argv[0] is looked up in the child's PATH, in its absolute directories only */
	const char *const *env; /* ends in NULL; NULL: the parent's */
	const char *dir;        /* NULL: the parent's */
	const void *input;      /* bytes for standard input, borrowed until the end */
	size_t input_len;
	int in_fd;  /* standard input when there is no `input`; -1: /dev/null; borrowed */
	int out_fd; /* standard output; -1: captured (see proc_run), or /dev/null */
	int err_fd; /* standard error; -1: /dev/null, or into the capture with `merge`; PROC_INHERIT */
	int log_fd; /* with `capture`: bytes are also written here as they come; -1: none */
	/* With `capture`, instead of log_fd: gets them as they come, and none at the end; -1 with errno: it cannot be written. */
	int (*log)(void *state, const char *bytes, size_t len);
	void *log_state;
	bool capture; /* keep standard output in proc->out */
	bool merge;   /* standard error goes where standard output goes */
	bool contain; /* a keeper process (child subreaper) kills every descendant at the end, daemons too */
	const struct proc_confine
		*confine; /* needs `contain`; NULL: not at all; borrowed until the start is done */
	bool terminal; /* keep the parent's session, group and terminal: an editor, what may ask for a passphrase */
	bool job; /* needs `contain`: as a shell's job, its stops are told, signals reach it (port/proc_job) */
	int tty_fd; /* of a job: the terminal its session gets, borrowed until the start is done; -1: none */
	int parting;     /* signal it gets when its parent has died; 0: SIGKILL; PROC_STAYS: none */
	bool background; /* of a job: the terminal is not its own yet; reading from it stops the job */
	int64_t wall_ms;      /* kill after this long; 0: no limit */
	int64_t idle_ms;      /* kill after this long without output (needs capture); 0: no limit */
	size_t output_max;    /* kill past this many captured bytes; 0: no limit */
	const char *disk_dir; /* kill when fewer than disk_free bytes are free on its file system */
	uint64_t disk_free;   /* 0: no limit */
	size_t keep_max; /* of the capture, keep only the last so many bytes in `out`; 0: all */
};

#define PROC_INHERIT (-2)
#define PROC_STAYS   (-1)

#define PROC_SPEC_INIT                                                              \
	{                                                                           \
		.in_fd = -1, .out_fd = -1, .err_fd = -1, .log_fd = -1, .tty_fd = -1 \
	}

/*
 * From here on each keeper has this descriptor open until its end, and none of what it keeps has: a lock on it says that something of
 * this process is left, even where the process was killed. -1: none.
 */
void proc_hold(int fd);

enum proc_end {
	PROC_RUNNING,
	PROC_EXITED,      /* `code` is the exit status */
	PROC_SIGNALED,    /* `code` is the signal */
	PROC_NOT_FOUND,   /* the program could not be started; `code` is the errno */
	PROC_TIMED_OUT,   /* past wall_ms */
	PROC_STALLED,     /* past idle_ms */
	PROC_OVERFLOWED,  /* past output_max, or the log could not be written */
	PROC_DISK_FULL,   /* below disk_free */
	PROC_INTERRUPTED, /* proc_stop_requested() or proc_cancel */
};

struct proc {
	enum proc_end end;
	int code;
	struct buf out;     /* what was captured (at most keep_max of it, the end) */
	uint64_t out_bytes; /* what was captured in all */
	int64_t started_ms; /* clock_now_ms */
	int64_t active_ms;  /* clock_now_ms of the last output */
	int64_t ended_ms;
	int64_t woke_ms; /* clock_now_ms when the machine last woke from sleep during it; 0: never */
	pid_t pid;       /* with `contain` the keeper's */
	struct proc_private *priv;
};

/* Starts a child; *out is the caller's until proc_free. A program that cannot be found is not a fault here: the
 * child ends at once as PROC_NOT_FOUND. */
int proc_start(const struct proc_spec *spec, struct proc **out, struct fault *why);

/*
 * Serves the pipes and deadlines of `count` children for at most `timeout_ms` (-1: until something ends).
 * Returns the index of one that has ended and was not returned before, -1 if none has.
 */
int proc_poll(struct proc *const *set, size_t count, int timeout_ms);

/* Kills the child and what it started (SIGTERM, SIGKILL after a second), to be collected by proc_poll. */
void proc_cancel(struct proc *p);

/* Frees; a child still running is killed and reaped first. For CLEANUP. */
void proc_free(struct proc **p);

/* proc_start, then proc_poll until the end. */
int proc_run(const struct proc_spec *spec, struct proc **out, struct fault *why);

/* Appends how it ended: "exited with 3", "killed by signal 9", "was not found: ...", ... */
void proc_describe(const struct proc *p, struct buf *out);

/*
 * From here on SIGINT, SIGTERM and SIGHUP ask to stop instead of killing: proc_stop_requested() is true, and proc_poll
 * cancels the children that run (those started later run on, for cleaning up, until the next such signal). SIGINT and
 * SIGHUP stay ignored where they are. SIGPIPE is ignored.
 */
void proc_catch_signals(void);
bool proc_stop_requested(void);

/* Forks into the background: 0 in the child (a session of its own, standard input from /dev/null), the child's pid in the parent; -1. */
pid_t proc_background(struct fault *why);

/* Whoever runs: pid, its start time (clock ticks since boot, /proc/<pid>/stat field 22), the boot's id. */
struct proc_owner {
	pid_t pid;
	uint64_t start;
	char boot[40];
};

void proc_owner_self(struct proc_owner *self);
bool proc_owner_alive(const struct proc_owner *owner);

/* Until it has ended or `timeout_ms` have passed; NULL: just so long. 0: it has ended; 1: it has not, or a signal came. */
int proc_owner_wait(const struct proc_owner *owner, int64_t timeout_ms);

/* Sends a signal through a pidfd after the identity has been checked. 1: it is gone. */
int proc_owner_signal(const struct proc_owner *owner, int sig, struct fault *why);

#endif
