/*
 * git_plain: answers as git does for the names of objects whose meaning is plain, without starting it.
 */
#ifndef PORT_GIT_PLAIN_H
#define PORT_GIT_PLAIN_H

#include "base/buf.h"
#include "port/git_batch.h"
#include "port/gitdir.h"
#include "port/odb.h"

#include <stdbool.h>

struct plain_answer {
	struct git_object object; /* type "": there is no such thing */
	struct buf bytes;
};

/*
 * Answers for a full id, "HEAD", "HEAD^{tree}" and "HEAD:<path>" as git would. False: for that git has to be asked. The caller releases
 * answer->bytes in either case.
 */
bool plain_read(
	struct odb *odb, const struct gitdir *dir, const char *name, struct plain_answer *answer);

#endif
