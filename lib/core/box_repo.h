/*
 * box_repo: what the box of a person's own command has of the repository it is started in: the working tree to write, and
 * objects, refs, index and state to read, so that git works in it. Nothing of the git directory can be written, its
 * configuration (addresses may hold tokens) is replaced by a harmless one, and what would have git run another
 * configuration (`.git`, `.git` of submodules, hooks kept in the working tree) is held in place.
 */
#ifndef CORE_BOX_REPO_H
#define CORE_BOX_REPO_H

#include "base/fault.h"
#include "port/repo.h"
#include "port/sandbox.h"

#include <stdbool.h>

struct box_repo {
	struct vec held;  /* what has to stay as it is, absolute */
	struct vec marks; /* what each was: device, inode and kind */
};

#define BOX_REPO_INIT              \
	{                          \
		VEC_INIT, VEC_INIT \
	}

void box_repo_release(struct box_repo *b);

/*
 * Adds it to the box, whose level is set; `dir` is a private directory for what has to be written. Where the level
 * holds no pins (no namespaces) git does not work inside, and the working tree's top takes no new name. EXIT_REFUSED:
 * the repository's layout cannot be held.
 */
int box_repo_add(struct box_repo *b, struct box *box, const struct repo *repo, const char *dir,
	struct fault *why);

/* `path` (absolute, links resolved) is of the git directory: no box may write it. */
bool box_repo_owns(const struct repo *repo, const char *path);

/* After the end: refuses (EXIT_REFUSED) where something held is another one by now, since a directory above it was moved. */
int box_repo_check(const struct box_repo *b, struct fault *why);

#endif
