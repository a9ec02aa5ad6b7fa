/* Where mounts go in a root directory that is being built. */
#include "base/alloc.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* The next step down, made if it is not there; `fd` is used up. */
static int step(int fd, const char *name, bool is_dir)
{
	int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC | (is_dir ? O_DIRECTORY : 0), next, made = -1;

	next = openat(fd, name, flags);
	if (next < 0 && errno == ENOENT) {
		if (is_dir)
			mkdirat(fd, name, 0755);
		else
			made = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		fd_close(&made);
		next = openat(fd, name, flags);
	}
	fd_close(&fd);
	return next;
}

/* Step by step, where a part of the way is missing. */
static int make_way(int base, const char *at, bool is_dir)
{
	int fd = dup(base);
	char name[NAME_MAX + 1];

	while (fd >= 0 && *at) {
		size_t len = strcspn(at, "/");

		if (len > NAME_MAX) {
			fd_close(&fd);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, at, len);
		name[len] = '\0';
		at += len + (at[len] == '/');
		if (len)
			fd = step(fd, name, is_dir || *at);
	}
	return fd;
}

int point_open(int base, const char *at, bool is_dir)
{
	struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH};
	int fd = (int)syscall(SYS_openat2, base, at + 1, &how, sizeof how);

	return fd < 0 && errno == ENOENT ? make_way(base, at + 1, is_dir) : fd;
}
