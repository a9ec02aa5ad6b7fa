/*
 * store: the runs on disk. run.json is replaced atomically and is the truth; events.ndjson has one line per
 * transition; index.ndjson has one line per run, derived.
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include "base/fault.h"
#include "base/fs.h"
#include "core/run.h"
#include "core/store_files.h"
#include "core/store_index.h"

#include <stdbool.h>

/*
 * Claims a name by creating its directory: `wanted`, or with `number` `wanted-2`, `wanted-3`, ... `taken`
 * (may be NULL) says of a candidate that it cannot be used. Writes the first record (r->id is set,
 * the state RUN_QUEUED), durable with the first transition. 1: the name is taken and `number` is false.
 */
int store_claim(struct store *s, struct run *r, const char *wanted, bool number,
	bool (*taken)(void *state, const char *name), void *state, struct fault *why);

/* Reads one run. 1: there is none by that name. A live record whose owner is gone reads as interrupted. */
int store_read(struct store *s, const char *id, struct run *out, struct fault *why);

/*
 * Applies an event: run.json durable, then the event's line (with `note`, NULL for none), then the index. Only after
 * it returns may anything say so. An event the table does not know in this state is a fault.
 */
int store_apply(
	struct store *s, struct run *r, enum run_event event, const char *note, struct fault *why);

/* Writes the record without a transition (a pass's result, a flag). */
int store_save(struct store *s, struct run *r, struct fault *why);

/* Removes the run's directory and its line. */
int store_remove(struct store *s, const char *id, struct fault *why);

/*
 * Takes the run for this process: 1: another has it, or what it has started is not gone yet. Held until the process and all it keeps
 * have ended (proc_hold), or fs_unlock and they.
 */
int store_lock(struct store *s, const char *id, struct fs_lock *lock, struct fault *why);

/* The same for a run that is over: what a killed process has left to end soon is waited for. 1: another process is at it. */
int store_lock_over(struct store *s, const char *id, struct fs_lock *lock, struct fault *why);

#endif
