/*
 * spare: a checkout made in advance, which the next run of the repository begins with. The file system takes 20 us and more to make
 * a file, whoever asks: a large tree is made while nobody waits, and a run that finds it there has git bring over what differs.
 *
 * It is <work root>/spare/ready/{tree,git/index,like}, made in spare/new by whoever holds spare/lock, and renamed when it is whole.
 * Nobody has worked in it and no box shows it; who takes it renames it away. `like` says of which commit it is, and by what rules
 * its files were written. What was lost of it with the power is made again: git looks at each file before it leaves it.
 */
#ifndef CORE_SPARE_H
#define CORE_SPARE_H

#include "base/fault.h"
#include "core/policy.h"
#include "core/workspace.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stdint.h>

#define SPARE_DIR "spare" /* in the work root, beside the runs */

/* Whether one is worth its disk: agent.spare, and a checkout of so many files that a start is waited for. */
bool spare_wanted(const struct repo *repo, const struct policy *p);

/*
 * Moves the spare, if there is one that `commit` can be made of, to where the workspace's checkout "" is going to be: checkout_start
 * goes on from there. 1: there is none.
 */
int spare_take(struct workspace *w, struct repo *repo, const char *commit, struct fault *why);

/* Makes one of `commit`, unless there is one that serves, or another process is at it (1). For a process that nobody waits for. */
int spare_make(struct repo *repo, const struct policy *p, const char *commit, struct fault *why);

/* Removes it where nobody took it for so long, and what a process left that was killed at making one. */
void spare_prune(const char *root, int64_t unused_ms);

#endif
