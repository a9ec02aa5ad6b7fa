/*
 * guard_git: git as the guards of a hook start it: with the environment git gave the hook (it may name the quarantine of
 * a push), within the hook's time.
 */
#ifndef CORE_GUARD_GIT_H
#define CORE_GUARD_GIT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "port/git.h"
#include "port/proc.h"

#include <stdint.h>

/* For git_batch, git_stream and their like: the environment is git's for its hook. */
extern const struct git_call guard_git_call;

/* The reason word of a fault that says the time was used up. */
#define GUARD_LATE "too_long"

/*
 * Starts it, capturing what it prints; it is killed at `end_ms` (clock_now_ms; 0: no limit) and past 256 MiB of output.
 * `input` is borrowed until its end; NULL: none.
 */
int guard_git_start(const char *const *argv, const struct buf *input, int64_t end_ms,
	struct proc **out, struct fault *why);

/* The same; what it complains of is not shown. */
int guard_git_start_quiet(const char *const *argv, const struct buf *input, int64_t end_ms,
	struct proc **out, struct fault *why);

/* Until all of them have ended. */
void guard_git_wait(struct proc **set, size_t count);

/* 0: exit 0; 1: exit 1 where `one` is an answer. `what` names the call in the fault. */
int guard_git_end(const struct proc *child, const char *what, bool one, struct fault *why);

/* The three in one, for exit 0 or nothing; what it printed is in *out, which the caller frees. */
int guard_git_run(const struct vec *argv, const struct buf *input, int64_t end_ms,
	struct proc **out, struct fault *why);

/* The time is over: a fault with that reason. */
int guard_git_late(struct fault *why);

#endif
