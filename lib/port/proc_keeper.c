#include "port/proc_keeper.h"
#include "port/clock.h"
#include "port/proc_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLITE_MS 1000 /* between SIGTERM and the end */
#define ROUND_MS  10   /* between two rounds of killing, where no child ends */

static int held_fd = -1;

void proc_hold(int fd)
{
	held_fd = fd;
}

struct keeper {
	pid_t command;
	const struct exec_plan *plan;
	int report_fd, tty_fd;
	bool ended; /* the command is reaped, `report` is filled */
	bool alone; /* a kill(-1) of the keeper reaches what it keeps and nothing else: proven */
	struct keeper_report report;
};

/* Reaps what has ended; false: there are no children left. */
static bool reap(struct keeper *k)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0)
			return errno != ECHILD;
		if (!info.si_pid)
			return true;
		if (info.si_pid == k->command) {
			k->ended = true;
			k->report.code_kind = info.si_code;
			k->report.code = info.si_status;
		}
	}
}

/* The next signal for the keeper, 0 where none came in time. All of them are blocked, always. */
static int wait_signal(int64_t ms, int *value)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};
	siginfo_t info = {0};
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, KEEPER_SIGNAL);
	sig = ms < 0 ? sigwaitinfo(&set, &info) : sigtimedwait(&set, &info, &time);
	*value = info.si_value.sival_int;
	return sig < 0 ? 0 : sig;
}

static void ask_to_end(const struct keeper *k)
{
	pid_t whom = k->plan->terminal ? k->command : -k->command;

	kill(whom, SIGTERM);
	kill(whom, SIGCONT);
}

static void pass_on(const struct keeper *k, int value)
{
	if (!k->plan->job)
		return;
	if (k->tty_fd >= 0 && (value & (KEEPER_FRONT | KEEPER_BACK)))
		tcsetpgrp(k->tty_fd, value & KEEPER_FRONT ? k->command : getpgrp());
	kill(-k->command, value & ~(KEEPER_FRONT | KEEPER_BACK));
}

static void tell_stop(const struct keeper *k)
{
	struct keeper_report report = {.code_kind = CLD_STOPPED};
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)k->command, &info, WSTOPPED | WNOHANG) < 0 || !info.si_pid)
		return;
	report.code = info.si_status;
	if (write(k->report_fd, &report, sizeof report) < 0)
		return; /* nobody listens any more: the end is near */
}

static void watch(struct keeper *k)
{
	int64_t until = -1;

	while (reap(k) && !k->ended) {
		int64_t rest = until < 0 ? -1 : until - clock_now_ms();
		int sig, value;

		if (until >= 0 && rest <= 0)
			return;
		if (k->plan->job)
			tell_stop(k);
		sig = wait_signal(rest, &value);
		if (sig == SIGUSR1)
			return;
		if (sig == KEEPER_SIGNAL)
			pass_on(k, value);
		if (sig == SIGTERM && until < 0) {
			ask_to_end(k);
			until = clock_now_ms() + POLITE_MS;
		}
	}
}

/*
 * What forks as fast as it dies is stopped first, parents before children, then killed; what slipped through is a child of
 * the keeper in the next round.
 */
static void kill_all(struct keeper *k)
{
	struct pids pids = PIDS_INIT;
	int64_t until = clock_now_ms() + KEEPER_PATIENCE_MS;
	pid_t self = getpid();
	int unused;

	while (reap(k)) {
		if (k->alone)
			kill(-1, SIGKILL);
		tree_stop(self, &pids);
		for (size_t i = 0; i < pids.len; i++)
			kill(pids.items[i], SIGKILL);
		k->report.left = (int)pids.len;
		if (clock_now_ms() > until)
			return;
		wait_signal(ROUND_MS, &unused);
	}
	k->report.left = 0;
	pids_release(&pids);
}

/*
 * The report, a job's terminal and what is held alone stay: a pipe the keeper held open would never end for its reader. All go out of
 * the way before one is put where another may be.
 */
