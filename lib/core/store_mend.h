/*
 * store_mend: what a machine reset or a full disk cut off at the end of a run's events.ndjson.
 */
#ifndef CORE_STORE_MEND_H
#define CORE_STORE_MEND_H

#include "core/store_files.h"

/*
 * A last line without its newline is completed where it is whole, else moved to events.torn beside it, and said through
 * s->say; no other line is touched. The store's lock is held.
 */
int store_mend(const struct store *s, const char *id, struct fault *why);

#endif
