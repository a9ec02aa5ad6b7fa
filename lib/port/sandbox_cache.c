/*
 * The caches that tools keep in the person's HOME: a box may read them and write to a copy. They are seen at the same place of the
 * box's own HOME, or where they are if a variable says so to the tool. Where no copy can be given, those that a variable leads to
 * can be read.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox_private.h"

static char *part(const struct box *box, const struct toolchain_cache *cache, const char *name)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s/%s", box->cache, cache->name, name);
	return buf_take(&path);
}

int cache_dirs(const struct box *box, const struct toolchains *tools, struct fault *why)
{
	for (size_t i = 0; box->cache && i < tools->caches_len; i++) {
		CLEANUP(str_free) char *upper = part(box, &tools->caches[i], "upper");
		CLEANUP(str_free) char *work = part(box, &tools->caches[i], "work");

		if (fs_mkdirs(upper, 0700, why) < 0 || fs_mkdirs(work, 0700, why) < 0)
			return -1;
	}
	return 0;
}

/* One that nobody has yet begins empty. */
static void show_copy(struct view *v, const struct box *box, const struct toolchain_cache *cache)
{
	CLEANUP(str_free) char *upper = part(box, cache, "upper"), *work = part(box, cache, "work");
	CLEANUP(str_free)
	char *at = cache->at ? fs_join(box->home, cache->at) : xstrdup(cache->from);
	CLEANUP(str_free)
	char *over = box->cache_over ? fs_join(box->cache_over, cache->name) : NULL;
	char *below = fs_real(cache->from);

	if (over && !fs_is_dir(over))
		str_free(&over);
	if (!below) {
		below = over;
		over = NULL;
	}
	if (below)
		view_add_cow(v, below, at, over, upper, work);
	else
		view_add_write(v, upper, at);
}

static void show_itself(struct view *v, const struct toolchain_cache *cache)
{
	if (!cache->at)
		view_add_read(v, cache->from);
}

void cache_show(struct view *v, const struct box *box, const struct toolchains *tools)
{
	for (size_t i = 0; i < tools->caches_len; i++)
		if (box->cache && box->home && v->placed)
			show_copy(v, box, &tools->caches[i]);
		else
			show_itself(v, &tools->caches[i]);
}
