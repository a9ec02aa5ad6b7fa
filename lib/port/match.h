/*
 * match: globs with git's meaning and regular expressions, on PCRE2.
 */
#ifndef PORT_MATCH_H
#define PORT_MATCH_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * gitignore(5) pattern against a path relative to the root: without a slash (but at its end) it is matched against
 * every last component and directory on the way, with one against the whole path or a directory above it; `*` and `?` stop at '/',
 * two stars do not; [...] ranges. A leading '/' anchors. Bytes, case matters. A pattern that does
 * not compile matches nothing.
 */
bool match_path(const char *pattern, const char *path);

/* A glob against a whole name (branches): `*` stops at '/', two stars do not. */
bool match_name(const char *pattern, const char *name);

/*
 * A regular expression (PCRE2, any case) against a whole name. One that works longer than its limits allow counts as a
 * match, as with globs: these patterns protect.
 */
bool match_whole(const char *pattern, const char *name);

/* Any of the patterns. */
bool match_path_any(const struct vec *patterns, const char *path);
bool match_name_any(const struct vec *patterns, const char *name);

/* A glob that match_* can compile. */
int match_check(const char *pattern, struct fault *why);

/* A regular expression that match_whole can compile. */
int match_check_regex(const char *pattern, struct fault *why);

/* The pattern (PCRE2, any case) occurs among the bytes. One that does not compile occurs nowhere. */
bool match_search(const char *pattern, const char *bytes, size_t len);

/* The pattern (PCRE2) occurs, case counting: what its first group matched is appended to *out. */
bool match_group(const char *pattern, const char *bytes, size_t len, struct buf *out);

/* Replaces each match of a PCRE2 pattern (multi-line, bytes) by `to` ($1 works). */
int match_replace(struct buf *text, const char *pattern, const char *to, struct fault *why);

/* Globs as of match_path, compiled once for many paths; one that does not compile matches nothing. */
struct match_set;
struct match_set *match_set_new(const struct vec *patterns);
bool match_set_has(struct match_set *set, const char *path); /* NULL has none */
void match_set_free(struct match_set **set);

/*
 * A regular expression (PCRE2, bytes, multi-line, case counts) compiled once for many texts. A search that would take too
 * long finds nothing.
 */
struct match_regex;
struct match_span {
	size_t start, end;           /* of the match, offsets in the bytes */
	size_t name_start, name_end; /* of its first group that took part; equal: none did */
};
int match_regex_new(const char *pattern, struct match_regex **out, struct fault *why);
bool match_regex_next(struct match_regex *regex, const char *bytes, size_t len, size_t from,
	struct match_span *span); /* the first match that starts at `from` or after it */
void match_regex_free(struct match_regex **regex);

/*
 * A pattern compiled once, of bytes, for a scanner. Works under a limit of steps at each place it begins, so that no input makes it run
 * away; what it meets often is compiled to machine code.
 */
struct match_code;

struct match_place {
	size_t start, end;             /* the whole */
	size_t group_start, group_end; /* the first group, or the whole where it has none */
};

int match_code_new(const char *pattern, struct match_code **out, struct fault *why);
void match_code_free(struct match_code **code); /* NULL is fine; for CLEANUP */

/* Looks from `from` on, or with `anchored` there only. 0: found; 1: it is not there; -1: the limit was reached. */
int match_code_at(struct match_code *code, const char *bytes, size_t len, size_t from,
	bool anchored, struct match_place *place);

/* Another limit, and no machine code: for measuring how many steps a pattern takes. */
void match_code_limit(struct match_code *code, uint32_t steps);

/* Of PCRE2. */
const char *match_version(void);

#endif
