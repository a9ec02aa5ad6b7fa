/*
 * branch_tip: where a branch is, read from disk without git, for what is shown at once.
 */
#ifndef CORE_BRANCH_TIP_H
#define CORE_BRANCH_TIP_H

#include "port/repo.h"

#include <stdbool.h>

/*
 * The id the branch (a short name) is at. False: there is none, or it is not known, as where refs are kept in tables
 * (reftable).
 */
bool branch_tip(const char *common_dir, const char *branch, char oid[OID_MAX]);

#endif
