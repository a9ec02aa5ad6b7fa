#include "base/fs.h"
#include "base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CHUNK 65536

/* A path through a file that is no directory leads to nothing either. */
static bool is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

static int open_retrying(const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static ssize_t read_retrying(int fd, void *into, size_t len)
{
	ssize_t got;

	do
		got = read(fd, into, len);
	while (got < 0 && errno == EINTR);
	return got;
}

static int fsync_retrying(int fd)
{
	int done;

	do
		done = fsync(fd);
	while (done < 0 && errno == EINTR);
	return done;
}

/* --- reading -------------------------------------------------------------------------------- */

static int read_named(int fd, const char *name, struct buf *out, size_t limit, struct fault *why)
{
	size_t total = 0;

	for (;;) {
		/* One byte over the limit is asked for: it tells a full file from a longer one. */
		size_t want = limit - total < CHUNK ? limit - total + 1 : CHUNK;
		ssize_t got;

		buf_reserve(out, want);
		got = read_retrying(fd, out->data + out->len, want);
		if (got < 0) {
			fault_errno(why, "cannot read %s", name);
			break;
		}
		if (!got)
			return 0;
		total += (size_t)got;
		out->len += (size_t)got;
		out->data[out->len] = '\0';
		if (total > limit) {
			fault_set(why, EXIT_FATAL, "%s is larger than %zu bytes", name, limit);
			break;
		}
	}
	buf_cut(out, out->len - total);
	return -1;
}

int fs_read_fd(int fd, struct buf *out, size_t limit, struct fault *why)
{
	return read_named(fd, "the input", out, limit, why);
}

int fs_read(const char *path, struct buf *out, size_t limit, struct fault *why)
{
	CLEANUP(fd_close) int fd = open_retrying(path, O_RDONLY, 0);
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	if (fd < 0 && is_missing(errno))
		return 1;
	if (fd < 0)
		return fault_errno(why, "cannot open '%s'", path);
	buf_printf(&name, "'%s'", path);
	return read_named(fd, name.data, out, limit, why);
}

/* --- writing -------------------------------------------------------------------------------- */

int fs_write_fd(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t put = write(fd, at, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		at += put;
		len -= (size_t)put;
	}
	return 0;
}

/* A file being written, beside the one it will replace; as long as it has a path it is rubbish. */
struct temp {
	char *path;
	int fd;
};

#define TEMP_INIT        \
	{                \
		NULL, -1 \
	}

static void temp_drop(struct temp *temp)
{
	fd_close(&temp->fd);
	if (temp->path)
		unlink(temp->path);
	str_free(&temp->path);
}

static int temp_open(struct temp *temp, const char *target, struct fault *why)
{
	CLEANUP(str_free) char *dir = fs_dirname(target);
	struct buf path = BUF_INIT;

	/* The name does not grow from the target's, which may be as long as names can be. */
	buf_printf(&path, "%s/.tmp-XXXXXX", dir);
	temp->fd = mkostemp(path.data, O_CLOEXEC);
	if (temp->fd < 0) {
		fault_errno(why, "cannot write '%s'", target);
		buf_release(&path);
		return -1;
	}
	temp->path = buf_take(&path);
	return 0;
}

static int sync_dir_of(const char *path)
{
	CLEANUP(str_free) char *dir = fs_dirname(path);
	CLEANUP(fd_close) int fd = open_retrying(dir, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return -1;
	/* Some file systems cannot sync a directory and say so with EINVAL. */
	if (fsync_retrying(fd) < 0 && errno != EINVAL)
		return -1;
	return 0;
}

static int temp_commit(
	struct temp *temp, const char *target, mode_t mode, bool durable, struct fault *why)
{
	if (fchmod(temp->fd, mode) < 0 || (durable && fsync_retrying(temp->fd) < 0))
		return fault_errno(why, "cannot write '%s'", target);
	if (rename(temp->path, target) < 0)
		return fault_errno(why, "cannot replace '%s'", target);
	str_free(&temp->path);
	if (durable && sync_dir_of(target) < 0)
		return fault_errno(why, "cannot sync the directory of '%s'", target);
	return 0;
}

static int replace(const char *path, const void *bytes, size_t len, mode_t mode, bool durable,
	struct fault *why)
{
	CLEANUP(temp_drop) struct temp temp = TEMP_INIT;

	if (temp_open(&temp, path, why) < 0)
		return -1;
	if (fs_write_fd(temp.fd, bytes, len) < 0)
		return fault_errno(why, "cannot write '%s'", path);
	return temp_commit(&temp, path, mode, durable, why);
}

int fs_write(const char *path, const void *bytes, size_t len, mode_t mode, struct fault *why)
{
	return replace(path, bytes, len, mode, true, why);
}

int fs_write_derived(const char *path, const void *bytes, size_t len, struct fault *why)
{
	return replace(path, bytes, len, 0644, false, why);
}

int fs_copy(const char *from, const char *to, mode_t mode, struct fault *why)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer only to be refused. */
	CLEANUP(fd_close) int in = open_retrying(from, O_RDONLY | O_NONBLOCK, 0);
	CLEANUP(temp_drop) struct temp temp = TEMP_INIT;
	CLEANUP(buf_release) struct buf chunk = BUF_INIT;
	struct stat st;
	ssize_t got;

	if (in < 0 || fstat(in, &st) < 0)
		return fault_errno(why, "cannot open '%s'", from);
	if (!S_ISREG(st.st_mode))
		return fault_set(why, EXIT_FATAL, "'%s' is not a regular file", from);
	if (temp_open(&temp, to, why) < 0)
		return -1;
	buf_reserve(&chunk, CHUNK);
	while ((got = read_retrying(in, chunk.data, CHUNK)) > 0)
		if (fs_write_fd(temp.fd, chunk.data, (size_t)got) < 0)
			return fault_errno(why, "cannot write '%s'", to);
	if (got < 0)
		return fault_errno(why, "cannot read '%s'", from);
	return temp_commit(&temp, to, mode, true, why);
}

/* Whether the file is not empty and its last byte is no newline; -1 with errno set. */
static int is_torn(int fd, bool *fresh)
{
	struct stat st;
	char last;

	if (fstat(fd, &st) < 0)
		return -1;
	*fresh = !st.st_size;
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	if (pread(fd, &last, 1, st.st_size - 1) < 0)
		return -1;
	return last != '\n';
}

static int append_line(const char *path, const char *line, bool durable, struct fault *why)
{
	CLEANUP(fd_close) int fd = open_retrying(path, O_RDWR | O_CREAT | O_APPEND, 0644);
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	bool fresh = false;
	int torn;

	if (strchr(line, '\n'))
		return fault_set(why, EXIT_FATAL, "a line for '%s' holds a newline", path);
	if (fd < 0)
		return fault_errno(why, "cannot open '%s'", path);
	torn = is_torn(fd, &fresh);
	if (torn < 0)
		return fault_errno(why, "cannot read '%s'", path);
	buf_printf(&bytes, "%s%s\n", torn ? "\n" : "", line);
	if (fs_write_fd(fd, bytes.data, bytes.len) < 0 || (durable && fsync_retrying(fd) < 0))
		return fault_errno(why, "cannot append to '%s'", path);
	if (durable && fresh && sync_dir_of(path) < 0)
		return fault_errno(why, "cannot sync the directory of '%s'", path);
	return 0;
}

int fs_append_line(const char *path, const char *line, struct fault *why)
{
	return append_line(path, line, true, why);
}

int fs_append_line_derived(const char *path, const char *line, struct fault *why)
{
	return append_line(path, line, false, why);
}

/* --- directories and paths ------------------------------------------------------------------ */

int fs_mkdirs(const char *path, mode_t mode, struct fault *why)
{
	CLEANUP(str_free) char *part = xstrdup(path);
	char *slash = part;

	/* Mostly the parents are there. */
	if (!mkdir(path, mode))
		return 0;
	while (*slash == '/')
		slash++;
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		/* A parent nobody can enter would be of no use. */
		if (mkdir(part, mode | S_IWUSR | S_IXUSR) < 0 && !fs_is_dir(part))
			return fault_errno(why, "cannot create directory '%s'", part);
		*slash++ = '/';
		while (*slash == '/')
			slash++;
	}
	if (mkdir(part, mode) < 0 && !fs_is_dir(part))
		return fault_errno(why, "cannot create directory '%s'", part);
	return 0;
}

