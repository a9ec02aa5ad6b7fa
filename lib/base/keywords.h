/*
 * keywords: finds every one of many words in bytes in one pass, whatever their number (Aho-Corasick). Upper and lower case
 * ASCII letters count as the same; who cares looks at the bytes found. A search learns from the text: one at a time.
 */
#ifndef BASE_KEYWORDS_H
#define BASE_KEYWORDS_H

#include <stddef.h>
#include <stdint.h>

struct keywords;

struct keywords *keywords_new(void);

/* Adds a word of `len` bytes (at least 1) before keywords_build; `id` is what a hit tells. Several words may have one id. */
void keywords_add(struct keywords *k, const char *word, size_t len, uint32_t id);

/* Once, after the last word. */
void keywords_build(struct keywords *k);
void keywords_free(struct keywords **k); /* NULL is fine; for CLEANUP */

/*
 * Goes on from *at until a word ends: 1, and *at is just past its end. 0: no more. *state starts as 0 and belongs to
 * the search; it may go on into bytes that follow.
 */
int keywords_next(struct keywords *k, const char *bytes, size_t len, size_t *at, uint32_t *state);

/* The words that end where keywords_next stopped: begins as *hit = 0; 1: *id is the next one of them. */
int keywords_hit(const struct keywords *k, uint32_t state, uint32_t *hit, uint32_t *id);

#endif
