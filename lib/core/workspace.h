/*
 * workspace: where a run works, outside the repository: <work root>/<run>/ with the agent's checkout
 * and its private git directory, so that it never writes a byte of the repository's own. A checkout is the
 * pair tree/ + git/; the gate gets one of the same making per stage. Inside their boxes all of them are at one path, so that what
 * tools write down about a path (a virtual environment, a build directory, a compiler's cache) holds in each.
 */
#ifndef CORE_WORKSPACE_H
#define CORE_WORKSPACE_H

#include "base/fault.h"
#include "core/filters.h"
#include "core/policy.h"
#include "port/repo.h"

#include <stdbool.h>

struct layer;

struct workspace {
	char *path; /* <work root>/<name>, mode 0700 */
	char *in;   /* prompts and logs for the agent to read */
	char *inner; /* <work root>/work: where each checkout of the repository is inside a box that has namespaces */
	char *gitconfig;          /* GIT_CONFIG_GLOBAL of everything that runs in the box */
	enum sandbox_level level; /* what its boxes are made of; set by the caller */
	struct box_limits limits; /* of each of its boxes */
	struct proxy *
		proxy; /* of its boxes with network = proxy; set by the caller, borrowed; NULL: none */
	struct filters filters; /* what its checkouts are filtered by */
	int copies; /* whether its boxes can give directories copy-on-write: 1 yes, -1 no, 0 not asked for yet */
	char *refs; /* packed-refs of the repository's tags and remote-tracking refs; NULL until asked for */
};

struct checkout {
	char *path;  /* holds the others */
	char *cache; /* copies of the person's caches, a directory each; made when they are used */
	char *tree;
	char *git;
	const struct layer *layer; /* from layer_apply, borrowed; NULL: none */
	struct git_child *filling; /* git, while it writes the tree; NULL: the tree is there */
	char *home,
		*tmp; /* HOME and TMPDIR of what runs in it: nothing the agent leaves there reaches the gate */
};

/* Appends where this program keeps what is no repository's: <state home>/git-agent, an absolute path. Makes nothing. */
int workspace_state(struct buf *out, struct fault *why);

/* Appends the work root: agent.workRoot, else <state home>/git-agent/<repo>-<8 hex>. Makes nothing. A root below a
 * `.git` directory is refused. */
int workspace_root(
	const struct repo *repo, const struct policy *p, struct buf *out, struct fault *why);

/* The same where no policy is at hand: the person's configuration and the environment say it, and a policy file never does. */
int workspace_root_now(const struct repo *repo, struct buf *out, struct fault *why);

/* What would keep a workspace from being made: the work root's place, rights, limits.disk. Makes the root itself. */
int workspace_check(const struct repo *repo, const struct policy *p, struct fault *why);

/* workspace_check, then makes <work root>/<name> and its directories; it must not be there yet. */
int workspace_create(struct workspace *w, struct repo *repo, const struct policy *p,
	const char *name, struct fault *why);

/* One that was made before and stayed, at `path`, is used again; checkouts of a gate that was cut off are removed. */
int workspace_reopen(struct workspace *w, struct repo *repo, const struct policy *p,
	const char *path, struct fault *why);

/* Names one that exists at `path`. */
void workspace_at(struct workspace *w, const char *path);
void workspace_release(struct workspace *w);

/* Whether its boxes can give directories copy-on-write; found out once, in the box, so `level` is set by then. */
bool workspace_copies(struct workspace *w);

/*
 * Makes <w>/<name>/{tree,git} holding exactly `commit`, on branch `branch` (NULL: detached HEAD). Nothing of the
 * repository's configuration comes along but what an allow-list names; hooks and filter drivers do not run.
 */
int checkout_create(struct checkout *c, struct workspace *w, struct repo *repo, const char *name,
	const char *commit, const char *branch, struct fault *why);

/*
 * The same in two halves: after checkout_start the tree fills while something else is done (c->filling is to be polled), after
 * checkout_finish it is there. One that is released in between is given up, and its directory stays.
 */
int checkout_start(struct checkout *c, struct workspace *w, struct repo *repo, const char *name,
	const char *commit, const char *branch, struct fault *why);
int checkout_finish(struct checkout *c, struct fault *why);

/* Of that only the tree and its index, begun; what is there of the two already, untouched by anybody, is brought to the commit. */
int checkout_fill(
	struct checkout *c, const struct repo *repo, const char *commit, struct fault *why);

/*
 * git reads a file anew that is as young as the index: it may have been edited in the second that was left. Where nobody was there to
 * do so, this makes the index younger than all of them.
 */
void checkout_trust_index(const struct checkout *c);

/* Whether they are such that files they do not name are written otherwise: attributes. */
bool checkout_changes_rules(const struct repo_changes *changes);

/*
 * Starts to bring a finished, detached checkout that nobody has worked in to another commit; `changes` are what differs. 1: that
 * would not be what a fresh checkout is (attributes changed, which decide how other files are written).
 */
int checkout_switch(struct checkout *c, const struct repo *repo, const char *commit,
	const struct repo_changes *changes, struct fault *why);

/*
 * Puts the tree's .git back if it is not what it was made: Landlock alone cannot hold it in place. For boxes in which the tree
 * itself cannot be replaced.
 */
int checkout_relink(const struct checkout *c, struct fault *why);

/*
 * Names the repository's objects again in a checkout in which somebody has worked: the repository may lie elsewhere than when the checkout
 * was made. No link that was left there is followed.
 */
int checkout_borrow(const struct checkout *c, const struct repo *repo, struct fault *why);

/* Has the branch of a checkout that is being made, in which nobody has worked, be at another commit than its files are from. */
int checkout_point(
	const struct checkout *c, const char *branch, const char *commit, struct fault *why);

/* Only names the one at <w>/<name>. */
void checkout_name(struct checkout *c, const struct workspace *w, const char *name);
void checkout_release(struct checkout *c);

/* In a sparse checkout brings the files of `commit` that the changes touch, wherever they lie: none goes unjudged. */
int checkout_widen(const struct checkout *c, const struct repo *repo, const char *commit,
	const struct repo_changes *changes, struct fault *why);

/*
 * Has git in a checkout pass over what these patterns of gitignore(5) name, for whoever works there. The list is a file of its own,
 * info/layer, named by core.excludesFile.
 */
int checkout_ignore(const struct checkout *c, const struct workspace *w, const struct vec *patterns,
	struct fault *why);

/* Appends the environment (for git_call.env) that keeps a call in the repository from running anything configured:
 * hooks, fsmonitor, filter drivers. */
void checkout_quiet_env(const struct repo *repo, struct vec *env);

#endif
