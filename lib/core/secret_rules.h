/*
 * secret_rules: what a secret looks like, a rule for each kind. The built-in ones are share/secrets.ini, which the build
 * turns into a table of constants, so that a hook opens no file for them; a policy may add its own.
 */
#ifndef CORE_SECRET_RULES_H
#define CORE_SECRET_RULES_H

#include <stddef.h>

enum secret_check { /* what more than its pattern a secret must fulfil; see core/secret_check.h */
	SECRET_ANY,
	SECRET_CRC62, /* ends in six base-62 digits of its CRC-32 (GitHub, npm) */
	SECRET_CRCHEX, /* ends in eight hex digits of the CRC-32 of what is before them (Packagist) */
	SECRET_GRAFANA, /* ends in the CRC-32 of what is before it, in hex */
	SECRET_JWT, /* three parts, the first two JSON objects in base64url, the first with "alg" */
	SECRET_AWS, /* a key id that decodes to an account's number */
	SECRET_JSON64,    /* base64 of a JSON object */
	SECRET_SNOWFLAKE, /* its first part is base64 of a number */
	SECRET_MIXED,     /* letters and digits, and no word of a language */
	SECRET_CHANCE,    /* the same, and not made of words in camel case */
	SECRET_BASIC, /* base64 of a name and a password that is no placeholder, or SECRET_MIXED */
};

enum {
	SECRET_LINE = 1, /* the pattern begins before its keyword: looked for in the whole line */
	SECRET_FOLD = 2, /* its keyword counts in any case */
	SECRET_GENERIC = 4, /* gives way to another rule that finds the same */
	SECRET_LINES = 8,   /* goes on over the ends of lines */
};

struct secret_rule {
	const char *name, *description, *source;
	/* PCRE2, of bytes. Its first group is the secret, or the whole. Without SECRET_LINE it begins with the keyword. */
	const char *pattern;
	const char *const *keywords; /* ends in NULL; one of them is in every match */
	float entropy;               /* the least, in bits a character; 0: any */
	unsigned char check;         /* enum secret_check */
	unsigned char flags;
};

extern const struct secret_rule secret_rules[];
extern const size_t secret_rules_len;

#endif
