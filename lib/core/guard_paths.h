/*
 * guard_paths: what a change may not hold, whoever made it: gitlinks, links that leave the tree, protected paths.
 */
#ifndef CORE_GUARD_PATHS_H
#define CORE_GUARD_PATHS_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/policy.h"
#include "port/repo.h"

/*
 * Judges the changes from base. A fault of EXIT_REFUSED names the first offender and its reason word:
 * "gitlink", "escaping_link", "protected_path". Protected paths that match `allow` (globs) pass, and
 * *flags gets a line that says so.
 */
int guard_paths_check(struct repo *repo, const struct repo_changes *changes, const struct policy *p,
	const struct vec *allow, struct vec *flags, struct fault *why);

#endif
