/* Attacks on processes outside of the box: signals, memory, descriptors, priorities, terminals, queues. */
#include "attacks/attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int run_signal(const struct target *t)
{
	return verdict(kill(t->victim, 0) == 0);
}

static int run_signal_thread(const struct target *t)
{
	return verdict(syscall(SYS_tgkill, t->victim, t->victim, SIGWINCH) == 0);
}

static int run_signal_queue(const struct target *t)
{
	union sigval value = {0};

	return verdict(sigqueue(t->victim, SIGWINCH, value) == 0);
}

static int run_signal_pidfd(const struct target *t)
{
	int fd = (int)syscall(SYS_pidfd_open, t->victim, 0);

	return verdict(fd >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGWINCH, NULL, 0) == 0);
}

static int run_parent(const struct target *t)
{
	(void)t;
	return verdict(kill(getppid(), 0) == 0);
}

static int run_ptrace(const struct target *t)
{
	return verdict(ptrace(PTRACE_SEIZE, t->victim, NULL, NULL) == 0);
}

static int run_ptrace_parent(const struct target *t)
{
	(void)t;
	return verdict(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0);
}

/* Whatever has a number that is not its own. */
static int run_ptrace_all(const struct target *t)
{
	DIR *dir = opendir("/proc");
	int traced = 0;

	(void)t;
	for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (pid > 0 && pid != getpid() && ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) {
			traced++;
			break;
		}
	}
	if (dir)
		closedir(dir);
	return verdict(traced > 0);
}

static int run_memory(const struct target *t)
{
	static char at[8];
	struct iovec here = {at, sizeof at}, there = {&at, sizeof at};

	/* the victim is a fork of this program: nothing of it need be readable at this address but that it be asked */
	return verdict(process_vm_readv(t->victim, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT);
}

static int open_proc(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return open(path, flags | O_CLOEXEC);
}

static int run_cmdline(const struct target *t)
{
	return verdict(open_proc(t->victim, "cmdline", O_RDONLY) >= 0);
}

static int run_environ(const struct target *t)
{
	return verdict(open_proc(t->victim, "environ", O_RDONLY) >= 0);
}

static int run_maps(const struct target *t)
{
	int fd = open_proc(t->victim, "maps", O_RDONLY);
	char byte;

	return verdict(fd >= 0 && read(fd, &byte, 1) == 1);
}

/* Root may list them: their numbers. What they are is another matter. */
static int follows_any(pid_t pid)
{
	char path[64], to[16];

	for (int fd = 0; fd < 128; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
		if (readlink(path, to, sizeof to) > 0)
			return ATTACK_WORKED;
	}
	return ATTACK_FAILED;
}

static int run_descriptors(const struct target *t)
{
	return follows_any(t->victim);
}

static int run_oom_score(const struct target *t)
{
	return verdict(open_proc(t->victim, "oom_score_adj", O_WRONLY) >= 0);
}

static int run_parent_environ(const struct target *t)
{
	(void)t;
	return verdict(open_proc(getppid(), "environ", O_RDONLY) >= 0);
}

static int run_parent_memory(const struct target *t)
{
	(void)t;
	return verdict(open_proc(getppid(), "mem", O_RDWR) >= 0);
}

static int run_parent_descriptors(const struct target *t)
{
	(void)t;
	return follows_any(getppid());
}

static int run_descriptor(const struct target *t)
{
	(void)t;
	return verdict(fcntl(KEPT_FILE, F_GETFD) >= 0);
}

static int run_take_descriptor(const struct target *t)
{
	int pidfd = (int)syscall(SYS_pidfd_open, t->victim, 0);

	return verdict(pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0);
}

static int run_compare(const struct target *t)
{
	return verdict_unless(
		syscall(SYS_kcmp, getpid(), t->victim, KCMP_FILES, 0, 0) >= 0, ENOSYS, ENOSYS);
}

/* --- what slows or kills without a signal */

static int run_priority(const struct target *t)
{
	static const int nice = 19;

	return verdict(setpriority(PRIO_PROCESS, (id_t)t->victim, nice) == 0);
}

static int run_scheduler(const struct target *t)
{
	struct sched_param param = {0};

	return verdict(sched_setscheduler(t->victim, SCHED_BATCH, &param) == 0);
}

static int run_affinity(const struct target *t)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	return verdict(sched_getaffinity(0, sizeof cpus, &cpus) == 0 &&
		       sched_setaffinity(t->victim, sizeof cpus, &cpus) == 0);
}

