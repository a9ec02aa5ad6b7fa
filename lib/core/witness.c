#include "core/witness.h"
#include "base/alloc.h"
#include "base/text.h"
#include "core/witness_private.h"

#include <stdlib.h>
#include <time.h>

#define SECOND_LOOK_MS 200 /* a person's git may be in the middle of what it does */

struct witness {
	struct places places;
	struct config_texts config;
	struct refs refs;
	char *prefix;
};

void witness_add(struct witness_changes *out, const char *what, const char *mend)
{
	GROW(out->items, out->len, out->cap);
	out->items[out->len++] = (struct witness_change){
		.what = text_cleaned(what), .mend = mend ? text_cleaned(mend) : NULL};
}

void witness_changes_release(struct witness_changes *c)
{
	for (size_t i = 0; i < c->len; i++) {
		str_free(&c->items[i].what);
		str_free(&c->items[i].mend);
	}
	free(c->items);
	*c = (struct witness_changes){0};
}

void witness_free(struct witness **w)
{
	if (!*w)
		return;
	witness_places_release(&(*w)->places);
	witness_config_release(&(*w)->config);
	witness_refs_release(&(*w)->refs);
	str_free(&(*w)->prefix);
	free(*w);
	*w = NULL;
}

int witness_take(
	struct witness **out, const struct repo *repo, const char *prefix, struct fault *why)
{
	CLEANUP(witness_free) struct witness *w = xcalloc(1, sizeof *w);

	w->config = (struct config_texts){BUF_INIT, BUF_INIT};
	w->refs = (struct refs){.loose = BUF_INIT, .packed = BUF_INIT};
	w->prefix = xstrdup(prefix);
	if (witness_places_take(&w->places, repo, why) < 0 ||
		witness_config_take(&w->config, repo, why) < 0 ||
		witness_refs_take(&w->refs, repo, w->prefix, why) < 0)
		return fault_wrap(why, "cannot picture the repository");
	*out = w;
	w = NULL;
	return 0;
}

static int look(const struct witness *before, const struct repo *repo,
	const struct witness_run *run, struct witness_changes *out, struct fault *why)
{
	CLEANUP(witness_free) struct witness *after = NULL;

	if (witness_take(&after, repo, before->prefix, why) < 0)
		return -1;
	witness_places_compare(&before->places, &after->places, run->work, out);
	witness_refs_compare(&before->refs, &after->refs, repo, run, out);
	return witness_config_compare(&before->config, &after->config, repo, out, why);
}

int witness_compare(const struct witness *w, const struct repo *repo, const struct witness_run *run,
	struct witness_changes *out, struct fault *why)
{
	struct timespec pause = {0, SECOND_LOOK_MS * 1000000L};
	int done = look(w, repo, run, out, why);

	if (done || !out->len)
		return done;
	witness_changes_release(out);
	nanosleep(&pause, NULL);
	return look(w, repo, run, out, why);
}
