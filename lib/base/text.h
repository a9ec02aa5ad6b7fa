/*
 * text: strings from outside made safe or made short: cut, cleaned, slugged, compared, parsed.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A NUL among the bytes: not text. */
bool text_is_binary(const char *bytes, size_t len);

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(const char *bytes, size_t len);

/*
 * Makes text harmless to a terminal: escape sequences (ECMA-48 CSI, OSC, DCS and the rest) vanish,
 * other control characters but newline and tab become '?', bytes that are not UTF-8 become '?', C1 controls and
 * bidirectional overrides too. CR LF becomes a newline.
 */
void text_clean(struct buf *b);

/* text_clean of a copy; the caller frees. */
char *text_cleaned(const char *text);

/* Cuts the middle out at line borders so that at most about `max` bytes stay, and says how many bytes went. */
void text_cut_middle(struct buf *b, size_t max);

/* Appends [a-z0-9-], runs of anything else as one '-', at most `max` bytes, none at the ends. May append nothing. */
void text_slug(struct buf *out, const char *text, size_t max);

/* The candidate nearest to `word` by edit distance if it is near enough to be a typing error, else NULL. */
const char *text_nearest(const char *word, const char *const *candidates);

/* "90", "90s", "30m", "2h", "3d", "250ms" -> milliseconds; -1: not a duration. A bare number is seconds. */
int64_t text_duration(const char *text);

/* "512", "64k", "100m", "2g" (powers of 1024, any case) -> bytes; -1: not a size. */
int64_t text_size(const char *text);

/* Appends "0.4s", "12s", "3m05s", "2h10m", "3d". */
void text_put_duration(struct buf *out, int64_t ms);

/* git's boolean words: 1 (true yes on 1), 0 (false no off 0 and ""), -1 otherwise. Any case. */
int text_bool(const char *text);

/*
 * Splits a command template into words: blanks separate, '...' and "..." quote, a backslash takes
 * the next character (inside "..." only before " and \). No shell, no expansion. Open quotes are a fault.
 */
int text_split_words(const char *text, struct vec *words, struct fault *why);

/* Replaces every `from` in the text by `to`. */
void text_replace(struct buf *b, const char *from, const char *to);

/* Appends the text as one shell word (single quotes where needed), for a command a person may copy. */
void text_put_shell_word(struct buf *out, const char *word);

#endif
