/* Which layer a commit wants: everything that what setup leaves depends on, as one text, hashed. */
#include "base/alloc.h"
#include "core/layer.h"
#include "core/layer_reads.h"
#include "port/git.h"
#include "port/match.h"

#include <stdio.h>
#include <string.h>

#define FORMAT 1 /* of a layer, and of this text */

static int list_files(
	const struct repo *repo, const char *commit, struct buf *out, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};

	return git_do(&call, out, why, "ls-tree", "-r", "-z", "--full-tree", commit, NULL);
}

/* The entries of the commit that worktree.setup.inputs names; how many. */
static int put_inputs(struct layer *l, const struct repo *repo, const struct policy *p,
	const char *commit, struct buf *out, struct fault *why)
{
	int count = 0;

	buf_clear(&l->tree);
	if (list_files(repo, commit, &l->tree, why) < 0)
		return -1;
	for (const char *at = l->tree.data, *end = at + l->tree.len; at < end;
		at += strlen(at) + 1) {
		const char *path = strchr(at, '\t');

		if (!path || !match_path_any(&p->setup_inputs, path + 1))
			continue;
		buf_printf(out, "input %s\n", at);
		count++;
	}
	return count;
}

/* Where nothing says what setup reads, it is the whole commit. */
static int put_commit(struct layer *l, struct repo *repo, const struct policy *p,
	const char *commit, struct buf *out, struct fault *why)
{
	int inputs = put_inputs(l, repo, p, commit, out, why);
	char tree[OID_MAX];

	if (inputs < 0 || repo_tree(repo, commit, tree, why) < 0)
		return -1;
	l->any_input = inputs > 0;
	/* What setup runs is in the commit too: what a stranger's comes to is for no other commit with the same inputs. */
	if (l->foreign)
		buf_printf(out, "foreign %s\n", tree);
	else if (!inputs)
		buf_printf(out, "tree %s\n", tree);
	return 0;
}

/* What comes from the person's working tree, and which part of the commit there is at all. */
static void put_own(const struct repo *repo, const struct policy *p, struct buf *out)
{
	for (size_t i = 0; repo->work_tree && i < p->copy.len; i++) {
		CLEANUP(str_free) char *file = fs_join(repo->work_tree, p->copy.items[i]);

		buf_puts(out, "copy ");
		fs_identity(file, out);
	}
	if (repo->sparse) {
		CLEANUP(str_free) char *file = fs_join(repo->git_dir, "info/sparse-checkout");

		buf_puts(out, "sparse ");
		fs_identity(file, out);
	}
}

static void put_list(const char *word, const struct vec *list, struct buf *out)
{
	for (size_t i = 0; i < list->len; i++)
		buf_printf(out, "%s %s\n", word, list->items[i]);
}

static int put_all(struct layer *l, const struct workspace *w, struct repo *repo,
	const struct policy *p, const char *commit, struct buf *out, struct fault *why)
{
	buf_printf(out, "git agent layer %d\nat %s\nlevel %s%s\nnetwork %s\n", FORMAT, w->inner,
		sandbox_level_name(w->level), l->copy_on_write ? " copy-on-write" : "",
		sandbox_network_name(p->setup_network));
	put_list("setup", &p->setup, out);
	put_list("read", &p->read, out);
	put_list("write", &p->write, out);
	for (size_t i = 0; i < w->filters.len; i++)
		if (w->filters.items[i].usable)
			buf_printf(out, "filter %s\n", w->filters.items[i].name);
	if (put_commit(l, repo, p, commit, out, why) < 0)
		return -1;
	put_own(repo, p, out);
	return sandbox_tools(out, why);
}

void layer_set_path(struct layer *l, const struct workspace *w)
{
	CLEANUP(str_free) char *dir = l->path ? fs_dirname(l->path) : NULL;
	CLEANUP(str_free) char *root = fs_dirname(l->path ? dir : w->path);
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	buf_printf(&path, "%s/" LAYER_DIR "/%.16s", root, l->key);
	str_replace(&l->path, path.data);
	buf_puts(&path, "/cache");
	str_replace(&l->cache, path.data);
}

int layer_name(struct layer *l, struct workspace *w, struct repo *repo, const struct policy *p,
	const char *commit, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (!p->setup.len || !sandbox_has_places(w->level))
		return 0;
	l->copy_on_write = workspace_copies(w);
	if (put_all(l, w, repo, p, commit, &text, why) < 0)
		return fault_wrap(why, "cannot tell what setup depends on");
	hash_hex(text.data, text.len, l->key);
	snprintf(l->commit, sizeof l->commit, "%s", commit);
	layer_set_path(l, w);
	return 0;
}

int layer_fits(const struct layer *l, const struct repo *repo, const struct policy *p,
	const char *commit, const struct repo_changes *changes, struct fault *why)
{
	CLEANUP(buf_release) struct buf tree = BUF_INIT;

	for (size_t i = 0; i < changes->len; i++)
		if (!l->any_input || match_path_any(&p->setup_inputs, changes->items[i].path))
			return 1;
	if (l->reads.len && list_files(repo, commit, &tree, why) < 0)
		return -1;
	return layer_reads_same(l, &tree) ? 0 : 1;
}
