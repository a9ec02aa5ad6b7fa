/*
 * secret_glance: whether commits may bring a secret, told from the whole files they leave behind: git then makes no diffs, which is
 * most of what looking for secrets in a push takes. What a diff adds is whole lines of such a file, so where none may hold a secret,
 * no diff can. Where one may, core/secret_search has to be asked: the secret may have stood there before.
 */
#ifndef CORE_SECRET_GLANCE_H
#define CORE_SECRET_GLANCE_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_secrets.h"
#include "port/git_batch.h"
#include "port/git_stream.h"

#include <stdint.h>

struct secret_glance {
	struct git_stream *list; /* NULL: not started */
};

/* Starts the git that lists the commits; the arguments are those of secret_search_commits, some of `revisions` may be missing. */
int secret_glance_start(struct secret_glance *g, const struct git_call *call,
	const struct buf *revisions, const struct vec *more, struct fault *why);

/*
 * Looks into everything that it lists, until `until` (clock_now_ms; 0: as long as it takes): 0: no secret; 1: there may be one. Of
 * `objects` nothing else may be under way, and after 1 or a fault nothing more can be asked of it.
 */
int secret_glance_look(struct secret_glance *g, struct secrets *set, struct git_batch *objects,
	int64_t until, struct fault *why);

void secret_glance_release(struct secret_glance *g);

#endif
