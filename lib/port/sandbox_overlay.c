/* Directories given copy-on-write: overlayfs, mounted in the box's own user and mount namespaces. */
#include "base/alloc.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_fsopen
#define SYS_fsopen   430
#define SYS_fsconfig 431
#define SYS_fsmount  432
#endif

enum { LOWER, OVER, UPPER, WORK, DIRS };

static int set(int context, unsigned command, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, context, command, key, value, 0);
}

/*
 * A directory is handed over by its descriptor's name: what its own name may hold (a comma, a colon, a backslash) means something
 * else to each kernel. Some look the names up only as the file system is made, so the descriptors stay open until then.
 */
static int open_dirs(const struct view_item *item, int fds[DIRS], char what[PROC_WHAT_MAX])
{
	const char *const paths[] = {item->real, item->over, item->upper, item->work};

	for (int i = 0; i < DIRS; i++) {
		if (!paths[i])
			continue;
		fds[i] = open(paths[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fds[i] < 0)
			return layer_failed(what, "overlay: '%s'", paths[i]);
	}
	return 0;
}

static int set_dirs(
	int context, const struct view_item *item, const int fds[DIRS], char what[PROC_WHAT_MAX])
{
	char lower[128], upper[64], work[64];

	if (item->over)
		snprintf(lower, sizeof lower, "/proc/self/fd/%d:/proc/self/fd/%d", fds[OVER],
			fds[LOWER]);
	else
		snprintf(lower, sizeof lower, "/proc/self/fd/%d", fds[LOWER]);
	snprintf(upper, sizeof upper, "/proc/self/fd/%d", fds[UPPER]);
	snprintf(work, sizeof work, "/proc/self/fd/%d", fds[WORK]);
	if (set(context, FSCONFIG_SET_STRING, "lowerdir", lower) < 0 ||
		set(context, FSCONFIG_SET_STRING, "upperdir", upper) < 0 ||
		set(context, FSCONFIG_SET_STRING, "workdir", work) < 0)
		return layer_failed(what, "overlay of '%s'", item->real);
	return 0;
}

/* The mark that a mount before this one did not write itself out, for which the kernel would refuse this one. */
static void forget_volatile(int work)
{
	unlinkat(work, "work/incompat/volatile/dirty", 0);
	unlinkat(work, "work/incompat/volatile", AT_REMOVEDIR);
	unlinkat(work, "work/incompat", AT_REMOVEDIR);
}

/*
 * Without privileges the kernel keeps its notes in attributes named user.overlay. What is written outlasts the box, but need not
 * outlast the machine: otherwise the end of a box would wait until all of the file system below is on disk, the checkout too.
 */
static int make(int context, const struct view_item *item, int fds[DIRS], char what[PROC_WHAT_MAX])
{
	int mount;

	if (open_dirs(item, fds, what) < 0 || set_dirs(context, item, fds, what) < 0)
		return -1;
	forget_volatile(fds[WORK]);
	if (set(context, FSCONFIG_SET_FLAG, "userxattr", NULL) < 0 ||
		set(context, FSCONFIG_SET_FLAG, "volatile", NULL) < 0 ||
		set(context, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return layer_failed(what, "overlay of '%s'", item->real);
	mount = (int)syscall(
		SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return mount < 0 ? layer_failed(what, "overlay of '%s'", item->real) : mount;
}

int overlay_open(const struct view_item *item, char what[PROC_WHAT_MAX])
{
	int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	int fds[DIRS] = {-1, -1, -1, -1}, mount, error;

	if (context < 0)
		return layer_failed(what, "overlay");
	mount = make(context, item, fds, what);
	error = errno;
	for (int i = 0; i < DIRS; i++)
		fd_close(&fds[i]);
	close(context);
	errno = error;
	return mount;
}
