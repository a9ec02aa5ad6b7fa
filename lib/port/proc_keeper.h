/*
 * proc_keeper: a small process between this one and a command. Whatever the command starts, daemons too, becomes
 * a child of the keeper when its own parent is gone, and is killed when the command has ended.
 *
 * SIGTERM asks the keeper to end: SIGTERM to the command's group, a second later all is killed. SIGUSR1: all is
 * killed at once. The death of the keeper's parent counts as SIGTERM. Of a job KEEPER_SIGNAL with a value passes a
 * signal on, and moves its terminal.
 */
#ifndef PORT_PROC_KEEPER_H
#define PORT_PROC_KEEPER_H

#include "port/proc_exec.h"

#include <signal.h>

#define KEEPER_SIGNAL \
	SIGRTMIN           /* as sigqueue(3) sends it; its value is a signal, or 0, and one of: */
#define KEEPER_FRONT 0x100 /* the terminal is the command's */
#define KEEPER_BACK  0x200 /* the terminal is the keeper's: what reads from it stops */

#define KEEPER_PATIENCE_MS 10000 /* until what cannot be killed is left alone */

/* Written when all is over, and when a job has stopped; a keeper that ends without it was killed. */
struct keeper_report {
	int code_kind; /* CLD_EXITED, CLD_KILLED or CLD_DUMPED, of the command; CLD_STOPPED */
	int code;      /* exit status or signal */
	int left;      /* processes that could not be killed */
};

/* Starts a keeper that starts the plan. -1 with errno set. */
pid_t keeper_start(const struct exec_plan *plan, int report_fd);

#endif
