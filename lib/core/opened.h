/*
 * opened: what a policy opens to every box of a run alike, agent, setup and stages: sandbox.read, sandbox.write and
 * sandbox.ptrace.
 */
#ifndef CORE_OPENED_H
#define CORE_OPENED_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/policy.h"
#include "port/repo.h"
#include "port/sandbox.h"

/* Pushes what nobody may open to a box: the repository's git directory, whose configuration may hold tokens, and where runs are. */
int opened_never(
	const struct repo *repo, const struct policy *p, struct vec *closed, struct fault *why);

/* Before anything is made: refuses what nobody may open, and what is to be written and is not there. */
int opened_check(const struct repo *repo, const struct policy *p, struct fault *why);

/* Gives it to a box. What is below the person's HOME is linked at the same place of the box's own. */
int opened_give(struct box *box, const struct policy *p, struct fault *why);

#endif
