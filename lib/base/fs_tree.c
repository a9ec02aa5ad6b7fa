/* Whole trees: copied, counted. */
#include "base/alloc.h"
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 30) /* bytes asked of copy_file_range at once */

static void dir_close(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

/* Reads the directory behind a descriptor, which stays open. */
static DIR *read_dir(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);

	if (!dir && own >= 0)
		close(own);
	return dir;
}

/* The next name but `.` and `..`; NULL at the end, with errno 0, or set. */
static const char *next_name(DIR *dir)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry ? entry->d_name : NULL;
}

/* --- copying: -1 with errno set ------------------------------------------------------------------ */

/* By reading and writing, where the kernel does not copy between the two file systems. */
static int copy_slowly(int from, int to)
{
	char bytes[65536];
	ssize_t got;

	while ((got = read(from, bytes, sizeof bytes)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || fs_write_fd(to, bytes, (size_t)got) < 0)
			return -1;
	}
	return 0;
}

static int copy_bytes(int from, int to)
{
	ssize_t got = 0;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	do
		got = copy_file_range(from, NULL, to, NULL, CHUNK, 0);
	while (got > 0);
	return got == 0 ? 0 : copy_slowly(from, to);
}

static int set_times(int dir, const char *name, const struct stat *st)
{
	const struct timespec times[] = {st->st_atim, st->st_mtim};

	return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_file(
	int from_dir, const char *name, int to_dir, const char *as, const struct stat *st)
{
	CLEANUP(fd_close) int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(fd_close) int to = -1;

	if (from < 0)
		return -1;
	to = openat(to_dir, as, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return errno == EEXIST ? 0 : -1;
	if (copy_bytes(from, to) < 0 || fchmod(to, st->st_mode & 0777) < 0)
		return -1;
	return set_times(to_dir, as, st);
}

static int copy_link(
	int from_dir, const char *name, int to_dir, const char *as, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(from_dir, name, target, sizeof target - 1);

	if (len < 0)
		return -1;
	target[len] = '\0';
	if (symlinkat(target, to_dir, as) < 0)
		return errno == EEXIST ? 0 : -1;
	return set_times(to_dir, as, st);
}

static int copy_entry(int from_dir, const char *name, int to_dir, const char *as);

static int copy_entries(int from, int to)
{
	CLEANUP(dir_close) DIR *dir = read_dir(from);
	const char *name;

	if (!dir)
		return -1;
	while ((name = next_name(dir)))
		if (copy_entry(from, name, to, name) < 0)
			return -1;
	return errno ? -1 : 0;
}

static int copy_dir(
	int from_dir, const char *name, int to_dir, const char *as, const struct stat *st)
{
	static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	CLEANUP(fd_close) int from = openat(from_dir, name, flags);
	CLEANUP(fd_close) int to = -1;
	bool fresh;

	if (from < 0)
		return -1;
	fresh = mkdirat(to_dir, as, 0700) == 0;
	if (!fresh && errno != EEXIST)
		return -1;
	to = openat(to_dir, as, flags);
	if (to < 0) /* something else has the name, and keeps it */
		return !fresh && (errno == ENOTDIR || errno == ELOOP) ? 0 : -1;
	if (copy_entries(from, to) < 0)
		return -1;
	if (!fresh)
		return 0;
	return fchmod(to, st->st_mode & 0777) < 0 ? -1 : set_times(to_dir, as, st);
}

static int copy_entry(int from_dir, const char *name, int to_dir, const char *as)
{
	struct stat st;

	if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (S_ISREG(st.st_mode))
		return copy_file(from_dir, name, to_dir, as, &st);
	if (S_ISLNK(st.st_mode))
		return copy_link(from_dir, name, to_dir, as, &st);
	return S_ISDIR(st.st_mode) ? copy_dir(from_dir, name, to_dir, as, &st) : 0;
}

int fs_copy_tree(const char *from, const char *to, struct fault *why)
{
	if (copy_entry(AT_FDCWD, from, AT_FDCWD, to) == 0)
		return 0;
	return fault_errno(why, "cannot copy '%s' to '%s'", from, to);
}

/* --- counting ------------------------------------------------------------------------------------- */

static bool take(int dir, const char *name, size_t *files, uint64_t *bytes);

static bool take_entries(int fd, size_t *files, uint64_t *bytes)
{
	CLEANUP(dir_close) DIR *dir = read_dir(fd);
	const char *name;

	if (!dir)
		return false;
	while ((name = next_name(dir)))
		if (!take(fd, name, files, bytes))
			return false;
	return !errno;
}

static bool take(int dir, const char *name, size_t *files, uint64_t *bytes)
{
	CLEANUP(fd_close) int fd = -1;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !*files ||
		(uint64_t)st.st_size > *bytes)
		return false;
	--*files;
	*bytes -= (uint64_t)st.st_size;
	if (!S_ISDIR(st.st_mode))
		return true;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && take_entries(fd, files, bytes);
}

bool fs_tree_fits(const char *path, size_t *files, uint64_t *bytes)
{
	size_t files_left = *files;
	uint64_t bytes_left = *bytes;

	if (!take(AT_FDCWD, path, &files_left, &bytes_left))
		return false;
	*files = files_left;
	*bytes = bytes_left;
	return true;
}

void fs_identity(const char *path, struct buf *out)
{
	CLEANUP(str_free) char *real = fs_real(path);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		buf_printf(out, "%s: not there\n", path);
	else
		buf_printf(out, "%s: %s %jd %jd.%09ld\n", path, real, (intmax_t)st.st_size,
			(intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}
