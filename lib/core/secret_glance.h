/*
 * secret_glance: whether commits may bring a secret, told from the whole files they leave behind: git then makes no diffs, which is
 * most of what looking for secrets in a push takes. What a diff adds is whole lines of such a file, so where none may hold a secret,
 * no diff can. Where one may, core/secret_search has to be asked: the secret may have stood there before.
 *
 * Few commits are read one by one (secret_glance_steps.c). Where they are many, or anything about them is not plain, a git lists them.
 */
#ifndef CORE_SECRET_GLANCE_H
#define CORE_SECRET_GLANCE_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_secrets.h"
#include "port/git.h"
#include "port/git_batch.h"

#include <stdint.h>

struct secret_glance {
	const struct git_call *call;
	/* Which commits: a line for each id, "^" before what is not looked into, and more arguments; some may be missing. */
	const struct buf *revisions;
	const struct vec *more;
	/* Names of commits that `more` leaves out: which they are is read from them instead, as far as they go. Some may be missing. */
	const struct vec *seen;
	struct secrets *set;
	struct git_batch *
		objects; /* nothing else may be under way; after 1 or a fault, nothing more can be asked of it */
	int64_t until; /* of clock_now_ms; 0: as long as it takes */
};

/* 0: there is no secret; 1: there may be one. */
int secret_glance(const struct secret_glance *g, struct fault *why);

#endif
