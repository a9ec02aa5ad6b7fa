/*
 * fs: files and directories. A write that matters is atomic and durable: a reader, or a machine
 * that loses power, sees the old file or the new one, never a part.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Appends the file's bytes to *out. 1: there is no such file. More than `limit` bytes is a fault. */
int fs_read(const char *path, struct buf *out, size_t limit, struct fault *why);

/* Appends everything the descriptor gives until its end, at most `limit` bytes (more is a fault). */
int fs_read_fd(int fd, struct buf *out, size_t limit, struct fault *why);

/* Writes all of it, over short writes and EINTR. Returns -1 with errno set. */
int fs_write_fd(int fd, const void *bytes, size_t len);

/* Replaces `path`: a temporary file beside it, fsync, rename, fsync of the directory. */
int fs_write(const char *path, const void *bytes, size_t len, mode_t mode, struct fault *why);

/* As fs_write with mode 0644, without the two fsyncs: for what can be derived again. */
int fs_write_derived(const char *path, const void *bytes, size_t len, struct fault *why);

/*
 * Appends one line (a newline is added) in one write and fsyncs it. A torn last line (no newline: a
 * machine reset) is first closed by a newline of its own, so that it never swallows this one.
 */
int fs_append_line(const char *path, const char *line, struct fault *why);

/* The same without the fsync: for what need not outlast the machine. */
int fs_append_line_derived(const char *path, const char *line, struct fault *why);

/* Creates the directory and its missing parents; one that exists already is fine. */
int fs_mkdirs(const char *path, mode_t mode, struct fault *why);

/*
 * Removes a file or a whole tree, never following a symbolic link, making directories writable on
 * the way. What is not there is fine.
 */
int fs_remove(const char *path, struct fault *why);

/* Copies one regular file's bytes to a new file `to` with `mode`, atomically. */
int fs_copy(const char *from, const char *to, mode_t mode, struct fault *why);

/*
 * Copies a file, a link or a whole tree with modes and times, as blocks that are shared until one side is written where the file system
 * can do that. What is at `to` already stays: of two directories the contents are joined. Sockets, pipes and devices are left out.
 * Neither tree may change meanwhile.
 */
int fs_copy_tree(const char *from, const char *to, struct fault *why);

/* What a tree holds is taken from *files and *bytes, what is left of both; false: there is more than that, or it cannot be read. */
bool fs_tree_fits(const char *path, size_t *files, uint64_t *bytes);

/* Appends what tells one file from its successor: real path, size, time of the last change; or that it is not there. */
void fs_identity(const char *path, struct buf *out);

/* The process's umask(2), which stays. Not where another thread makes files. */
mode_t fs_umask(void);

bool fs_exists(const char *path); /* lstat succeeds */
bool fs_is_dir(const char *path); /* follows links */

/* Pushes the names in a directory, sorted, without . and .. ; 1: there is no such directory. */
int fs_list(const char *path, struct vec *names, struct fault *why);

/* Bytes a non-root user may still write on the file system of `path`; -1 with errno set. */
int64_t fs_free_bytes(const char *path);

/*
 * Asks for the directories made in this one to be placed apart on the disk (chattr(1), +T), where the file system knows of that. ext4
 * looks at every file that was deleted nearby in the last minutes before it makes a new one: after a large checkout is removed,
 * making another beside it takes four times as long (find_inode_bit and recently_deleted in Linux' fs/ext4/ialloc.c).
 */
void fs_spread(const char *dir);

/* Absolute, links resolved; NULL with errno set. The caller frees. */
char *fs_real(const char *path);

/* "<dir>/<name>"; the caller frees. */
char *fs_join(const char *dir, const char *name);

/* `path` is `dir` or below it, as names go. */
bool path_is_in(const char *path, const char *dir);

/* The directory part of a path ("." if none); the caller frees. */
char *fs_dirname(const char *path);

/* An advisory lock on a lock file; the kernel drops it when the holder dies. */
struct fs_lock {
	int fd; /* -1: not held */
};

#define FS_LOCK_INIT \
	{            \
		-1   \
	}

/* Takes the lock, creating the file; `wait` false: 1 if somebody else holds it. */
int fs_lock(struct fs_lock *lock, const char *path, bool wait, struct fault *why);

/* The same, with others who hold it like this, and never beside one who holds it whole. */
int fs_lock_shared(struct fs_lock *lock, const char *path, bool wait, struct fault *why);

/* Whether the file locked is still the one called `path`: whoever held it whole may have removed it. */
bool fs_lock_is(const struct fs_lock *lock, const char *path);
void fs_unlock(struct fs_lock *lock);

#endif
