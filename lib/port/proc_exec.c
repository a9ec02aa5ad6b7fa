#include "port/proc_exec.h"
#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_OTHERWISE "/usr/local/bin:/usr/bin:/bin"
#define SCRIPT_PATH    1 /* place of the script's path in `script` */

static const char *path_of(char *const *env)
{
	for (; *env; env++)
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	return PATH_OTHERWISE;
}

static void look_up(struct vec *paths, const char *name, const char *path)
{
	if (strchr(name, '/')) {
		vec_push(paths, name);
		return;
	}
	while (*name && *path) {
		size_t len = strcspn(path, ":");

		if (*path == '/')
			vec_pushf(paths, "%.*s/%s", (int)len, path, name);
		path += len + (path[len] == ':');
	}
}

/* exec(3) wants its strings without const for reasons of history alone: it writes to none of them. */
static char *const *as_exec(const char *const *list)
{
	union {
		const char *const *from;
		char *const *to;
	} both = {list};

	return both.to;
}

static char **script_of(char *const *argv)
{
	static char shell[] = "sh";
	size_t count = 0;
	char **script;

	while (argv[count])
		count++;
	script = xcalloc(count + 2, sizeof *script);
	script[0] = shell;
	for (size_t i = 1; i < count; i++)
		script[i + 1] = argv[i];
	return script;
}

void exec_plan_init(struct exec_plan *plan, const char *const *argv, const char *const *env)
{
	*plan = (struct exec_plan){.paths = VEC_INIT, .report_fd = -1, .tty_fd = -1};
	plan->argv = as_exec(argv);
	plan->env = env ? as_exec(env) : environ;
	look_up(&plan->paths, argv[0] ? argv[0] : "", path_of(plan->env));
	plan->script = script_of(plan->argv);
}

void exec_plan_release(struct exec_plan *plan)
{
	vec_release(&plan->paths);
	free(plan->script);
}

void exec_tell(int report_fd, enum exec_stage stage, int error, const char *what)
{
	struct exec_report report = {stage, error, ""};
	ssize_t put;

	if (what)
		memcpy(report.what, what, strnlen(what, PROC_WHAT_MAX - 1));

	do
		put = write(report_fd, &report, sizeof report);
	while (put < 0 && errno == EINTR);
}

static _Noreturn void give_up(int report_fd, enum exec_stage stage)
{
	exec_tell(report_fd, stage, errno, NULL);
	_exit(127);
}

static void seal(const struct proc_confine *confine, int report_fd)
{
	char what[PROC_WHAT_MAX] = "";

	if (confine->seal(confine->state, what) == 0)
		return;
	exec_tell(report_fd, EXEC_CONFINING, errno, what);
	_exit(127);
}

/* First out of the way of 0, 1 and 2, then there: any of the three may be the source of another. */
static int map_fds(const int from[3])
{
	int high[3];

	for (int i = 0; i < 3; i++) {
		high[i] = from[i] > 2 ? from[i] : fcntl(from[i], F_DUPFD_CLOEXEC, 3);
		if (high[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(high[i], i) < 0)
			return -1;
	return 0;
}

static void seal_fds(void)
{
	long end;

	if (!syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC))
		return;
	end = sysconf(_SC_OPEN_MAX); /* a kernel before 5.11 */
	for (int fd = 3; fd < end; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void reset_signals(void)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		sigaction(sig, &plain, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * A file that may not be run does not end the search, but is what is told at its end; a directory that may not be
 * searched is passed over.
 */
static void exec_any(const struct exec_plan *plan)
{
	int error = ENOENT;

	for (size_t i = 0; i < plan->paths.len; i++) {
		execve(plan->paths.items[i], plan->argv, plan->env);
		if (errno == ENOEXEC) {
			plan->script[SCRIPT_PATH] = plan->paths.items[i];
			execve("/bin/sh", plan->script, plan->env);
		}
		if (errno == EACCES && access(plan->paths.items[i], F_OK) == 0)
			error = EACCES;
		else if (errno != EACCES && errno != ENOENT && errno != ENOTDIR)
			return;
	}
	errno = error;
}

/* Every signal is blocked here: SIGTTOU would stop what takes the terminal from the background. */
static void lead_group(const struct exec_plan *plan)
{
	setpgid(0, 0);
	if (plan->tty_fd >= 0 && !plan->background)
		tcsetpgrp(plan->tty_fd, getpid());
}

static _Noreturn void run_child(const struct exec_plan *plan, pid_t parent)
{
	int report_fd = plan->report_fd;

	if (plan->parting != PROC_STAYS)
		prctl(PR_SET_PDEATHSIG, plan->parting ? plan->parting : SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (report_fd <= 2)
		report_fd = fcntl(report_fd, F_DUPFD_CLOEXEC, 3);
	if (plan->job)
		lead_group(plan);
	else if (!plan->terminal)
		setsid();
	if (map_fds(plan->fds) < 0)
		give_up(report_fd, EXEC_PREPARING);
	if (plan->dir && chdir(plan->dir) < 0)
		give_up(report_fd, EXEC_ENTERING);
	seal_fds();
	reset_signals();
	if (plan->confine)
		seal(plan->confine, report_fd);
	exec_any(plan);
	give_up(report_fd, EXEC_STARTING);
}

/*
 * vfork: its cost does not grow with the parent's memory. Signals are blocked meanwhile: a handler of
 * the parent's must not run in a child that shares its memory.
 */
pid_t exec_spawn(const struct exec_plan *plan)
{
	sigset_t all, before;
	pid_t self = getpid(), pid;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (pid == 0)
		run_child(plan, self); /* NOLINT(clang-analyzer-unix.Vfork): system calls only */
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}
