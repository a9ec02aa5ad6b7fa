/*
 * u-proc: what the tests of child processes share.
 */
#ifndef TESTS_U_PROC_H
#define TESTS_U_PROC_H

#include "base/alloc.h"
#include "base/fs.h"
#include "port/clock.h"
#include "port/proc.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* A row of arguments that ends in NULL, good as long as the block it stands in. */
#define ARGV(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define SH(script) ARGV("/bin/sh", "-c", script)

/* Runs to the end; a fault fails the test and gives NULL. */
static inline struct proc *run(const struct proc_spec *spec)
{
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;

	if (proc_run(spec, &p, &why) < 0)
		ok(false, "no fault: %s", why.message);
	return p;
}

static inline struct proc *start(const struct proc_spec *spec)
{
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;

	if (proc_start(spec, &p, &why) < 0)
		ok(false, "no fault: %s", why.message);
	return p;
}

/* Polls until the capture holds `text` or the child has ended. */
static inline bool wait_for(struct proc *p, const char *text)
{
	while (p->end == PROC_RUNNING && !strstr(p->out.data, text))
		proc_poll(&p, 1, 50);
	return strstr(p->out.data, text) != NULL;
}

static inline void described(const struct proc *p, const char *want, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	proc_describe(p, &text);
	is(text.data, want, name);
}

#endif
