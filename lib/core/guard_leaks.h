/*
 * guard_leaks: whether a push brings a secret: in its new commits, their messages and names, in the names of its refs, in tags and
 * in whatever else a ref of it points at. What a person allowed (core/secret_allow.h) counts: the file in the working tree, or that of HEAD.
 */
#ifndef CORE_GUARD_LEAKS_H
#define CORE_GUARD_LEAKS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_refs.h"
#include "core/guard_secrets.h"
#include "core/policy.h"
#include "port/git_batch.h"

#include <stdint.h>

struct guard_leaks {
	const struct guard_updates *updates;
	const struct vec *known; /* after `--not`: what the other side has */
	const struct policy *rules;
	int64_t end_ms;             /* of clock_now_ms; 0: no limit */
	struct vec *unseen;         /* gets a line for each that was not looked into, and why */
	struct git_batch **objects; /* started where it is needed; the caller's */
	struct secrets *
		set; /* what is looked for; the rules' own kinds are added to it. NULL: nothing is sent */
};

/*
 * 1: it brings none. 0: *text is what it brings, and *hints get the others and what to do. Few plain commits are
 * read without git; else one answers for objects, another lists commits where they are many, and yet another makes their diffs where there
 * may be something in them.
 */
int guard_leaks_check(
	const struct guard_leaks *l, struct buf *text, struct vec *hints, struct fault *why);

#endif
