/*
 * harvest: from what an agent left in its checkout to objects in the repository, by id. Git runs on the agent's
 * tree and private directory only inside the box; outside, only ids are used, never names, and what comes over is
 * a pack that passed fsck.
 */
#ifndef CORE_HARVEST_H
#define CORE_HARVEST_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/workspace.h"
#include "port/repo.h"

#include <stdbool.h>

struct harvest {
	char tip[OID_MAX]; /* the agent's HEAD with its leftovers committed on top */
	char tree[OID_MAX];
	bool changed;        /* the tree differs from the base's */
	struct vec subjects; /* of the agent's own commits, oldest first, cleaned */
	struct vec
		left; /* files that git ignores, made or changed since `since`; not all where they are many */
	struct vec strays; /* submodules whose directories hold something, which is in no tree */
};

void harvest_release(struct harvest *h);

/*
 * Reads the last line of what the box said: the tip's id and its tree's, of `oid_len` hex digits each. -1: it is none such, and
 * nothing is written. Anything may come before it.
 */
int harvest_parse(const char *said, size_t oid_len, char tip[OID_MAX], char tree[OID_MAX]);

/*
 * `since`: "@<seconds>", when the agent started; "": h->left stays empty.
 *
 * Commits the leftovers (boxed, no network), brings everything reachable from the tip and not from `base` into the
 * repository, checks that nothing is missing, and pins it as refs/agent/head/<run>. A tree git cannot
 * record, or objects that fsck refuses, are a fault of EXIT_REFUSED.
 */
int harvest_take(struct harvest *h, struct workspace *w, const struct checkout *c,
	struct repo *repo, const char *base, const char *run, const char *since, struct fault *why);

/*
 * Makes the proposal's commit: tree of `tip` on `base`, author and committer the user (or `env`'s
 * GIT_AUTHOR_*), signed if commit.gpgSign, the message as given.
 */
int harvest_seal(struct repo *repo, const char *tree, const char *base, const char *message,
	const char *const *env, char sealed[OID_MAX], struct fault *why);

#endif
