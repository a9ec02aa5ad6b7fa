/* A layer in a checkout. */
#include "base/alloc.h"
#include "core/layer.h"
#include "core/setup.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Where the layer's own copy of a path is. */
static char *source(const struct layer *l, const char *path)
{
	struct buf at = BUF_INIT;

	buf_printf(&at, "%s/tree/%s", l->path, path);
	return buf_take(&at);
}

/*
 * Whether the commit, which is anybody's, still has the directory that a path of the layer is in. It had it when setup ran: git
 * names the topmost directory in which it tracks nothing.
 */
static bool has_way(const struct checkout *c, const char *path)
{
	CLEANUP(str_free) char *above = fs_dirname(path), *dir = fs_join(c->tree, above);

	return fs_is_dir(dir) && !setup_meets_link(c, above);
}

/* A directory of the checkout takes what is written. What says of itself that git is to ignore it says so there too. */
static int attach_dir(
	const struct layer *l, const struct checkout *c, const char *path, struct fault *why)
{
	CLEANUP(str_free) char *to = fs_join(c->tree, path), *lower = source(l, path);
	CLEANUP(str_free)
	char *from = fs_join(lower, ".gitignore"), *rules = fs_join(to, ".gitignore");
	struct stat st;

	if (lstat(to, &st) == 0 && !S_ISDIR(st.st_mode))
		return 0;
	if (fs_mkdirs(to, 0755, why) < 0)
		return -1;
	return lstat(from, &st) == 0 && S_ISREG(st.st_mode) ? fs_copy_tree(from, rules, why) : 0;
}

/* Makes directory `number` of what the kernel writes its notes in. Where it cannot be made the box says so. */
static char *make_work(const struct checkout *c, size_t number)
{
	struct buf path = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	buf_printf(&path, "%s/layer/%zu", c->path, number);
	fs_mkdirs(path.data, 0700, &ignored);
	return buf_take(&path);
}

static int attach_copies(const struct layer *l, const struct checkout *c, struct fault *why)
{
	for (size_t i = 0; i < l->copies.len; i++) {
		CLEANUP(str_free) char *from = source(l, l->copies.items[i]);
		CLEANUP(str_free) char *to = fs_join(c->tree, l->copies.items[i]);

		if (has_way(c, l->copies.items[i]) && fs_copy_tree(from, to, why) < 0)
			return -1;
	}
	return 0;
}

static int attach(const struct layer *l, struct checkout *c, struct fault *why)
{
	CLEANUP(str_free) char *home = fs_join(l->path, "home");

	if (attach_copies(l, c, why) < 0)
		return -1;
	for (size_t i = 0; i < l->dirs.len; i++)
		if (has_way(c, l->dirs.items[i]) && attach_dir(l, c, l->dirs.items[i], why) < 0)
			return -1;
	c->layer = l;
	return l->copy_on_write ? 0 : fs_copy_tree(home, c->home, why);
}

int layer_apply(const struct layer *l, struct checkout *c, const struct workspace *w,
	const struct repo *repo, const struct policy *p, const char *log, struct fault *why)
{
	if (l->key[0])
		return attach(l, c, why) < 0 ? -1 : setup_copy(c, repo, p, &l->copies, why);
	return setup_copy(c, repo, p, NULL, why) < 0 ? -1 : setup_run(c, w, repo, p, log, why);
}

void layer_show(const struct checkout *c, struct box *box)
{
	const struct layer *l = c->layer;
	CLEANUP(str_free) char *home = NULL, *home_work = NULL;

	if (!l || !l->copy_on_write)
		return;
	for (size_t i = 0; i < l->dirs.len; i++) {
		CLEANUP(str_free) char *lower = source(l, l->dirs.items[i]);
		CLEANUP(str_free) char *at = fs_join(c->tree, l->dirs.items[i]);
		CLEANUP(str_free) char *work = make_work(c, i);

		/* What stood there at first may be something else by now. */
		if (fs_is_dir(at) && !setup_meets_link(c, l->dirs.items[i]))
			box_add_cow(box, at, lower, at, work);
	}
	box->cache_over = l->cache;
	home = fs_join(l->path, "home");
	home_work = make_work(c, l->dirs.len);
	box_add_cow(box, c->home, home, c->home, home_work);
}

void layer_forget(const struct checkout *c)
{
	CLEANUP(str_free) char *notes = fs_join(c->path, "layer");
	struct fault ignored = FAULT_INIT;

	fs_remove(notes, &ignored);
	fs_remove(c->cache, &ignored);
}

/* --- what is nobody's work ------------------------------------------------------------------------ */

/* As it was copied: nothing but a write changes size or time. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void put_unchanged(const struct checkout *c, const char *path, struct buf *out)
{
	CLEANUP(str_free) char *ours = source(c->layer, path), *theirs = fs_join(c->tree, path);
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;
	struct stat st, now;

	if (lstat(ours, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		fs_list(ours, &names, &ignored);
	else if (lstat(theirs, &now) == 0 && is_same(&st, &now))
		buf_add(out, path, strlen(path) + 1);
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *below = fs_join(path, names.items[i]);

		put_unchanged(c, below, out);
	}
}

void layer_unchanged(const struct checkout *c, struct buf *out)
{
	for (size_t i = 0; c->layer && i < c->layer->copies.len; i++)
		put_unchanged(c, c->layer->copies.items[i], out);
}
