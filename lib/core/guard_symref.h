/*
 * guard_symref: names on a server that stand for another ref: git moves what such a name stands for, so that is what has to be judged.
 */
#ifndef CORE_GUARD_SYMREF_H
#define CORE_GUARD_SYMREF_H

#include "base/fault.h"
#include "port/gitdir.h"

#include <stdint.h>

/*
 * Follows `ref`, a full name that may be anything a client sends, through symbolic refs to *target (the caller frees), whether that exists
 * or not. 1: it is none. More of them in a row than git follows is a fault. Git is started only where refs are kept in tables; it
 * ends at `end_ms` (clock_now_ms; 0: no limit).
 */
int guard_symref(const struct gitdir *dir, const char *ref, int64_t end_ms, char **target,
	struct fault *why);

#endif
