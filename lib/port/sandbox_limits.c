/* The limits' layer: rlimits, the number of processes, and no capabilities. */
#include "port/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIDS_LEAST 301 /* the kernel takes no less */

/*
 * RLIMIT_NPROC does not bind root. A kernel before 6.14 knows no limit per pid namespace: writing it fails, and root has as
 * many as the machine, a nuisance and no way out. In the first namespace it would be everybody's: the keeper is in one of
 * its own.
 */
void limits_enter(const struct cell *c)
{
	uint64_t count = c->limits.processes;
	char text[32];
	int fd, len;

	if (!count || getpid() != 1)
		return;
	len = snprintf(text, sizeof text, "%" PRIu64, count < PIDS_LEAST ? PIDS_LEAST : count);
	fd = open("/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, text, (size_t)len) != len)
		errno = 0;
	if (fd >= 0)
		close(fd);
}

static int lower(int resource, uint64_t value)
{
	struct rlimit limit;

	if (!value)
		return 0;
	if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return -1;
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit((__rlimit_resource_t)resource, &limit);
}

int limits_seal(const struct cell *c, char what[PROC_WHAT_MAX])
{
	const struct box_limits *l = &c->limits;

	/* RLIMIT_AS would count what a runtime merely reserves. */
	if (lower(RLIMIT_DATA, l->memory) < 0 || lower(RLIMIT_FSIZE, l->file_size) < 0 ||
		lower(RLIMIT_CPU, l->cpu) < 0 || lower(RLIMIT_NPROC, l->processes) < 0)
		return layer_failed(what, "limits");
	return 0;
}

int limits_drop_caps(char what[PROC_WHAT_MAX])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	/* Root is nobody to execve(2) from here on; an ordinary user without a namespace cannot say so and need not. */
	prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &header, none) < 0)
		return layer_failed(what, "capabilities");
	return 0;
}
