/*
 * setup: what makes a fresh checkout ready to work in: the files policy names, its setup commands, in the box.
 */
#ifndef CORE_SETUP_H
#define CORE_SETUP_H

#include "base/fault.h"
#include "core/policy.h"
#include "core/workspace.h"
#include "port/repo.h"

/* worktree.copy from the person's working tree, but for these paths (NULL: all). */
int setup_copy(const struct checkout *c, const struct repo *repo, const struct policy *p,
	const struct vec *but, struct fault *why);

/*
 * Each worktree.setup command, its output appended to `log`. A command that fails is a fault that names it and the log. Commands come
 * from trusted policy only: the caller has asked.
 */
int setup_run(const struct checkout *c, const struct workspace *w, const struct repo *repo,
	const struct policy *p, const char *log, struct fault *why);

/* A box for a command in a checkout: directories, private home, git configuration, network. */
void setup_box(struct box *box, const struct checkout *c, const struct workspace *w,
	const struct repo *repo, enum sandbox_network network);

/* A relative path with no `..` and no `.git` in it. */
bool setup_is_inside(const char *path);

/* Gives it the caches that tools keep in the person's HOME, where workspace_copies has said that it can. */
void setup_caches(struct box *box, const struct checkout *c, const struct workspace *w);

/* Whether the way from the checkout's top to `path`, or `path` itself, goes over a symbolic link: the commit's author chose
 * where that leads. */
bool setup_meets_link(const struct checkout *c, const char *path);

#endif
