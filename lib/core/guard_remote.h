/*
 * guard_remote: what the other side of a push has, so that only what is new to it counts as new.
 *
 * That is told by the ids it named of the refs that move, and by the remote-tracking branches of the remote; a push to a URL that some
 * remotes are configured with goes to those. Where there is none of it, as in the first push to a remote, it is asked. What another
 * remote has is no base: that one may be private, and what is old there would be new, and public, here.
 */
#ifndef CORE_GUARD_REMOTE_H
#define CORE_GUARD_REMOTE_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_refs.h"
#include "port/gitdir.h"

#include <stdint.h>

struct guard_remote {
	const char *name; /* NULL: the push goes to a URL */
	const char *url;  /* NULL: not known */
	const struct gitdir *dir;
	const struct guard_updates *updates;
	int64_t end_ms; /* of clock_now_ms; 0: no limit */
};

/*
 * Appends to *known what follows `--not` in an argument list of git rev-list --ignore-missing: "--remotes=origin", or ids of branches
 * of the other side, some of which may not be here. Nothing: all of it is new. The other side is asked only where nothing else tells, with
 * no terminal to ask anybody at, and for a few seconds; what it says is what git goes by when it sends, so it cannot hide anything
 * from being looked at that would be sent. One that does not answer has nothing.
 */
int guard_remote_known(const struct guard_remote *remote, struct vec *known, struct fault *why);

#endif
