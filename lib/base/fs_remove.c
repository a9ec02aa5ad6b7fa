/*
 * Removal of trees that nobody promised anything about: they may be deeper than a path can name or
 * than descriptors suffice, locked against writing, and changing under our hands. So there is one
 * open directory at a time, a list of what is left on each level above it, and the way up is proven
 * by inode: a directory moved elsewhere meanwhile never leads the removal out of the tree.
 */
#include "base/alloc.h"
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct level {
	dev_t dev;
	ino_t ino;
	struct vec dirs; /* subdirectories still to go; the last one is being entered */
};

struct removal {
	const char *root; /* without trailing slashes */
	int fd;           /* the directory of the deepest level */
	struct level *levels;
	size_t len, cap;
};

static void removal_end(struct removal *r)
{
	for (size_t i = 0; i < r->len; i++)
		vec_release(&r->levels[i].dirs);
	free(r->levels);
	fd_close(&r->fd);
}

static int fail(const struct removal *r, const char *name, struct fault *why)
{
	if (!r->len)
		return fault_errno(why, "cannot remove '%s'", r->root);
	return fault_errno(why, "cannot remove '%s' in '%s'", name, r->root);
}

/* Gives the owner all rights on a directory that cannot be opened, by descriptor: never through a link. */
static int open_locked(int at, const char *name)
{
	CLEANUP(fd_close) int fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char proc[64];

	if (fd < 0)
		return -1;
	snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
	if (chmod(proc, S_IRWXU) < 0)
		return -1;
	return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 && errno == EACCES ? open_locked(at, name) : fd;
}

/* Removes what is no directory from the level's directory and notes the directories. */
static int sweep(struct removal *r, struct level *level, struct fault *why)
{
	int copy = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int done = 0;

	if (!dir) {
		fail(r, ".", why);
		fd_close(&copy);
		return -1;
	}
	while (!done && (errno = 0, entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (entry->d_type == DT_DIR || (unlinkat(r->fd, name, 0) < 0 && errno == EISDIR))
			vec_push(&level->dirs, name);
		else if (errno && errno != ENOENT)
			done = fail(r, name, why);
	}
	if (!done && errno)
		done = fail(r, ".", why);
	closedir(dir);
	return done;
}

/* Enters a directory below the deepest level (or the root) and sweeps it. 1: it is gone already. */
static int enter(struct removal *r, const char *name, struct fault *why)
{
	int fd = open_dir(r->len ? r->fd : AT_FDCWD, name);
	struct level *level;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0 || fstat(fd, &st) < 0) {
		fail(r, name, why);
		fd_close(&fd);
		return -1;
	}
	/* Not ours to change: then the removals below say what is wrong. */
	if ((st.st_mode & S_IRWXU) != S_IRWXU)
		(void)fchmod(fd, (st.st_mode & 07777) | S_IRWXU);
	fd_close(&r->fd);
	r->fd = fd;
	GROW(r->levels, r->len, r->cap);
	level = &r->levels[r->len++];
	*level = (struct level){st.st_dev, st.st_ino, VEC_INIT};
	return sweep(r, level, why);
}

static void forget_last(struct vec *v)
{
	str_free(&v->items[--v->len]);
}

/* Back to the parent of an emptied directory, which is then removed there. */
static int leave(struct removal *r, struct fault *why)
{
	struct level *up;
	struct stat st;
	int fd;

	vec_release(&r->levels[--r->len].dirs);
	if (!r->len) {
		fd_close(&r->fd);
		if (rmdir(r->root) < 0 && errno != ENOENT)
			return fail(r, r->root, why);
		return 0;
	}
	up = &r->levels[r->len - 1];
	fd = openat(r->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd_close(&r->fd);
	r->fd = fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(r, up->dirs.items[up->dirs.len - 1], why);
	if (st.st_dev != up->dev || st.st_ino != up->ino)
		return fault_set(why, EXIT_FATAL,
			"cannot remove '%s': its directories are being moved", r->root);
	if (unlinkat(fd, up->dirs.items[up->dirs.len - 1], AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fail(r, up->dirs.items[up->dirs.len - 1], why);
	forget_last(&up->dirs);
	return 0;
}

static int remove_tree(struct removal *r, struct fault *why)
{
	int done = enter(r, r->root, why);

	while (!done && r->len) {
		struct vec *dirs = &r->levels[r->len - 1].dirs;

		if (!dirs->len) {
			done = leave(r, why);
			continue;
		}
		done = enter(r, dirs->items[dirs->len - 1], why);
		if (done == 1) {
			forget_last(dirs);
			done = 0;
		}
	}
	return done < 0 ? -1 : 0;
}

int fs_remove(const char *path, struct fault *why)
{
	CLEANUP(str_free) char *root = xstrdup(path);
	CLEANUP(removal_end) struct removal r = {root, -1, NULL, 0, 0};
	size_t len = strlen(root);

	/* "link/" would mean what the link points to. */
	while (len > 1 && root[len - 1] == '/')
		root[--len] = '\0';
	if (!unlink(root) || errno == ENOENT || errno == ENOTDIR)
		return 0;
	if (errno != EISDIR)
		return fail(&r, root, why);
	return remove_tree(&r, why);
}
