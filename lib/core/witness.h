/*
 * witness: what a run must leave alone in the repository, pictured before anything of the agent's is started and compared after
 * all of it has been killed: for the sandbox levels at which the kernel does not hold everything.
 *
 * A person works on in the meantime: commits, fetches, makes, moves and deletes branches, adds worktrees, collects garbage; other
 * runs come and go. None of that counts. What counts:
 *
 *   - hooks (where git looks for them, unless that is in the working tree), info/, config, config.worktree, alternates, grafts,
 *     commondir, a `shallow` that appears, the administrative files of worktrees, .git/agent/policy: any change of what they say,
 *     and a time that is not a write's. Of config not what git and others write there as they go (branch.*, see witness_config.c)
 *   - modes and owners of all these and of the git directory's own directories
 *   - a branch, HEAD, stash or note that points at an object of the agent's own; a new refs/replace
 *   - where every branch had its log: a branch or HEAD that changed and whose log does not say so, a log whose branch is gone
 */
#ifndef CORE_WITNESS_H
#define CORE_WITNESS_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stddef.h>

struct witness;

struct witness_change {
	char *what; /* "hooks/pre-commit is new" */
	char *mend; /* a command for a person; NULL: it is for them to say what it should be */
};

struct witness_changes {
	struct witness_change *items;
	size_t len, cap;
};

/* What the run knows of itself. */
struct witness_run {
	const char *work;    /* the run's directory */
	const char *objects; /* the agent's own object directory; NULL: it has none */
	const struct vec
		*known; /* ids that were brought into the repository: a person may use them */
};

/* Pictures the repository; `prefix` is that of the branches of proposals, "agent/". *out is the caller's until witness_free. */
int witness_take(
	struct witness **out, const struct repo *repo, const char *prefix, struct fault *why);

/* Appends what has changed since and is nobody's but the run's. Starts git only where config differs. */
int witness_compare(const struct witness *w, const struct repo *repo, const struct witness_run *run,
	struct witness_changes *out, struct fault *why);

void witness_free(struct witness **w);
void witness_changes_release(struct witness_changes *c);

#endif
