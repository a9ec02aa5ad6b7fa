#include "core/lfs.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/fs_below.h"
#include "base/text.h"
#include "port/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POINTER_MAX 1024                /* bytes; the specification says less than that */
#define OBJECT_MAX  ((uint64_t)4 << 30) /* bytes, as of a pack of an agent's */

/* "key value\n" at *at, which is moved behind it; false: another line. */
static bool take_line(const char **at, const char *key, const char **value, size_t *len)
{
	size_t skip = strlen(key);
	const char *end = strchr(*at, '\n');

	if (strncmp(*at, key, skip) != 0 || !end)
		return false;
	*value = *at + skip;
	*len = (size_t)(end - *value);
	*at = end + 1;
	return true;
}

bool lfs_parse(const char *bytes, size_t len, struct lfs_pointer *out)
{
	CLEANUP(str_free) char *text = len < POINTER_MAX ? xstrndup(bytes, len) : NULL;
	const char *at = text, *value;
	size_t got;

	if (!text || strlen(text) != len ||
		!take_line(&at, "version https://git-lfs.github.com/spec/v1", &value, &got) || got)
		return false;
	while (take_line(&at, "ext-", &value, &got))
		;
	if (!take_line(&at, "oid sha256:", &value, &got) || got != 64 ||
		strspn(value, "0123456789abcdef") != got)
		return false;
	snprintf(out->oid, sizeof out->oid, "%.64s", value);
	if (!take_line(&at, "size ", &value, &got) || !got || got > 18 || *at ||
		strspn(value, "0123456789") != got)
		return false;
	out->size = strtoull(value, NULL, 10);
	return true;
}

static char *place_of(const struct lfs_pointer *p)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%.2s/%.2s/%s", p->oid, p->oid + 2, p->oid);
	return buf_take(&path);
}

static int refuse(struct fault *why, const char *path, const char *what)
{
	fault_set(why, EXIT_REFUSED, "the content git-lfs is to keep of '%s' %s", path, what);
	return fault_reason(why, "bad_lfs_object");
}

/* The agent's: no link is followed, and nothing but a file of the pointer's size is read. 1: there is none. */
static int open_theirs(const char *git_dir, const char *place, const struct lfs_pointer *p,
	const char *path, int *fd, struct fault *why)
{
	CLEANUP(str_free) char *below = fs_join("lfs/objects", place);
	CLEANUP(fd_close) int dir = fs_open_parent(git_dir, below, false);
	struct stat st;

	*fd = dir < 0 ? -1 : openat(dir, p->oid, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return errno == ENOENT ? 1 : refuse(why, path, "is behind a link, or no file");
	if (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode))
		return refuse(why, path, "is no file");
	if ((uint64_t)st.st_size != p->size)
		return refuse(why, path, "is not of the size its pointer says");
	if (p->size > OBJECT_MAX)
		return refuse(why, path, "is larger than 4 GiB");
	return 0;
}

static int keep(
	int from, const char *to, const struct lfs_pointer *p, const char *path, struct fault *why)
{
	CLEANUP(str_free) char *dir = fs_dirname(to);
	CLEANUP(str_free) char *temporary = fs_join(dir, ".git-agent-XXXXXX");
	CLEANUP(fd_close) int out = -1;
	char hash[HASH_HEX_SIZE];
	uint64_t copied;
	int done;

	if (fs_mkdirs(dir, 0777, why) < 0)
		return -1;
	out = mkostemp(temporary, O_CLOEXEC);
	if (out < 0)
		return fault_errno(why, "cannot write in '%s'", dir);
	done = hash_copy(from, out, p->size, &copied, hash);
	if (done < 0)
		fault_errno(why, "cannot copy what git-lfs keeps of '%s'", path);
	else if (copied != p->size || strcmp(hash, p->oid) != 0)
		done = refuse(why, path, "is not what its name says");
	else if (fchmod(out, 0666 & ~fs_umask()) < 0 || fsync(out) < 0 || rename(temporary, to) < 0)
		done = fault_errno(why, "cannot keep '%s'", to);
	if (done < 0)
		unlink(temporary);
	return done;
}

static int take(const char *store, const char *git_dir, const struct lfs_pointer *p,
	const char *path, struct vec *missing, struct fault *why)
{
	CLEANUP(str_free) char *place = place_of(p), *to = fs_join(store, place);
	CLEANUP(fd_close) int from = -1;
	int found;

	if (!p->size || fs_exists(to))
		return 0;
	found = open_theirs(git_dir, place, p, path, &from, why);
	if (found == 1)
		vec_push(missing, path);
	return found ? (found < 0 ? -1 : 0) : keep(from, to, p, path, why);
}

int lfs_import(struct repo *repo, const struct repo_changes *changes, const char *tree,
	const char *store, const char *git_dir, struct vec *missing, struct fault *why)
{
	for (size_t i = 0; i < changes->len; i++) {
		const struct repo_change *change = &changes->items[i];
		CLEANUP(buf_release) struct buf blob = BUF_INIT;
		CLEANUP(str_free) char *shown = text_cleaned(change->path);
		struct lfs_pointer p;
		struct fault large = FAULT_INIT;

		if (!S_ISREG(change->new_mode) ||
			repo_blob(repo, tree, change->path, &blob, &large) != 0)
			continue;
		if (lfs_parse(blob.data, blob.len, &p) &&
			take(store, git_dir, &p, shown, missing, why) < 0)
			return -1;
	}
	return 0;
}
