/*
 * guard_verdict: a branch of a proposal goes out only as the gate judged it (propose.requireVerdict).
 */
#ifndef CORE_GUARD_VERDICT_H
#define CORE_GUARD_VERDICT_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/guard_refs.h"
#include "port/gitdir.h"

/*
 * Whether the update of refs/heads/<prefix>... is to the commit a run of this repository was judged green at. 1: it is, or it deletes the
 * branch, or is none of such a name; 0: *text says what is known of it instead.
 */
int guard_verdict_check(const struct gitdir *dir, const char *prefix,
	const struct guard_update *update, struct buf *text, struct fault *why);

#endif
