/*
 * grant: paths of the person's own that an agent is to have: its login, its settings, what it is installed in. They are
 * written absolute, or from `~/`, the person's HOME. What lies below HOME is at the same place below the box's HOME.
 */
#ifndef CORE_GRANT_H
#define CORE_GRANT_H

#include "base/fault.h"

struct grant {
	char *outside; /* absolute, as written; links in it are not resolved */
	char *inside;  /* relative to the box's HOME; NULL: it is not below the person's */
};

#define GRANT_INIT         \
	{                  \
		NULL, NULL \
	}

void grant_release(struct grant *g);

/* Whether it is written as a path can be: absolute or ~/, without `..`, and neither / nor the whole HOME. */
int grant_check(const char *written, struct fault *why);

/*
 * Finds out where that is. `moved` is a preset's "CODEX_HOME: ~/.codex" (NULL: none): where that variable of the person's is
 * set, what is written as below that directory lies in the one it names; inside nothing is moved. A fault names `what`.
 */
int grant_find(struct grant *g, const char *written, const char *moved, const char *what,
	struct fault *why);

/*
 * Refuses what nobody may open to an agent, links resolved: a directory that holds the person's HOME, and whatever is in one of
 * `closed` (a list that ends in NULL: the repository's git directory, the place of other runs) or holds one.
 */
int grant_allow(
	const struct grant *g, const char *const *closed, const char *what, struct fault *why);

/* Makes a link to what is outside at its place in the box's HOME: what looks for ~/.tool finds it there. `inside` is not NULL. */
int grant_link(const struct grant *g, const char *home, struct fault *why);

#endif
