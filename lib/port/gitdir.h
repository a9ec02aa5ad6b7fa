/*
 * gitdir: where the git directory is, read from disk without starting git: for hooks, which git starts in the
 * repository they speak of and which must cost nothing where there is nothing to do.
 */
#ifndef PORT_GITDIR_H
#define PORT_GITDIR_H

#include "base/fault.h"

#define GITDIR_OID_SIZE 65 /* of an id in hex, and its end */

struct gitdir {
	char *git_dir;    /* as GIT_DIR names it, or absolute */
	char *common_dir; /* git_dir but in a linked worktree */
};

#define GITDIR_INIT        \
	{                  \
		NULL, NULL \
	}

/*
 * GIT_DIR and GIT_COMMON_DIR where they are set (git sets them for its hooks), else the directory itself or the first above
 * it that holds `.git` (a directory, or a file naming one) or is bare.
 */
int gitdir_find(struct gitdir *out, struct fault *why);
void gitdir_release(struct gitdir *dir);

/* The full name of the ref HEAD is on; 1: it is detached. The caller frees. */
int gitdir_head(const struct gitdir *dir, char **ref, struct fault *why);

/*
 * The id that HEAD or the full name of a ref comes to, where refs are files. 1: none is found that way, and git has to be asked.
 */
int gitdir_ref(const struct gitdir *dir, const char *name, char oid[GITDIR_OID_SIZE]);

#endif
