#include "base/alloc.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The start of a file of /proc as a string; false: it is not there. */
static bool read_start(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return false;
	do
		got = read(fd, out, size - 1);
	while (got < 0 && errno == EINTR);
	close(fd);
	out[got > 0 ? got : 0] = '\0';
	return got > 0;
}

/* The name in field 2 may hold blanks and parentheses: fields are counted from its last ')'. */
static bool read_stat(pid_t pid, char *state, uint64_t *start)
{
	char path[64], line[1024], *at;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (!read_start(path, line, sizeof line) || !(at = strrchr(line, ')')))
		return false;
	return sscanf(at,
		       ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
		       "%*d %" SCNu64,
		       state, start) == 2;
}

static void read_boot(char boot[40])
{
	if (!read_start("/proc/sys/kernel/random/boot_id", boot, 40))
		boot[0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
}

void proc_owner_self(struct proc_owner *self)
{
	char state;

	*self = (struct proc_owner){.pid = getpid()};
	if (!read_stat(self->pid, &state, &self->start))
		self->start = 0;
	read_boot(self->boot);
}

bool proc_owner_alive(const struct proc_owner *owner)
{
	char boot[40], state;
	uint64_t start;

	read_boot(boot);
	if (owner->pid <= 0 || strcmp(boot, owner->boot) != 0)
		return false;
	if (!read_stat(owner->pid, &state, &start))
		return false;
	return start == owner->start && state != 'Z' && state != 'X';
}

int proc_owner_wait(const struct proc_owner *owner, int64_t timeout_ms)
{
	CLEANUP(fd_close)
	int fd = owner && owner->pid > 0 ? (int)syscall(SYS_pidfd_open, owner->pid, 0) : -1;
	struct pollfd end = {.fd = fd, .events = POLLIN};

	/* Checked after the descriptor is held: another process may have its number by now. */
	if (owner && !proc_owner_alive(owner))
		return 0;
	return poll(&end, 1, (int)timeout_ms) == 1 ? 0 : 1;
}

/* Without pidfds, in a kernel or a container that has none, the check comes right before. */
static int send(int fd, pid_t pid, int sig)
{
	return fd >= 0 ? (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) : kill(pid, sig);
}

int proc_owner_signal(const struct proc_owner *owner, int sig, struct fault *why)
{
	CLEANUP(fd_close) int fd = -1;

	if (owner->pid <= 0)
		return 1;
	fd = (int)syscall(SYS_pidfd_open, owner->pid, 0);
	if (fd < 0 && (errno == ESRCH || errno == EINVAL))
		return 1;
	if (fd < 0 && errno != ENOSYS && errno != EPERM)
		return fault_errno(why, "cannot signal process %d", (int)owner->pid);
	/* Checked after the descriptor is held: from here on it means this process and no later one. */
	if (!proc_owner_alive(owner))
		return 1;
	if (send(fd, owner->pid, sig) == 0)
		return 0;
	if (errno == ESRCH)
		return 1;
	return fault_errno(why, "cannot signal process %d", (int)owner->pid);
}
