/*
 * proc_job: a child (proc_spec.job) as a shell has jobs: its stops are seen, signals are passed on to its process
 * group, and its terminal is given to it or kept from it.
 */
#ifndef PORT_PROC_JOB_H
#define PORT_PROC_JOB_H

#include "port/proc.h"

enum job_place {
	JOB_AS_IT_IS,
	JOB_FRONT, /* the terminal is its own */
	JOB_BACK, /* it stops (SIGTTIN, SIGTTOU) when it wants to read from the terminal or set it */
};

/* Readable when the job has stopped, and when it has ended (proc_poll then ends it). Borrowed. */
int proc_job_fd(const struct proc *p);

/* The signal of a stop that was not returned before; 0: there is none. */
int proc_job_stopped(struct proc *p);

/* Moves its terminal, then sends `sig` to its process group (0: nothing). One that has ended is passed over. */
void proc_job_signal(struct proc *p, int sig, enum job_place place);

#endif
