/*
 * regex: regular expressions over bytes, on PCRE2. Every search works under a limit of steps, so that no pattern and no input makes it
 * run away.
 */
#ifndef PORT_REGEX_H
#define PORT_REGEX_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- compiled once, for many texts ------------------------------------------------------------- */

struct regex;

enum regex_flag {
	REGEX_LINES = 1,    /* ^ and $ at every line, and steps enough for long texts */
	REGEX_WHOLE = 2,    /* nothing but the whole text matches, and a dot any byte of it */
	REGEX_ANY_CASE = 4, /* letters match in either case; else case counts */
};

struct regex_span {
	size_t start, end;             /* of the match, offsets in the bytes */
	size_t group_start, group_end; /* of its first group that took part; equal: none did */
};

/* `flags`: of enum regex_flag. Without REGEX_LINES, $ is the very end of the text. Free it. */
int regex_new(const char *pattern, unsigned flags, struct regex **out, struct fault *why);
void regex_free(struct regex **regex); /* NULL is fine; for CLEANUP */

/*
 * The first match that starts at `from` or after it, with `anchored` at `from` only. 0: found, and *span is set; 1: it is not
 * there; -1: the limit was reached.
 */
int regex_find(struct regex *regex, const char *bytes, size_t len, size_t from, bool anchored,
	struct regex_span *span);

/*
 * Whether the text matches, for what protects: where the limit is reached it is matched again in a way that cannot run away, and what even
 * that has no room for counts as a match.
 */
bool regex_guards(struct regex *regex, const char *text);

/* Another limit, and no machine code: for measuring how many steps a pattern takes. */
void regex_limit(struct regex *regex, uint32_t steps);

/* --- once -------------------------------------------------------------------------------------- */

/* The pattern (any case) occurs among the bytes. One that does not compile occurs nowhere. */
bool regex_search(const char *pattern, const char *bytes, size_t len);

/* The pattern occurs, case counting: what its first group matched is appended to *out. */
bool regex_group(const char *pattern, const char *bytes, size_t len, struct buf *out);

/* Replaces each match of a pattern (^ and $ at every line) by `to` ($1 works). -1: *text is as it was. */
int regex_replace(struct buf *text, const char *pattern, const char *to, struct fault *why);

/* Of PCRE2. */
const char *regex_version(void);

#endif
