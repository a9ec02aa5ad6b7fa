/*
 * replay: a commit whose code is one side's and whose evidence is the other's, made of two trees by plumbing. Nothing refers to it: it is
 * there to be judged, once.
 */
#ifndef CORE_REPLAY_H
#define CORE_REPLAY_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

struct replay {
	const char *onto;          /* commit whose tree it starts from, and whose child it is */
	const char *from;          /* commit whose entries are put over it */
	const struct vec *paths;   /* which; one that `from` has not is taken out */
	const struct vec *without; /* taken out too; NULL: nothing */
	const char *scratch;       /* a file that is not there yet, for an index */
};

/* Makes it; *changes gets what differs from `onto`, and a tree that is the same all the same is 1: there is nothing to judge. */
int replay_make(struct repo *repo, const struct replay *replay, char commit[OID_MAX],
	struct repo_changes *changes, struct fault *why);

#endif
