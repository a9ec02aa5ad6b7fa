/*
 * attempt_branch: the branch of a proposal, which the run alone has made and alone moves.
 */
#ifndef FLOW_ATTEMPT_BRANCH_H
#define FLOW_ATTEMPT_BRANCH_H

#include "flow/attempt.h"

/*
 * What would keep the branch from being moved to another seal: commits of somebody else's on it, or that it is checked out.
 * EXIT_REFUSED then. One that is not there, or was never made, is fine.
 */
int attempt_branch_check(const struct attempt *a, struct fault *why);

#endif
