/* What a box lets its processes see, asked from outside after the fact. */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox_private.h"

#include <string.h>

/* What the keeper makes itself. */
static const char *const own[] = {"/proc", "/dev/pts", "/dev/shm"};

static enum box_sight sight_of(const struct view_item *item, bool landlock)
{
	switch (item->kind) {
	case VIEW_SHOW:
		return landlock ? BOX_HIDDEN : BOX_READ;
	case VIEW_READ:
	case VIEW_EXEC:
	case VIEW_PIN:
		return BOX_READ;
	case VIEW_HIDE:
		return BOX_HIDDEN;
	default:
		return BOX_WRITE;
	}
}

/* Something else may be shown under a name that is taken outside as well. */
static bool is_same_place(const struct view_item *item, const char *path, bool ns)
{
	return !ns || !strcmp(item->at, item->real) || !fs_exists(path);
}

static enum box_sight look(const struct view *v, const struct layers *layers, const char *path)
{
	const struct view_item *found = NULL;

	for (size_t i = 0; i < v->len; i++) {
		const struct view_item *item = &v->items[i];

		if (path_is_in(path, layers->ns ? item->at : item->real))
			found = item;
	}
	if (!found || !is_same_place(found, path, layers->ns))
		return BOX_HIDDEN;
	return sight_of(found, layers->landlock > 0);
}

enum box_sight sandbox_sight(const struct box *box, const char *path)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(toolchains_release) struct toolchains tools = TOOLCHAINS_INIT;
	CLEANUP(view_release) struct view view = VIEW_INIT;
	CLEANUP(str_free) char *real = fs_real(path);
	struct fault ignored = FAULT_INIT;
	struct layers layers;
	enum box_sight sight;

	if (!cell_layers(box->level, &layers) || !layers.seccomp)
		return BOX_WRITE;
	for (size_t i = 0; layers.ns && i < ARRAY_LEN(own); i++)
		if (path_is_in(path, own[i]))
			return BOX_WRITE;
	if (sandbox_build_env(box, &env, &tools, &ignored) < 0 ||
		view_make(&view, box, &env, &tools, &layers, &ignored) < 0)
		return BOX_WRITE; /* what cannot be told is not told */
	sight = look(&view, &layers, path);
	return sight == BOX_HIDDEN && real ? look(&view, &layers, real) : sight;
}

bool sandbox_has_loopback(const struct box *box)
{
	struct layers layers;

	return box->network == NETWORK_OPEN || !cell_layers(box->level, &layers) ||
	       !layers.seccomp || layers.ns;
}
