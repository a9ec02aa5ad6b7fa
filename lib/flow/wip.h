/*
 * wip: the work in progress as a commit.
 */
#ifndef FLOW_WIP_H
#define FLOW_WIP_H

#include "base/fault.h"
#include "port/repo.h"

/*
 * The working tree as a commit on `head`, untracked files that are not ignored included, which no ref names. The person's index is not
 * touched. `state` is .git/agent.
 */
int wip_commit(struct repo *repo, const char *state, const char *head, char oid[OID_MAX],
	struct fault *why);

#endif
