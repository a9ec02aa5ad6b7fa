#include "port/proc.h"
#include "base/alloc.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/proc_exec.h"
#include "port/proc_keeper.h"
#include "port/proc_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The descriptors a start opens: the child's ends, and the pipe it reports a failure through. */
struct wires {
	int null, in, out; /* the child's */
	int report[2];     /* a failure to start */
	int keeper;        /* the keeper's end of its report */
};

#define WIRES_INIT                       \
	{                                \
		-1, -1, -1, {-1, -1}, -1 \
	}

static void wires_close(struct wires *w)
{
	fd_close(&w->null);
	fd_close(&w->in);
	fd_close(&w->out);
	fd_close(&w->report[0]);
	fd_close(&w->report[1]);
	fd_close(&w->keeper);
}

static int open_pipe(int *read_end, int *write_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*read_end = ends[0];
	*write_end = ends[1];
	return 0;
}

static int open_wires(struct wires *w, struct proc_private *priv, const struct proc_spec *spec)
{
	w->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (w->null < 0 || open_pipe(&w->report[0], &w->report[1]) < 0)
		return -1;
	if (spec->input && spec->input_len > 0 &&
		(open_pipe(&w->in, &priv->in_fd) < 0 ||
			fcntl(priv->in_fd, F_SETFL, O_NONBLOCK) < 0))
		return -1;
	if (spec->capture && spec->out_fd == -1 &&
		(open_pipe(&priv->out_fd, &w->out) < 0 ||
			fcntl(priv->out_fd, F_SETFL, O_NONBLOCK) < 0))
		return -1;
	if (spec->contain && (open_pipe(&priv->keeper_fd, &w->keeper) < 0 ||
				     fcntl(priv->keeper_fd, F_SETFL, O_NONBLOCK) < 0))
		return -1;
	return 0;
}

static int pick(int wire, int given, int own, int null)
{
	if (wire >= 0)
		return wire;
	if (given == PROC_INHERIT)
		return own;
	return given >= 0 ? given : null;
}

static void plan_fds(struct exec_plan *plan, const struct wires *w, const struct proc_spec *spec)
{
	plan->fds[0] = pick(w->in, spec->in_fd, STDIN_FILENO, w->null);
	plan->fds[1] = pick(w->out, spec->out_fd, STDOUT_FILENO, w->null);
	plan->fds[2] = pick(-1, spec->err_fd, STDERR_FILENO, spec->merge ? plan->fds[1] : w->null);
	plan->report_fd = w->report[1];
	plan->dir = spec->dir;
	plan->terminal = spec->terminal;
	plan->parting = spec->parting;
	plan->job = spec->job;
	plan->tty_fd = spec->tty_fd;
	plan->background = spec->background;
	plan->confine = spec->confine;
}

/* What the child tells before its program runs; 0: it runs. */
static bool read_report(int fd, struct exec_report *report)
{
	ssize_t got;

	do
		got = read(fd, report, sizeof *report);
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof *report;
}

/* A parent that lets the kernel reap would never learn how a child ended. */
static void keep_zombies(void)
{
	struct sigaction action;

	if (sigaction(SIGCHLD, NULL, &action) == 0 &&
		(action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT))) {
		action = (struct sigaction){.sa_handler = SIG_DFL};
		sigaction(SIGCHLD, &action, NULL);
	}
}

static int fault_start(
	struct fault *why, const struct proc_spec *spec, const struct exec_report *report)
{
	errno = report->error;
	if (report->stage == EXEC_CONFINING)
		return fault_errno(
			why, "cannot make the sandbox for '%s': %s", spec->argv[0], report->what);
	if (report->stage == EXEC_ENTERING)
		return fault_errno(why, "cannot enter directory '%s'", spec->dir);
	return fault_errno(why, "cannot start '%s'", spec->argv[0]);
}

static struct proc *new_proc(const struct proc_spec *spec)
{
	struct proc *p = xcalloc(1, sizeof *p);
	struct proc_private *priv = xcalloc(1, sizeof *priv);

	*p = (struct proc){.out = BUF_INIT, .priv = priv, .started_ms = clock_now_ms()};
	p->active_ms = p->started_ms;
	*priv = (struct proc_private){
		.pidfd = -1,
		.in_fd = -1,
		.out_fd = -1,
		.keeper_fd = -1,
		.input = spec->input,
		.input_len = spec->input_len,
		.log_fd = spec->log_fd,
		.log = spec->log,
		.log_state = spec->log_state,
		.terminal = spec->terminal,
		.wall_ms = spec->wall_ms,
		.idle_ms = spec->idle_ms,
		.output_max = spec->output_max,
		.keep_max = spec->keep_max,
		.disk_dir = spec->disk_free && spec->disk_dir ? xstrdup(spec->disk_dir) : NULL,
		.disk_free = spec->disk_dir ? spec->disk_free : 0,
		.slept_ms = clock_slept_ms(),
		.stops = stop_count(),
	};
	return p;
}

