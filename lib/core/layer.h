/*
 * layer: what worktree.setup leaves outside git (node_modules, a virtual environment, a HOME with a package manager's store), made
 * once and given to each checkout that wants the same, the agent's and the gate's, in a way that none can change it for another.
 *
 * A layer is <work root>/layers/<key>/, beside it <key>.lock: who uses it holds that shared, who makes or removes it holds it whole. It
 * is made in <key>.new and renamed when it is complete and on disk, so that what is there is whole.
 *
 *     layer_name -> layer_find -> [layer_make -> layer_find] -> layer_apply to checkouts, layer_show in their boxes
 *
 * Larger directories are given copy-on-write by the kernel, in the boxes alone: on disk a checkout holds what was written in it, and
 * that is all the harvest sees. Files and small directories are copied: they can be removed and replaced like any other. Where the
 * kernel does not give copies everything is copied. It takes namespaces: without them each checkout has another path, which setup's
 * products may hold, and setup runs in each.
 */
#ifndef CORE_LAYER_H
#define CORE_LAYER_H

#include "base/fault.h"
#include "base/fs.h"
#include "base/vec.h"
#include "core/policy.h"
#include "core/workspace.h"
#include "port/hash.h"
#include "port/repo.h"

#include <stdbool.h>

#define LAYER_DIR "layers" /* in the work root, beside the runs */

struct layer {
	char key[HASH_HEX_SIZE]; /* "": there is none, setup runs in each checkout, or there is no setup */
	char commit[OID_MAX]; /* it is made at */
	char *path;           /* <work root>/layers/<key> */
	char *cache;          /* <path>/cache: what setup wrote to copies of the person's caches */
	bool foreign;       /* the commit is no base and not the person's: set before it is named */
	bool any_input;     /* the commit has a file that worktree.setup.inputs names */
	bool copy_on_write; /* the kernel gives copies where the checkouts are */
	struct fs_lock lock; /* shared, while it is in use */
	struct buf tree;     /* git's list of the commit's files, until the layer is held */
	/* What it holds, once found; paths in a checkout. */
	struct vec dirs;   /* to be given copy-on-write */
	struct vec copies; /* files, links and small directories */
	struct vec reads;  /* what setup has read of its commit: see layer_reads.h */
	struct vec
		loose; /* patterns, as in gitignore(5), of what of it git would take for new work */
};

void layer_init(struct layer *l);
void layer_release(struct layer *l);
bool layer_held(const struct layer *l);

/*
 * Says which layer a checkout of `commit` wants: the key is made of the commands, setup.network, the level, the blobs of
 * setup.inputs at the commit (the whole tree where it names none there, or where the commit is foreign), the files of worktree.copy,
 * and which toolchains there are.
 */
int layer_name(struct layer *l, struct workspace *w, struct repo *repo, const struct policy *p,
	const char *commit, struct fault *why);

/*
 * Whether a layer that is held is also that of another commit, which differs from its own by `changes`. 1: no, that has other inputs, or
 * what setup has read is not the same there.
 */
int layer_fits(const struct layer *l, const struct repo *repo, const struct policy *p,
	const char *commit, const struct repo_changes *changes, struct fault *why);

enum layer_state {
	LAYER_THERE, /* and held */
	LAYER_MISSING,
	LAYER_BUSY, /* another process makes or removes it */
};

/*
 * Takes hold of it, without waiting; -1 on a fault. Where what setup has read is not the same in this commit it gets the name of
 * another.
 */
int layer_find(struct layer *l, struct fault *why);

/* l->path and l->cache from its key; the directory is that of the one it has, or of the workspace's where it has none. */
void layer_set_path(struct layer *l, const struct workspace *w);

/*
 * Makes it: a checkout of its commit, worktree.copy, the commands, each in a box with setup.network and a HOME of its own, their output
 * appended to `log`. 1: another process does already. A command that fails is a fault that names it and the log, and leaves
 * nothing.
 */
int layer_make(const struct layer *l, struct workspace *w, struct repo *repo,
	const struct policy *p, const char *log, struct fault *why);

/*
 * Makes a fresh checkout ready: with a layer that is held (borrowed by the checkout), or, where none is named, by running setup in it,
 * the output appended to `log`; and with worktree.copy. What the commit has at a path of the layer stays.
 */
int layer_apply(const struct layer *l, struct checkout *c, const struct workspace *w,
	const struct repo *repo, const struct policy *p, const char *log, struct fault *why);

/* Adds the directories that a checkout's layer gives copy-on-write. */
void layer_show(const struct checkout *c, struct box *box);

/*
 * Removes what the kernel keeps beside a checkout for its copies, of which an ordinary user's rm(1) cannot remove all, and the copies
 * of caches. Another box makes them anew.
 */
void layer_forget(const struct checkout *c);

/*
 * Appends, each with a NUL, the paths of copied files that are in the checkout as setup left them: those are nobody's work. Nothing may
 * run in it.
 */
void layer_unchanged(const struct checkout *c, struct buf *out);

/* Removes the layers of a work root that nobody uses and that were not used for so long; what cannot be removed stays. */
void layer_prune(const char *root, int64_t unused_ms);

#endif
