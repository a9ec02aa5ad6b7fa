/*
 * ci_base: where a check runs, and what the change it is shown is to be merged into: by what the place that runs it says, one row
 * of data per place.
 */
#ifndef CORE_CI_BASE_H
#define CORE_CI_BASE_H

#include "base/fault.h"
#include "port/repo.h"

struct ci_base {
	const char *place;  /* "GitHub", "GitLab", "this machine" */
	const char *format; /* of annotate_formats: what that place reads */
	char oid[OID_MAX];  /* the commit */
	char how[200];      /* how it was found, for people: "GITHUB_BASE_REF, origin/main" */
};

/*
 * Finds the base of `head`. `given` (NULL: none) is a revision of the caller's own and comes first; then what the environment says; then
 * the first parent of a merge; then where HEAD of the remote is. None of it, or one that is not here: a fault with what mends it.
 */
int ci_base_find(struct ci_base *out, struct repo *repo, const char *head, const char *given,
	struct fault *why);

#endif
