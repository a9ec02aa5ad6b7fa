/*
 * setup: makes a fresh checkout ready to work in: copies the files policy names, runs its setup commands in the box.
 */
#ifndef CORE_SETUP_H
#define CORE_SETUP_H

#include "base/fault.h"
#include "core/policy.h"
#include "core/workspace.h"
#include "port/repo.h"

/*
 * worktree.copy from the person's working tree, then each worktree.setup command, its output appended to `log`. A
 * command that fails is a fault that names it and the log. Commands come from trusted policy only: the caller has asked.
 */
int setup_checkout(const struct checkout *c, const struct workspace *w, const struct repo *repo,
	const struct policy *p, const char *log, struct fault *why);

/* A box for a command in a checkout: directories, private home, git configuration, network. */
void setup_box(struct box *box, const struct checkout *c, const struct workspace *w,
	const struct repo *repo, enum sandbox_network network);

/* Whether the way from the checkout's top to `path`, or `path` itself, goes over a symbolic link: the commit's author chose
 * where that leads. */
bool setup_meets_link(const struct checkout *c, const char *path);

#endif
