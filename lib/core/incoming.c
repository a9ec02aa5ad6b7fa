#include "core/incoming.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/alternates.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In this order: a reader that finds the index finds the pack, and gc finds the guard before both. */
static const char *const endings[] = {".keep", ".pack", ".rev", ".idx"};

static bool ends_with(const char *name, const char *ending)
{
	size_t len = strlen(name), tail = strlen(ending);

	return len >= tail && !strcmp(name + len - tail, ending);
}

/* git's own name for such a directory: its gc knows that one left by a killed process may go. */
static char *dir_of(const struct repo *repo, const char *run)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/objects/tmp_objdir-agent-%s", repo->common_dir, run);
	return buf_take(&path);
}

int incoming_discard(const struct repo *repo, const char *run, struct fault *why)
{
	CLEANUP(str_free) char *dir = dir_of(repo, run);

	return fs_remove(dir, why);
}

int incoming_open(struct incoming *in, const struct repo *repo, const char *run, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(vec_release) struct vec lenders = VEC_INIT;
	CLEANUP(str_free) char *pack = NULL;
	CLEANUP(str_free) char *info = NULL;
	CLEANUP(str_free) char *alternates = NULL;

	*in = (struct incoming){.objects = fs_join(repo->common_dir, "objects")};
	in->dir = dir_of(repo, run);
	buf_printf(&text, "GIT_OBJECT_DIRECTORY=%s", in->dir);
	in->variable = buf_take(&text);
	in->env[0] = in->variable;
	pack = fs_join(in->dir, "pack");
	info = fs_join(in->dir, "info");
	alternates = fs_join(info, "alternates");
	vec_push(&lenders, in->objects);
	alternates_write(&lenders, &text);
	if (fs_remove(in->dir, why) < 0 || fs_mkdirs(pack, 0777, why) < 0 ||
		fs_mkdirs(info, 0777, why) < 0)
		return -1;
	return fs_write_derived(alternates, text.data, text.len, why);
}

static int move(struct incoming *in, const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf from = BUF_INIT, to = BUF_INIT;

	buf_printf(&from, "%s/pack/%s", in->dir, name);
	buf_printf(&to, "%s/pack/%s", in->objects, name);
	if (rename(from.data, to.data) < 0)
		return fault_errno(why, "cannot move '%s' to the repository's packs", from.data);
	if (ends_with(name, ".keep"))
		str_replace(&in->keep, to.data);
	return 0;
}

int incoming_accept(struct incoming *in, struct fault *why)
{
	CLEANUP(str_free) char *pack = fs_join(in->dir, "pack");
	CLEANUP(str_free) char *packs = fs_join(in->objects, "pack");
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	if (fs_mkdirs(packs, 0777, why) < 0 || fs_list(pack, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		for (size_t k = 0; k < names.len; k++)
			if (ends_with(names.items[k], endings[i]) &&
				move(in, names.items[k], why) < 0)
				return -1;
	return 0;
}

void incoming_close(struct incoming *in)
{
	struct fault ignored = FAULT_INIT;

	if (in->keep)
		unlink(in->keep);
	if (in->dir)
		fs_remove(in->dir, &ignored);
	str_free(&in->dir);
	str_free(&in->objects);
	str_free(&in->variable);
	str_free(&in->keep);
}
