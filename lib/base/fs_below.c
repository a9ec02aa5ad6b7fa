#include "base/fs_below.h"
#include "base/alloc.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int open_step(int at, const char *name, bool make)
{
	if (make && mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(at, name, DIR_FLAGS);
}

int fs_open_parent(const char *top, const char *path, bool make)
{
	CLEANUP(fd_close) int at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *slash;

	for (; at >= 0 && (slash = strchr(path, '/')); path = slash + strspn(slash, "/")) {
		CLEANUP(str_free) char *name = xstrndup(path, (size_t)(slash - path));
		CLEANUP(fd_close) int above = fd_take(&at);

		at = open_step(above, name, make);
	}
	return fd_take(&at);
}

const char *fs_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

int fs_read_at(int dir, const char *name, struct buf *out, size_t limit, struct stat *st)
{
	/* O_NONBLOCK: a FIFO must not make us wait. */
	CLEANUP(fd_close)
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t before = out->len;
	ssize_t got = 1;

	if (fd < 0)
		return errno == ENOENT ? 1 : -1;
	if (fstat(fd, st) < 0)
		return -1;
	if (!S_ISREG(st->st_mode))
		return refuse(S_ISDIR(st->st_mode) ? EISDIR : EINVAL);
	if ((size_t)st->st_size > limit)
		return refuse(EFBIG);
	/* One byte over the limit is room to see that it has grown past it. */
	buf_reserve(out, limit + 1);
	while (out->len - before <= limit) {
		got = read(fd, out->data + out->len, limit + 1 - (out->len - before));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		out->len += (size_t)got;
		out->data[out->len] = '\0';
	}
	if (out->len - before <= limit && !got)
		return 0;
	buf_cut(out, before);
	return got < 0 ? -1 : refuse(EFBIG);
}

static int fill(int fd, const void *bytes, size_t len, const struct stat *like)
{
	struct stat st;

	if (fs_write_fd(fd, bytes, len) < 0 || fstat(fd, &st) < 0)
		return -1;
	if ((st.st_uid != like->st_uid || st.st_gid != like->st_gid) &&
		fchown(fd, like->st_uid, like->st_gid) < 0)
		return -1;
	return fchmod(fd, like->st_mode & 07777) < 0 || fsync(fd) < 0 ? -1 : 0;
}

int fs_replace_at(int dir, const char *name, const void *bytes, size_t len, const struct stat *like)
{
	char temp[64];
	CLEANUP(fd_close) int fd = -1;
	int error;

	snprintf(temp, sizeof temp, ".tmp-git-agent-%ld", (long)getpid());
	unlinkat(dir, temp, 0);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (fill(fd, bytes, len, like) == 0 && renameat(dir, temp, dir, name) == 0)
		return fsync(dir) < 0 && errno != EINVAL ? -1 : 0;
	error = errno;
	unlinkat(dir, temp, 0);
	return refuse(error);
}
