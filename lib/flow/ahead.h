/*
 * ahead: what is made before anybody asks for it, by a process nobody waits for.
 */
#ifndef FLOW_AHEAD_H
#define FLOW_AHEAD_H

#include "core/policy.h"
#include "port/repo.h"

/*
 * Has a process in the background make a spare (see core/spare.h) of `commit`, where one is wanted. It holds nothing of the caller's
 * open, and is nobody's child.
 */
void ahead_make_spare(struct repo *repo, const struct policy *p, const char *commit);

#endif