mode_t fs_umask(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return mask;
}

bool fs_exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

bool fs_is_dir(const char *path)
{
	int saved = errno;
	struct stat st;
	bool is_dir = !stat(path, &st) && S_ISDIR(st.st_mode);

	errno = saved;
	return is_dir;
}

static void dir_close(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

int fs_list(const char *path, struct vec *names, struct fault *why)
{
	CLEANUP(dir_close) DIR *dir = opendir(path);
	CLEANUP(vec_release) struct vec found = VEC_INIT;
	struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 1;
	if (!dir)
		return fault_errno(why, "cannot open directory '%s'", path);
	while ((errno = 0, entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			vec_push(&found, entry->d_name);
	if (errno)
		return fault_errno(why, "cannot read directory '%s'", path);
	vec_sort(&found);
	for (size_t i = 0; i < found.len; i++)
		vec_push(names, found.items[i]);
	return 0;
}

void fs_spread(const char *dir)
{
	CLEANUP(fd_close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int flags = 0;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || flags & FS_TOPDIR_FL)
		return;
	flags |= FS_TOPDIR_FL;
	ioctl(fd, FS_IOC_SETFLAGS, &flags); /* another kind of file system: nothing to ask for */
}

int64_t fs_free_bytes(const char *path)
{
	struct statvfs st;
	int done;

	do
		done = statvfs(path, &st);
	while (done < 0 && errno == EINTR);
	return done < 0 ? -1 : (int64_t)st.f_bavail * (int64_t)st.f_frsize;
}

char *fs_real(const char *path)
{
	return realpath(path, NULL);
}

char *fs_join(const char *dir, const char *name)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", dir, name);
	return buf_take(&path);
}

bool path_is_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len && dir[len - 1] == '/')
		len--;
	return !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

char *fs_dirname(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len ? xstrndup(path, len) : xstrdup(".");
}
