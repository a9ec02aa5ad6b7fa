/*
 * toolchain: where the toolchains a person has installed are, and what of them a box shows (share/toolchains.ini).
 */
#ifndef PORT_TOOLCHAIN_H
#define PORT_TOOLCHAIN_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

struct toolchains {
	struct vec env;  /* "NAME=value", the directory a toolchain is in */
	struct vec show; /* absolute paths; some may not exist */
	struct vec hide; /* below one of those: credentials */
	struct vec
		tools; /* programs by name, and absolute paths of files, that say which version there is */
};

#define TOOLCHAINS_INIT                                \
	{                                              \
		VEC_INIT, VEC_INIT, VEC_INIT, VEC_INIT \
	}

void toolchains_release(struct toolchains *t);

/* Adds each toolchain the file at `path` names and this machine has; no file: none. */
int toolchains_find(struct toolchains *t, const char *path, struct fault *why);

/* Appends what a toolchain is recognised by: where each is, and which file each program of PATH is. */
void toolchains_identity(const struct toolchains *t, struct buf *out);

#endif
