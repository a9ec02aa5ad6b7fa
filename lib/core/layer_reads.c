#include "core/layer_reads.h"
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than a step of the clock that files get their times from, which a file written last may be ahead of by one. */
#define TICK_NS 20000000L

struct file { /* a line of git ls-tree: "<mode> <type> <id>\t<path>" */
	const char *id;
	size_t id_len;
	const char *path;
};

struct files { /* by path, bytes */
	struct file *items;
	size_t len, cap;
};

static void files_release(struct files *f)
{
	free(f->items);
}

static void files_read(struct files *f, const struct buf *tree)
{
	for (const char *at = tree->data, *end = at + tree->len; at < end; at += strlen(at) + 1) {
		const char *tab = strchr(at, '\t'), *space = tab;

		while (space && space > at && space[-1] != ' ')
			space--;
		if (!tab)
			continue;
		GROW(f->items, f->len, f->cap);
		f->items[f->len++] = (struct file){space, (size_t)(tab - space), tab + 1};
	}
}

/* The first whose path is not before this. */
static size_t find(const struct files *f, const char *path)
{
	size_t low = 0, high = f->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(f->items[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The names in a directory, "" or one that ends in a slash, as one id. */
static void put_listing(const struct files *f, const char *dir, struct buf *out)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	size_t skip = strlen(dir), last = 0;
	char hash[HASH_HEX_SIZE];

	for (size_t i = find(f, dir); i < f->len && !strncmp(f->items[i].path, dir, skip); i++) {
		const char *name = f->items[i].path + skip;
		size_t len = strcspn(name, "/");

		/* Those of one directory below stand together. */
		if (names.len && len == names.len - last - 1 &&
			!memcmp(names.data + last, name, len))
			continue;
		last = names.len;
		buf_add(&names, name, len);
		buf_putc(&names, '\n');
	}
	hash_hex(names.data, names.len, hash);
	buf_printf(out, "%.16s", hash);
}

/* "<id> <path>"; a directory ends in a slash, the root is "/". */
static void put_record(const struct files *f, const char *path, struct buf *out)
{
	size_t len = strlen(path), at;

	if (len && path[len - 1] == '/') {
		put_listing(f, len == 1 ? "" : path, out);
	} else {
		at = find(f, path);
		if (at < f->len && !strcmp(f->items[at].path, path))
			buf_add(out, f->items[at].id, f->items[at].id_len);
		else
			buf_putc(out, '-');
	}
	buf_printf(out, " %s", path);
}

/* --- finding out -------------------------------------------------------------------------------- */

struct timespec layer_reads_begin(void)
{
	const struct timespec tick = {0, TICK_NS};
	struct timespec now;

	nanosleep(&tick, NULL);
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now;
}

static bool was_read(const struct checkout *c, const char *path, struct timespec since)
{
	CLEANUP(str_free) char *file = fs_join(c->tree, path);
	struct stat st;

	return lstat(file, &st) == 0 &&
	       (st.st_atim.tv_sec > since.tv_sec ||
		       (st.st_atim.tv_sec == since.tv_sec && st.st_atim.tv_nsec >= since.tv_nsec));
}

static void note(const struct files *f, const char *path, struct buf *out)
{
	buf_putc(out, 'r');
	put_record(f, path, out);
	buf_putc(out, '\0');
}

/* The directories on the way to a file that are not on the way to the one before it. */
static void note_dirs(const struct files *f, size_t i, const struct checkout *c,
	struct timespec since, struct buf *out)
{
	const char *path = f->items[i].path, *before = i ? f->items[i - 1].path : "";

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - path) + 1;
		CLEANUP(str_free) char *dir = xstrndup(path, len);

		if (strncmp(before, path, len) != 0 && was_read(c, dir, since))
			note(f, dir, out);
	}
}

void layer_reads_note(
	const struct layer *l, const struct checkout *c, struct timespec since, struct buf *out)
{
	CLEANUP(files_release) struct files files = {0};

	files_read(&files, &l->tree);
	if (was_read(c, "", since))
		note(&files, "/", out);
	for (size_t i = 0; i < files.len; i++) {
		note_dirs(&files, i, c, since, out);
		if (was_read(c, files.items[i].path, since))
			note(&files, files.items[i].path, out);
	}
}

/* --- comparing ---------------------------------------------------------------------------------- */

static const char *path_of(const char *record)
{
	return strchr(record, ' ') + 1;
}

bool layer_reads_same(const struct layer *l, const struct buf *tree)
{
	CLEANUP(files_release) struct files files = {0};
	bool same = true;

	if (!l->reads.len)
		return true;
	files_read(&files, tree);
	for (size_t i = 0; same && i < l->reads.len; i++) {
		CLEANUP(buf_release) struct buf now = BUF_INIT;

		put_record(&files, path_of(l->reads.items[i]), &now);
		same = !strcmp(now.data, l->reads.items[i]);
	}
	return same;
}

void layer_reads_vary(struct layer *l)
{
	CLEANUP(files_release) struct files files = {0};
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	files_read(&files, &l->tree);
	buf_printf(&text, "layer %s\n", l->key);
	for (size_t i = 0; i < l->reads.len; i++) {
		put_record(&files, path_of(l->reads.items[i]), &text);
		buf_putc(&text, '\n');
	}
	hash_hex(text.data, text.len, l->key);
	layer_set_path(l, NULL);
}
