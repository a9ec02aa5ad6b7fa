/*
 * fs_below: files below a directory in which somebody else writes at the same time. No symbolic link is followed, neither on
 * the way nor at the end, and what is opened is looked at before it is read.
 */
#ifndef BASE_FS_BELOW_H
#define BASE_FS_BELOW_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * Opens the directory that holds `path`, which is relative to `top` ("a/b/name": "<top>/a/b"). With `make` directories that
 * are missing are made, mode 0700. -1 with errno set.
 */
int fs_open_parent(const char *top, const char *path, bool make);

/* The last component of a path. */
const char *fs_basename(const char *path);

/*
 * Appends the bytes of the regular file `name` in `dir` to *out, and fills *st as it was before they were read. 1: there is
 * none; -1 with errno set: ELOOP a link, EISDIR or EINVAL no regular file, EFBIG more than `limit` bytes.
 */
int fs_read_at(int dir, const char *name, struct buf *out, size_t limit, struct stat *st);

/*
 * Replaces `name` in `dir`, whatever it is, atomically and durably: a temporary file beside it, fsync, rename, fsync of the
 * directory. `like` gives mode and owner. -1 with errno set, and the old one is there.
 */
int fs_replace_at(
	int dir, const char *name, const void *bytes, size_t len, const struct stat *like);

#endif
