/*
 * attempt_words: what a person asked for after a proposal, and what that was, for the passes of a run that is revised.
 */
#ifndef FLOW_ATTEMPT_WORDS_H
#define FLOW_ATTEMPT_WORDS_H

#include "base/buf.h"
#include "flow/attempt.h"

struct attempt_words {
	struct buf asked;  /* the person's */
	struct buf diff;   /* of what was sealed last before, against the base */
	struct buf report; /* of it */
};

/* Fills *w, which is empty, from the run's directory; it stays empty where this go of the run is its first. */
int attempt_words(const struct attempt *a, struct attempt_words *w, struct fault *why);
void attempt_words_release(struct attempt_words *w);

#endif
