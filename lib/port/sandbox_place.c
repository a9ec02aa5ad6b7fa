/* Where things are inside a box: directories that are put elsewhere, and those given copy-on-write. */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox_private.h"

#include <stdlib.h>
#include <string.h>

void box_add_place(struct box *box, const char *real, const char *at)
{
	char *resolved = fs_real(real);

	GROW(box->places, box->places_len, box->places_cap);
	box->places[box->places_len++] = (struct box_place){.named = xstrdup(real),
		.real = resolved ? resolved : xstrdup(real),
		.at = xstrdup(at)};
}

void box_add_cow(
	struct box *box, const char *at, const char *lower, const char *upper, const char *work)
{
	GROW(box->cows, box->cows_len, box->cows_cap);
	box->cows[box->cows_len++] = (struct box_cow){.at = xstrdup(at),
		.lower = xstrdup(lower),
		.upper = xstrdup(upper),
		.work = xstrdup(work)};
}

void places_release(struct box *box)
{
	for (size_t i = 0; i < box->places_len; i++) {
		str_free(&box->places[i].named);
		str_free(&box->places[i].real);
		str_free(&box->places[i].at);
	}
	for (size_t i = 0; i < box->cows_len; i++) {
		str_free(&box->cows[i].at);
		str_free(&box->cows[i].lower);
		str_free(&box->cows[i].upper);
		str_free(&box->cows[i].work);
	}
	free(box->places);
	free(box->cows);
	box->places = NULL;
	box->cows = NULL;
	box->places_len = box->places_cap = box->cows_len = box->cows_cap = 0;
}

/* What of a path comes after a directory it is in, by either of its names; NULL: it is not in it. */
static const char *below(const struct box_place *place, const char *path)
{
	if (path_is_in(path, place->real))
		return path + strlen(place->real);
	return path_is_in(path, place->named) ? path + strlen(place->named) : NULL;
}

char *place_inside(const struct box *box, const char *path)
{
	const struct box_place *best = NULL;
	struct buf inside = BUF_INIT;

	for (size_t i = 0; i < box->places_len; i++)
		if (below(&box->places[i], path) &&
			(!best || strlen(box->places[i].real) > strlen(best->real)))
			best = &box->places[i];
	if (!best)
		return xstrdup(path);
	buf_printf(&inside, "%s%s", best->at, below(best, path));
	return buf_take(&inside);
}

bool sandbox_has_places(enum sandbox_level level)
{
	struct layers layers;

	return cell_layers(level, &layers) && layers.ns;
}

char *box_inside(const struct box *box, const char *path)
{
	/* Asked in this order: finding out what a machine gives takes a box. */
	if (!box->places_len || !sandbox_has_places(box->level))
		return xstrdup(path);
	return place_inside(box, path);
}
