/*
 * git_batch: one git that stays and answers for objects (`git cat-file --batch`), so that reading one does not start a process.
 */
#ifndef PORT_GIT_BATCH_H
#define PORT_GIT_BATCH_H

#include "base/buf.h"
#include "base/fault.h"
#include "port/git.h"

#include <stddef.h>

struct git_object {
	char oid[65]; /* hex */
	char type[8]; /* "commit", "tree", "blob" or "tag" */
	size_t size;  /* bytes */
};

struct git_batch;

/* Starts it; `call` says where. */
int git_batch_open(const struct git_call *call, struct git_batch **out, struct fault *why);

/*
 * Appends the bytes of the object that `name` (a revision; with a newline it is none) comes to, if they are at most `max`; *object tells
 * how many there are. 1: there is none, or more than one. After a fault, and after an object larger than `max`, nothing more can be
 * asked: free it.
 */
int git_batch_read(struct git_batch *batch, const char *name, size_t max, struct git_object *object,
	struct buf *out, struct fault *why);

/* NULL is fine. For CLEANUP. */
void git_batch_free(struct git_batch **batch);

#endif
