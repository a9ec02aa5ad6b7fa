/*
 * proc_exec: the way from a fork to the program. A plan is made before the fork; after it there are
 * only system calls, so that the child may share its parent's memory (vfork).
 */
#ifndef PORT_PROC_EXEC_H
#define PORT_PROC_EXEC_H

#include "base/vec.h"
#include "port/proc.h"

#include <stdbool.h>
#include <sys/types.h>

enum exec_stage { EXEC_PREPARING, EXEC_CONFINING, EXEC_ENTERING, EXEC_STARTING };

/* What a child tells before it gives up; nothing is told when the program has started. */
struct exec_report {
	int stage; /* enum exec_stage: EXEC_ENTERING is the working directory, EXEC_STARTING the program */
	int error;                /* errno */
	char what[PROC_WHAT_MAX]; /* of EXEC_CONFINING: what could not be done */
};

struct exec_plan {
	struct vec paths; /* where the program may be, in order */
	char **script; /* sh, a place for the path, the arguments: for a script without "#!"; strings borrowed */
	char *const *argv;
	char *const *env;
	const char *dir; /* NULL: the parent's */
	int fds[3];      /* what become standard input, output and error */
	bool terminal;   /* stays in the parent's session and process group */
	bool job;        /* stays in the parent's session, leads a process group of its own */
	int tty_fd;      /* of a job: its session's terminal; -1: none */
	int parting;     /* signal at the parent's death */
	bool background; /* of a job: the terminal stays with the parent */
	const struct proc_confine *confine; /* NULL: not confined */
	int report_fd;                      /* close-on-exec; takes a struct exec_report */
};

/* Looks argv[0] up in the PATH of `env`: only in its absolute directories, never in the working one. */
void exec_plan_init(struct exec_plan *plan, const char *const *argv, const char *const *env);
void exec_plan_release(struct exec_plan *plan);

/*
 * Starts the program as a child that dies with the caller's thread: own session (but `terminal`), no
 * descriptor beyond the three, every signal as by default and unblocked. -1 with errno set.
 */
pid_t exec_spawn(const struct exec_plan *plan);

/* Tells the report descriptor why there will be no program; `what` is NULL but for EXEC_CONFINING. */
void exec_tell(int report_fd, enum exec_stage stage, int error, const char *what);

#endif
