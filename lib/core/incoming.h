/*
 * incoming: where a pack from outside lies until it was checked: an object directory of its own inside the repository's, which
 * it borrows from. What is refused leaves nothing behind, not even the torn pack that index-pack keeps.
 */
#ifndef CORE_INCOMING_H
#define CORE_INCOMING_H

#include "base/fault.h"
#include "port/repo.h"

struct incoming {
	char *dir, *objects;
	char *variable; /* GIT_OBJECT_DIRECTORY=<dir> */
	const char *env
		[2]; /* for git_call.env: objects are looked up there too, and written nowhere else */
	char *keep; /* of the accepted pack: guards it until a ref pins it */
};

/* Makes the directory, named by the run; a killed run's is replaced. Call incoming_close whatever comes of it. */
int incoming_open(struct incoming *in, const struct repo *repo, const char *run, struct fault *why);

/* Moves what was received among the repository's packs; from then on all of it sees them. */
int incoming_accept(struct incoming *in, struct fault *why);

/* Removes the directory with all that was not accepted, and the guard: pin the accepted before. */
void incoming_close(struct incoming *in);

/* Removes what a killed run left there. */
int incoming_discard(const struct repo *repo, const char *run, struct fault *why);

#endif
