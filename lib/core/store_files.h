/*
 * store_files: the part of the store that knows where things are, .git/agent/runs/<run>/ in the common git
 * directory, and how one run's record and events are read and written.
 */
#ifndef CORE_STORE_FILES_H
#define CORE_STORE_FILES_H

#include "base/fault.h"
#include "base/fs.h"
#include "base/vec.h"
#include "core/run.h"

struct store {
	char *dir;                     /* .git/agent */
	char *runs;                    /* .git/agent/runs */
	void (*say)(const char *line); /* tells a person what was mended; NULL: nobody is told */
};

/* Names the store of a common git directory; makes nothing. */
void store_init(struct store *s, const char *common_dir);
void store_release(struct store *s);

/* Path of a file of a run, to be freed by the caller. */
char *store_path(const struct store *s, const char *id, const char *file);

/* Every run's name, sorted. */
int store_names(struct store *s, struct vec *names, struct fault *why);

/* The record as it stands on disk, without asking whether its owner lives. 1: there is none. */
int store_load(struct store *s, const char *id, struct run *out, struct fault *why);

/* Replaces run.json, atomically, and with `durable` so that a machine reset leaves it. The store's lock is held. */
int store_write(struct store *s, const struct run *r, bool durable, struct fault *why);

/* Adds a line to events.ndjson: the event, the state it was in (NULL: none), the state it is in, a note (NULL: none). */
int store_add_event(struct store *s, const struct run *r, const char *event, const char *from,
	const char *note, bool durable, struct fault *why);

#endif