static int run_io_priority(const struct target *t)
{
	/* IOPRIO_WHO_PROCESS, the class best-effort and its last level */
	return verdict(syscall(SYS_ioprio_set, 1, t->victim, 2 << 13 | 7) == 0);
}

/* A limit of processor time that has passed is a SIGKILL. */
static int run_limit(const struct target *t)
{
	struct rlimit limit = {4096, 4096};

	return verdict(syscall(SYS_prlimit64, t->victim, RLIMIT_NOFILE, NULL, &limit) == 0 &&
		       syscall(SYS_prlimit64, t->victim, RLIMIT_NOFILE, &limit, NULL) == 0);
}

/* --- terminals */

/* Takes the terminal of standard input for its own, then types into it. */
static int run_typing(const struct target *t)
{
	const char key = 'x';

	(void)t;
	if (!isatty(0))
		return ATTACK_FAILED;
	ioctl(0, TIOCSCTTY, 0);
	return verdict_unless(ioctl(0, TIOCSTI, &key) == 0, EIO, EIO);
}

/* Old line disciplines are old code of the kernel's; N_NULL is the one that does nothing. */
static int run_line_discipline(const struct target *t)
{
	int null = 27, tty = 0;

	(void)t;
	if (ioctl(0, TIOCSETD, &null) < 0)
		return verdict_unless(false, EINVAL, EIO);
	ioctl(0, TIOCSETD, &tty);
	return ATTACK_WORKED;
}

/* --- queues of the machine */

static int run_sysv_queue(const struct target *t)
{
	return verdict_unless(msgget(t->key, 0600) >= 0, ENOSYS, ENOSYS);
}

static int run_posix_queue(const struct target *t)
{
	char name[80];

	mqueue_name(name, t->top);
	return verdict_unless(mq_open(name, O_RDWR | O_CLOEXEC) >= 0, ENOSYS, ENOSYS);
}

static const struct attack rows[] = {
	{"signal", run_signal, FORM_BOTH, 0},
	{"signal-thread", run_signal_thread, FORM_BOTH, 0},
	{"signal-queue", run_signal_queue, FORM_BOTH, 0},
	{"signal-pidfd", run_signal_pidfd, FORM_BOTH, 0},
	{"signal-parent", run_parent, FORM_RIGHTS, 0},
	{"ptrace", run_ptrace, FORM_BOTH, 0},
	{"ptrace-by-key", run_ptrace, FORM_BOTH, NEEDS_TRACE},
	{"ptrace-parent", run_ptrace_parent, FORM_BOTH, NEEDS_TRACE},
	{"ptrace-all", run_ptrace_all, FORM_BOTH, NEEDS_TRACE},
	{"memory-by-key", run_memory, FORM_BOTH, NEEDS_TRACE},
	{"parent-memory-by-key", run_parent_memory, FORM_BOTH, NEEDS_TRACE},
	{"process-memory", run_memory, FORM_BOTH, 0},
	{"command-line", run_cmdline, FORM_SPACES, 0},
	{"environment", run_environ, FORM_BOTH, 0},
	{"maps", run_maps, FORM_BOTH, 0},
	{"descriptors", run_descriptors, FORM_BOTH, 0},
	{"oom-score", run_oom_score, FORM_BOTH, 0},
	{"parent-environment", run_parent_environ, FORM_BOTH, 0},
	{"parent-memory", run_parent_memory, FORM_BOTH, 0},
	{"parent-descriptors", run_parent_descriptors, FORM_BOTH, 0},
	{"descriptor", run_descriptor, FORM_BOTH, 0},
	{"take-descriptor", run_take_descriptor, FORM_BOTH, 0},
	{"compare", run_compare, FORM_BOTH, 0},
	{"priority", run_priority, FORM_BOTH, 0},
	{"scheduler", run_scheduler, FORM_BOTH, 0},
	{"affinity", run_affinity, FORM_BOTH, 0},
	{"io-priority", run_io_priority, FORM_BOTH, 0},
	{"limit", run_limit, FORM_BOTH, 0},
	{"typing", run_typing, FORM_BOTH, 0},
	{"line-discipline", run_line_discipline, FORM_BOTH, 0},
	{"sysv-queue", run_sysv_queue, FORM_BOTH, 0},
	{"posix-queue", run_posix_queue, FORM_BOTH, 0},
};
const struct attack_table process_attacks = {rows, sizeof rows / sizeof *rows};