static void drop_fds(struct keeper *k)
{
	int report = fcntl(k->report_fd, F_DUPFD_CLOEXEC, 8);
	int tty = k->plan->tty_fd < 0 ? -1 : fcntl(k->plan->tty_fd, F_DUPFD_CLOEXEC, 8);
	int lock = held_fd < 0 ? -1 : fcntl(held_fd, F_DUPFD_CLOEXEC, 8);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned first = 4;

	k->report_fd = dup3(report, 3, O_CLOEXEC);
	if (tty >= 0)
		k->tty_fd = dup3(tty, (int)first++, O_CLOEXEC);
	if (lock >= 0)
		dup3(lock, (int)first++, O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		if (null >= 0)
			dup2(null, fd);
	if (syscall(SYS_close_range, first, ~0U, 0U) < 0)
		for (int fd = (int)sysconf(_SC_OPEN_MAX) - 1; fd >= (int)first; fd--)
			close(fd);
}

/* The parent's id where it lives: a keeper in a pid namespace of its own sees none. */
static pid_t outer_parent(void)
{
	char line[512];
	const char *end;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC), parent = 0;
	ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof line - 1);

	if (fd >= 0)
		close(fd);
	line[got > 0 ? got : 0] = '\0';
	end = strrchr(line, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

static void prepare(const struct exec_plan *plan, pid_t parent)
{
	struct rlimit no_core = {0, 0};
	struct sigaction plain = {.sa_handler = SIG_DFL};

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if ((getppid() ? getppid() : outer_parent()) != parent)
		_exit(127);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "git-agent-keep");
	sigaction(SIGCHLD, &plain, NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	if (plan->terminal)
		return;
	setsid();
	if (plan->tty_fd >= 0 && ioctl(plan->tty_fd, TIOCSCTTY, 0) < 0) {
		exec_tell(plan->report_fd, EXEC_PREPARING, errno, NULL);
		_exit(127);
	}
}

/*
 * Confines the keeper. It is alone as pid 1 of a namespace, or in a Landlock domain that keeps its signals in: of that the
 * proof is a parent, alive and of the same user, that could be signalled before and cannot be now.
 */
static void confine(struct keeper *k, const struct exec_plan *plan, pid_t parent)
{
	char what[PROC_WHAT_MAX] = "";
	bool reached = getpid() != 1 && kill(parent, 0) == 0;

	if (plan->confine->enter(plan->confine->state, what) < 0) {
		exec_tell(plan->report_fd, EXEC_CONFINING, errno, what);
		_exit(127);
	}
	k->alone = getpid() == 1 ||
		   (reached && kill(parent, 0) < 0 && errno == EPERM && getppid() == parent);
}

static _Noreturn void run_keeper(const struct exec_plan *plan, int report_fd, pid_t parent)
{
	struct keeper k = {.plan = plan, .report_fd = report_fd, .tty_fd = -1};
	ssize_t put;

	prepare(plan, parent);
	if (plan->confine)
		confine(&k, plan, parent);
	k.command = exec_spawn(plan);
	if (k.command < 0) {
		exec_tell(plan->report_fd, EXEC_PREPARING, errno, NULL);
		_exit(127);
	}
	drop_fds(&k);
	watch(&k);
	kill_all(&k);
	put = write(k.report_fd, &k.report, sizeof k.report);
	_exit(put == (ssize_t)sizeof k.report ? 0 : 127);
}

/* As fork(2), into namespaces of its own; the order of the other arguments differs by machine, all are 0. */
static pid_t fork_into(unsigned long namespaces)
{
	return (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, 0L, 0L, 0L, 0L);
}

pid_t keeper_start(const struct exec_plan *plan, int report_fd)
{
	sigset_t all, before;
	pid_t self = getpid(), pid;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = plan->confine && plan->confine->namespaces ? fork_into(plan->confine->namespaces)
							 : fork();
	if (pid == 0)
		run_keeper(plan, report_fd, self);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}
