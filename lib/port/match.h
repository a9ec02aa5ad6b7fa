/*
 * match: what a policy's pattern means for a path or a name: globs with git's meaning (glob.h) and regular expressions. Bytes. These
 * patterns protect: one that works longer than its limits allow counts as a match; one that does not compile matches nothing,
 * so patterns are checked where they are read.
 */
#ifndef PORT_MATCH_H
#define PORT_MATCH_H

#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>

/* A glob against a path relative to the root (glob_of_path). Case matters. */
bool match_path(const char *pattern, const char *path);

/* A glob against a whole name (glob_of_name). Case matters. */
bool match_name(const char *pattern, const char *name);

/* A regular expression (any case) against a whole name. */
bool match_whole(const char *pattern, const char *name);

/* Any of the patterns. */
bool match_path_any(const struct vec *patterns, const char *path);
bool match_name_any(const struct vec *patterns, const char *name);

/* A glob that match_* can compile. */
int match_check(const char *pattern, struct fault *why);

/* A regular expression that match_whole can compile. */
int match_check_regex(const char *pattern, struct fault *why);

/* Globs as of match_path, compiled once for many paths. Free it. */
struct match_set;
struct match_set *match_set_new(const struct vec *patterns);
bool match_set_has(struct match_set *set, const char *path); /* NULL has none */
void match_set_free(struct match_set **set);

#endif
