/*
 * store_index: the derived line per run, for core/store alone: kept under the store's lock.
 */
#ifndef CORE_STORE_INDEX_H
#define CORE_STORE_INDEX_H

#include "core/store.h"

#define STORE_PENDING ".pending" /* lies in runs/ while a change is under way */

/* Replaces the run's line, or adds one at the end. The store's lock is held. */
int store_index_put(struct store *s, const struct run *r, struct fault *why);

/* Takes the run's line away. The store's lock is held. */
int store_index_drop(struct store *s, const char *id, struct fault *why);

/* Reads the record as it stands on disk, without asking whether its owner lives. 1: there is none. */
int store_load(struct store *s, const char *id, struct run *out, struct fault *why);

#endif
