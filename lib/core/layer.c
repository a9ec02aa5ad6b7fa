#include "core/layer.h"
#include "base/alloc.h"
#include "core/layer_reads.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LIST_MAX ((size_t)64 << 20)

void layer_init(struct layer *l)
{
	*l = (struct layer){
		.lock = FS_LOCK_INIT, .dirs = VEC_INIT, .copies = VEC_INIT, .loose = VEC_INIT};
}

void layer_release(struct layer *l)
{
	str_free(&l->path);
	str_free(&l->cache);
	fs_unlock(&l->lock);
	vec_release(&l->dirs);
	vec_release(&l->copies);
	vec_release(&l->reads);
	vec_release(&l->loose);
	buf_release(&l->tree);
}

bool layer_held(const struct layer *l)
{
	return l->lock.fd >= 0;
}

/* The list that layer_make wrote: a letter and what it is about, ended by a NUL. */
static int read_list(struct layer *l, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(l->path, "list");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const struct {
		char letter;
		struct vec *list;
	} kinds[] = {{'d', &l->dirs}, {'c', &l->copies}, {'r', &l->reads}, {'l', &l->loose}};
	int found = fs_read(path, &text, LIST_MAX, why);

	if (found)
		return found < 0 ? -1 : fault_set(why, EXIT_FATAL, "'%s' is damaged", l->path);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		vec_clear(kinds[i].list);
	for (const char *at = text.data, *end = at + text.len; at < end; at += strlen(at) + 1)
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			if (*at == kinds[i].letter)
				vec_push(kinds[i].list, at + 1);
	return 0;
}

static int find_named(struct layer *l, struct fault *why)
{
	CLEANUP(str_free) char *dir = fs_dirname(l->path);
	CLEANUP(buf_release) struct buf lock = BUF_INIT;
	int taken;

	buf_printf(&lock, "%s.lock", l->path);
	if (fs_mkdirs(dir, 0700, why) < 0)
		return -1;
	taken = fs_lock_shared(&l->lock, lock.data, false, why);
	if (taken)
		return taken < 0 ? -1 : LAYER_BUSY;
	if (!fs_is_dir(l->path) || !fs_lock_is(&l->lock, lock.data)) {
		fs_unlock(&l->lock);
		return LAYER_MISSING;
	}
	/* The time of its last use. */
	futimens(l->lock.fd, NULL);
	return read_list(l, why) < 0 ? -1 : LAYER_THERE;
}

int layer_find(struct layer *l, struct fault *why)
{
	int state;

	while ((state = find_named(l, why)) == LAYER_THERE && !layer_reads_same(l, &l->tree)) {
		layer_reads_vary(l);
		fs_unlock(&l->lock);
	}
	if (state == LAYER_THERE)
		buf_release(&l->tree);
	return state;
}

/* --- removing those that nobody uses ------------------------------------------------------------- */

/* One that is half gone must not be taken for whole: it loses its name first. */
static void remove_layer(const char *path, const char *lock)
{
	CLEANUP(buf_release) struct buf gone = BUF_INIT, unfinished = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	buf_printf(&gone, "%s.gone", path);
	buf_printf(&unfinished, "%s.new", path);
	if (!fs_remove(gone.data, &ignored) && !fs_remove(unfinished.data, &ignored) &&
		(!rename(path, gone.data) || !fs_is_dir(path)) && !fs_remove(gone.data, &ignored))
		fs_remove(lock, &ignored);
}

static void prune(const char *path, int64_t unused_ms)
{
	CLEANUP(fs_unlock) struct fs_lock held = FS_LOCK_INIT;
	CLEANUP(buf_release) struct buf lock = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	struct stat st;

	buf_printf(&lock, "%s.lock", path);
	if (fs_lock(&held, lock.data, false, &ignored) || !fs_lock_is(&held, lock.data) ||
		fstat(held.fd, &st) < 0 || (int64_t)(time(NULL) - st.st_mtime) * 1000 < unused_ms)
		return;
	remove_layer(path, lock.data);
}

void layer_prune(const char *root, int64_t unused_ms)
{
	static const char suffix[] = ".lock";
	CLEANUP(str_free) char *dir = fs_join(root, LAYER_DIR);
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;

	if (fs_list(dir, &names, &ignored))
		return;
	for (size_t i = 0; i < names.len; i++) {
		char *end = strstr(names.items[i], suffix);
		CLEANUP(str_free) char *path = NULL;

		if (!end || end[strlen(suffix)])
			continue;
		*end = '\0';
		path = fs_join(dir, names.items[i]);
		prune(path, unused_ms);
	}
}
