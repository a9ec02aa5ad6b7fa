/* Advisory locks. */
#include "base/alloc.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int take(struct fs_lock *lock, const char *path, int how, bool wait, struct fault *why)
{
	CLEANUP(fd_close) int fd = -1;
	int done;

	do
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return fault_errno(why, "cannot open lock '%s'", path);
	do
		done = flock(fd, how | (wait ? 0 : LOCK_NB));
	while (done < 0 && errno == EINTR);
	if (done < 0 && errno == EWOULDBLOCK)
		return 1;
	if (done < 0)
		return fault_errno(why, "cannot lock '%s'", path);
	lock->fd = fd_take(&fd);
	return 0;
}

int fs_lock(struct fs_lock *lock, const char *path, bool wait, struct fault *why)
{
	return take(lock, path, LOCK_EX, wait, why);
}

int fs_lock_shared(struct fs_lock *lock, const char *path, bool wait, struct fault *why)
{
	return take(lock, path, LOCK_SH, wait, why);
}

bool fs_lock_is(const struct fs_lock *lock, const char *path)
{
	struct stat held, named;

	return fstat(lock->fd, &held) == 0 && stat(path, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

void fs_unlock(struct fs_lock *lock)
{
	fd_close(&lock->fd);
}
