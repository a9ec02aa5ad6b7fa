/*
 * toolchain: where the toolchains a person has installed are, and what of them a box shows (share/toolchains.ini).
 */
#ifndef PORT_TOOLCHAIN_H
#define PORT_TOOLCHAIN_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stddef.h>

/* A directory a tool fills by itself, and would fill again. */
struct toolchain_cache {
	char *name; /* of its own among them: "npm-0" */
	char *from; /* where the person has it; if `at` is NULL it need not be there */
	char *at;   /* where it is seen below HOME; NULL: where it is */
};

struct toolchains {
	struct vec env;  /* "NAME=value", the directory a toolchain is in */
	struct vec show; /* absolute paths; some may not exist */
	struct vec hide; /* below one of those: credentials */
	struct vec set;  /* "NAME=value", where {home} stands for the box's HOME */
	struct vec
		tools; /* programs by name, and absolute paths of files, that say which version there is */
	struct toolchain_cache *caches;
	size_t caches_len, caches_cap;
};

#define TOOLCHAINS_INIT                                                      \
	{                                                                    \
		VEC_INIT, VEC_INIT, VEC_INIT, VEC_INIT, VEC_INIT, NULL, 0, 0 \
	}

void toolchains_release(struct toolchains *t);

/* Adds each toolchain the file at `path` names and this machine has; no file: none. */
int toolchains_find(struct toolchains *t, const char *path, struct fault *why);

/* Appends what a toolchain is recognised by: where each is, and which file each program of PATH is. */
void toolchains_identity(const struct toolchains *t, struct buf *out);

#endif
