/*
 * guard_secrets: finds secrets in text. One pass looks for the keywords of all rules at once, as they are and in base64; at
 * a keyword its rule's pattern is tried, anchored there where it begins with the keyword, else over the line. What it finds
 * is the same as what every rule tried on every line would find; a pattern is compiled when its keyword was first met.
 */
#ifndef CORE_GUARD_SECRETS_H
#define CORE_GUARD_SECRETS_H

#include "base/fault.h"
#include "core/secret_rules.h"

#include <stdbool.h>
#include <stddef.h>

struct secrets;

struct secret_hit {
	const struct secret_rule *rule;
	size_t start, end;  /* in the text; of what is encoded, its whole run */
	const char *secret; /* what was found, decoded; `len` bytes, borrowed for the call */
	size_t len;
	const char *variable; /* the environment's whose value it is; NULL: found by a rule */
	bool encoded;         /* it stood there in base64 */
};

typedef void secret_sink(void *state, const struct secret_hit *hit);

/* A set with the built-in rules. What is added after a scan counts for the next one. */
struct secrets *secrets_new(void);
void secrets_free(struct secrets **s); /* NULL is fine; for CLEANUP */

/*
 * Adds a rule of a policy's; the strings are copied. `keywords`: one or more, separated by commas. A pattern that does not compile,
 * or no keyword of three characters, is a fault.
 */
int secrets_add(struct secrets *s, const char *name, const char *pattern, const char *keywords,
	struct fault *why);

/*
 * Adds the values of variables whose names say that they are secret (*_TOKEN, *_KEY, *_SECRET, *PASSWORD and their like): of
 * at least 8 bytes, and neither a path nor a plain word.
 */
void secrets_add_environ(struct secrets *s, const char *const *env);

/*
 * With it, what fails a checksum or looks like a placeholder counts too, and of rules that find the same each tells: for redaction,
 * where too much does no harm.
 */
void secrets_lenient(struct secrets *s);

/* Does now what else the next scan would begin with. */
void secrets_ready(struct secrets *s);

/* Tells every secret of the text, in order. Lines that are cut are not joined: give whole ones. */
void secrets_scan(struct secrets *s, const char *text, size_t len, secret_sink *sink, void *state);

/*
 * Whether secrets_scan could tell of one in any part of the text that is made of whole lines. False: of none in any. True may be too
 * much: a secret that goes on over lines, or is encoded over them, depends on where the part ends.
 */
bool secrets_may(struct secrets *s, const char *text, size_t len);

/* How often patterns were tried, and how often one reached its limit of steps, so far. */
struct secrets_work {
	size_t tries, exceeded;
};
struct secrets_work secrets_work(const struct secrets *s);

/* The keywords alone, without their rules: for measuring. Returns how many were met. */
size_t secrets_keywords(struct secrets *s, const char *text, size_t len);

#endif
