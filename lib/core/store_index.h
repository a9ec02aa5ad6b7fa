/*
 * store_index: one line per run, derived from the records, so that `status` opens no record it does not show.
 */
#ifndef CORE_STORE_INDEX_H
#define CORE_STORE_INDEX_H

#include "core/store_files.h"

#include <stddef.h>

#define STORE_PENDING ".pending" /* lies in runs/ while a change is under way */

struct store_line { /* one line of the index; strings borrowed from the caller's index */
	const char *json;
	size_t len;
	enum run_state state;
};

struct store_index {
	char *map; /* the file's bytes */
	size_t size;
	struct store_line *lines; /* in order of start */
	size_t len, cap;
	size_t counts[RUN_STATES];
};

/* Reads the index, rebuilding it where it is missing or in doubt. No runs: an empty index. */
int store_index_open(struct store *s, struct store_index *out, struct fault *why);
void store_index_close(struct store_index *index);

/* Replaces the run's line, or adds one at the end. The store's lock is held. */
int store_index_put(struct store *s, const struct run *r, struct fault *why);

/* Takes the run's line away. The store's lock is held. */
int store_index_drop(struct store *s, const char *id, struct fault *why);

#endif
