/*
 * guard_secrets_private: what the parts of guard_secrets share: what is looked for (guard_secrets_set.c), and looking for it
 * (guard_secrets.c).
 */
#ifndef CORE_GUARD_SECRETS_PRIVATE_H
#define CORE_GUARD_SECRETS_PRIVATE_H

#include "base/keywords.h"
#include "base/vec.h"
#include "core/guard_secrets.h"
#include "port/regex.h"

#include <stdint.h>

enum word_kind { WORD_PLAIN, WORD_ENCODED, WORD_VALUE };

struct word {              /* what a keyword's id stands for */
	const char *bytes; /* as they must stand there; NULL: in any case */
	size_t len;
	uint32_t rule; /* or value */
	unsigned char kind;
	unsigned char phase; /* encoded: how many bytes of its group of three are before it */
};

struct tried { /* a rule, once it is needed */
	const struct secret_rule *rule;
	struct regex *code;
	bool bad; /* does not compile */
	size_t scan,
		line_after; /* the last scan, and the end of the line, in which it was looked for */
};

struct value {
	char *name, *bytes;
};

struct own { /* a rule of a policy's */
	struct secret_rule rule;
	struct vec words;
	char *name, *pattern;
};

struct found {
	struct secret_hit hit;
	char *decoded; /* owned */
	size_t order;  /* of its rule */
};

struct secrets {
	struct tried *rules;
	size_t rules_len, rules_cap;
	struct own **own;
	size_t own_len, own_cap;
	struct value *values;
	size_t values_len, values_cap;
	struct word *words;
	size_t words_len, words_cap;
	struct vec encoded; /* owns the bytes of encoded words */
	struct keywords *keywords;
	bool lenient;
	bool part; /* it is asked of any part of the text, in whole lines */
	bool maybe;
	struct secrets_work work;
	/* Of one scan. */
	const char *text;
	size_t len, scan;
	size_t line_start,
		line_end; /* the line last looked at; line_end is its newline or the end */
	struct found *found;
	size_t found_len, found_cap;
};

/* Frees what the last scan has found. */
void secrets_forget(struct secrets *s);

#endif
