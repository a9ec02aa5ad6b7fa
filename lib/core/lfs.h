/*
 * lfs: what git-lfs stores beside git's objects: a commit holds pointers (git-lfs-spec, "The Pointer"), the content lies in
 * lfs/objects/<aa>/<bb>/<sha256>. Of what an agent left there only what its change points at is taken over, by its hash.
 */
#ifndef CORE_LFS_H
#define CORE_LFS_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stdint.h>

struct lfs_pointer {
	char oid[65]; /* hex of the content's SHA-256 */
	uint64_t size;
};

/* Whether a blob is a pointer; false: it is content. */
bool lfs_parse(const char *bytes, size_t len, struct lfs_pointer *out);

/*
 * Brings what the change's pointers name and the repository's `store` does not hold from the agent's (`git_dir`/lfs/objects) into
 * it: hashed while it is copied, under its name only when it is whole. `tree` is what the changes lead to. Content that is not what
 * its name says, a link, no regular file, or one that is too large is a fault of EXIT_REFUSED, "bad_lfs_object". Pushes the paths whose
 * content is in neither.
 */
int lfs_import(struct repo *repo, const struct repo_changes *changes, const char *tree,
	const char *store, const char *git_dir, struct vec *missing, struct fault *why);

#endif
