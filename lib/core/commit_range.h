/*
 * commit_range: what a person who reviews a change means by a range: the commits up to one that another does not have yet, and the
 * commit where the two part.
 */
#ifndef CORE_COMMIT_RANGE_H
#define CORE_COMMIT_RANGE_H

#include "base/fault.h"
#include "port/repo.h"

#include <stdint.h>

struct commit_range {
	char tip[OID_MAX];
	char fork
		[OID_MAX]; /* the merge base, or the base itself; of a first commit the empty tree */
	char base[OID_MAX]; /* the commit that is compared with; "": none, tip is a first commit */
	char how[200];      /* what that is called, for people: "origin/main" */
	int64_t commits;    /* between fork and tip */
};

/*
 * "A..B" and "A...B" are B since it left A (either may be left out: HEAD); "C^!" is that commit alone; "B" is B since it left
 * its upstream or, where the upstream has all of it, what core/ci_base.h says it is to be merged into; NULL is HEAD so. An unknown
 * revision is a fault, as is one for which no base is known.
 */
int commit_range_find(
	struct commit_range *out, struct repo *repo, const char *range, struct fault *why);

#endif
