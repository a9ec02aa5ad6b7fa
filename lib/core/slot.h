/*
 * slot: how many runs of a repository work at the same time, over all its processes. .git/agent/slots/ holds a file per place;
 * who works holds one locked, and the kernel frees it whatever becomes of the holder. Who waits stands in a line, in the order
 * of coming.
 */
#ifndef CORE_SLOT_H
#define CORE_SLOT_H

#include "base/fault.h"
#include "base/fs.h"
#include "base/vec.h"
#include "core/store_files.h"

struct slot {
	struct fs_lock place; /* while it works */
	struct fs_lock turn;  /* while it stands in line */
	char *ticket;         /* name of the file that `turn` locks; NULL: not in line */
};

#define SLOT_INIT                                \
	{                                        \
		FS_LOCK_INIT, FS_LOCK_INIT, NULL \
	}

/* Takes one of `count` places without waiting. 1: all are taken, or somebody else is to be next. */
int slot_take(struct slot *s, const struct store *store, int count, struct fault *why);

/* Gets in line, behind whoever stands there. Then slot_take is to be asked from time to time. */
int slot_join(struct slot *s, const struct store *store, struct fault *why);

/* Writes down whose place it is, for slot_holders. */
void slot_name(const struct slot *s, const char *run);

/* Pushes the names of the runs that have one of the places. */
void slot_holders(const struct store *store, int count, struct vec *names);

bool slot_held(const struct slot *s);

/* Gives both up. For CLEANUP. */
void slot_release(struct slot *s);

#endif
