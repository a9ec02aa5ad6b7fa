/*
 * uninstall: takes out of a repository all that is git agent's: the hooks and a core.hooksPath of ours, .git/agent, the refs
 * below refs/agent/, the work root, and a policy file that init wrote and nobody has added. Branches and a committed policy
 * are the person's: they stay, and are said.
 */
#ifndef FLOW_UNINSTALL_H
#define FLOW_UNINSTALL_H

#include "base/fault.h"
#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

struct uninstall_options {
	bool yes;     /* without asking */
	bool dry_run; /* lists, removes nothing */
	bool json;
};

/*
 * Lists it, asks (at a terminal; else without `yes` it is EXIT_FATAL), removes it. A run at work is EXIT_BUSY. Returns the exit
 * code, or -1 with *why.
 */
int uninstall_run(struct repo *repo, struct store *store, const struct uninstall_options *options,
	struct fault *why);

#endif
