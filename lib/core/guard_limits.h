/*
 * guard_limits: how much a push may bring, and how odd it may be. What is measured is never trusted: sizes are asked of git
 * before anything is read, and each call of git ends with the time of the whole.
 */
#ifndef CORE_GUARD_LIMITS_H
#define CORE_GUARD_LIMITS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_refs.h"
#include "core/policy.h"

#include <stdbool.h>
#include <stdint.h>

struct guard_measure {
	const struct guard_updates *updates;
	const struct vec *known; /* after `--not`: what the other side has */
	const struct policy *rules;
	int64_t end_ms; /* 0: no limit */
};

/*
 * The new objects against push.maxSize (what they take as they are stored here) and push.maxFile. 1: within them, or there is neither
 * limit. 0: *text says what is too large.
 */
int guard_size(const struct guard_measure *m, struct buf *text, struct fault *why);

/* The same for push.maxSize of what lies in a directory: the quarantine of a push that is being received. */
int guard_received_size(const char *dir, const struct policy *rules, struct buf *text);

/*
 * The new commits, and the trees that are pushed by themselves, against push.depth: how many names a path is made of. 1: within; 0:
 * *text says which path is not.
 */
int guard_depth(const struct guard_measure *m, struct buf *text, struct fault *why);

/*
 * The name of a ref is one that a server takes: short, of text that a terminal shows as it is, no other name in disguise. 1: it is;
 * 0: *text says what is odd about it.
 */
int guard_name(const char *ref, struct buf *text);

#endif