/* The child is there: follow it, or bury it where its program never ran. */
static int follow(struct proc *p, struct wires *w, const struct proc_spec *spec, struct fault *why)
{
	struct exec_report report;
	bool failed;

	fd_close(&w->report[1]);
	fd_close(&w->in);
	fd_close(&w->out);
	fd_close(&w->keeper);
	failed = read_report(w->report[0], &report);
	if (failed) {
		waitpid(p->pid, NULL, 0);
		p->ended_ms = clock_now_ms();
		if (report.stage != EXEC_STARTING)
			return fault_start(why, spec, &report);
		p->end = PROC_NOT_FOUND;
		p->code = report.error;
		return 0;
	}
	p->priv->running = true;
	p->priv->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	if (p->priv->pidfd < 0 && errno != ENOSYS && errno != EPERM)
		return fault_errno(why, "cannot watch '%s'", spec->argv[0]);
	proc_feed(p);
	return 0;
}

static int launch(struct proc *p, const struct proc_spec *spec, struct fault *why)
{
	CLEANUP(wires_close) struct wires w = WIRES_INIT;
	CLEANUP(exec_plan_release) struct exec_plan plan;

	exec_plan_init(&plan, spec->argv, spec->env);
	if (!plan.paths.len) {
		p->end = PROC_NOT_FOUND;
		p->code = ENOENT;
		p->ended_ms = p->started_ms;
		return 0;
	}
	if (open_wires(&w, p->priv, spec) < 0)
		return fault_errno(why, "cannot start '%s'", spec->argv[0]);
	plan_fds(&plan, &w, spec);
	keep_zombies();
	p->pid = spec->contain ? keeper_start(&plan, w.keeper) : exec_spawn(&plan);
	if (p->pid < 0)
		return fault_errno(why, "cannot start '%s'", spec->argv[0]);
	return follow(p, &w, spec, why);
}

int proc_start(const struct proc_spec *spec, struct proc **out, struct fault *why)
{
	CLEANUP(proc_free) struct proc *p = new_proc(spec);

	if (launch(p, spec, why) < 0)
		return -1;
	*out = p;
	p = NULL;
	return 0;
}

int proc_run(const struct proc_spec *spec, struct proc **out, struct fault *why)
{
	if (proc_start(spec, out, why) < 0)
		return -1;
	while ((*out)->end == PROC_RUNNING)
		proc_poll(out, 1, -1);
	return 0;
}

void proc_cancel(struct proc *p)
{
	proc_kill(p, PROC_INTERRUPTED);
}

/* A keeper is given the time to kill what it keeps; SIGKILL would set that free. */
static void put_down(struct proc *p)
{
	struct proc_private *priv = p->priv;
	int64_t until = clock_now_ms() + KEEPER_PATIENCE_MS + 5000;

	if (priv->keeper_fd >= 0)
		kill(p->pid, SIGUSR1);
	while (priv->keeper_fd >= 0 && priv->running && clock_now_ms() < until) {
		struct pollfd end = {priv->pidfd, POLLIN, 0};

		poll(&end, 1, priv->pidfd < 0 ? PROC_TICK_MS : 1000);
		proc_reap(p, false);
	}
	if (!priv->running)
		return;
	kill(priv->terminal || priv->keeper_fd >= 0 ? p->pid : -p->pid, SIGKILL);
	proc_reap(p, true);
}

void proc_free(struct proc **p)
{
	struct proc_private *priv;

	if (!*p)
		return;
	priv = (*p)->priv;
	if (priv->running)
		put_down(*p);
	fd_close(&priv->pidfd);
	fd_close(&priv->in_fd);
	fd_close(&priv->out_fd);
	fd_close(&priv->keeper_fd);
	buf_release(&(*p)->out);
	str_free(&priv->disk_dir);
	free(priv);
	free(*p);
	*p = NULL;
}

static void put_not_found(const struct proc *p, struct buf *out)
{
	buf_printf(out, "%s: %s", p->code == ENOENT ? "was not found" : "could not be started",
		strerror(p->code));
}

static void put_overflow(const struct proc *p, struct buf *out)
{
	if (p->priv->log_error)
		buf_printf(out, "was stopped: its log cannot be written: %s",
			strerror(p->priv->log_error));
	else
		buf_printf(out, "printed more than %zu bytes", p->priv->output_max);
}

void proc_describe(const struct proc *p, struct buf *out)
{
	switch (p->end) {
	case PROC_RUNNING:
		buf_puts(out, "is still running");
		break;
	case PROC_EXITED:
		buf_printf(out, "exited with %d", p->code);
		break;
	case PROC_SIGNALED:
		buf_printf(out, "killed by signal %d", p->code);
		break;
	case PROC_NOT_FOUND:
		put_not_found(p, out);
		break;
	case PROC_TIMED_OUT:
		buf_puts(out, "ran longer than ");
		text_put_duration(out, p->priv->wall_ms);
		break;
	case PROC_STALLED:
		buf_puts(out, "printed nothing for ");
		text_put_duration(out, p->priv->idle_ms);
		break;
	case PROC_OVERFLOWED:
		put_overflow(p, out);
		break;
	case PROC_DISK_FULL:
		buf_printf(out, "left less than %" PRIu64 " MiB free on the disk",
			p->priv->disk_free >> 20);
		break;
	case PROC_INTERRUPTED:
		buf_puts(out, "was interrupted");
		break;
	}
	if (p->priv->left)
		buf_printf(out, "; %d of its processes could not be killed", p->priv->left);
}

pid_t proc_background(struct fault *why)
{
	pid_t pid;
	int null;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fault_errno(why, "cannot start a background process");
	if (pid > 0)
		return pid;
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null != STDIN_FILENO) {
		dup2(null, STDIN_FILENO);
		fd_close(&null);
	}
	stop_renew();
	return 0;
}
