/*
 * policy_keys: the one table of what a policy may say: where each key lives, its kind, its built-in
 * value, and how a value of its kind is read and written. Private to policy.c and policy_seal.c.
 */
#ifndef CORE_POLICY_KEYS_H
#define CORE_POLICY_KEYS_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/policy.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a value comes from, the lowest first; kept in struct policy_mark. */
enum policy_layer { LAYER_BUILTIN, LAYER_FILE, LAYER_CONFIG, LAYER_ENV, LAYER_FLAG };

enum key_kind {
	KEY_TEXT,     /* char *; empty: NULL, but "" where the built-in is "" */
	KEY_INT,      /* int */
	KEY_BOOL,     /* bool */
	KEY_DURATION, /* int64_t, milliseconds */
	KEY_SIZE,     /* int64_t, bytes */
	KEY_LIST,     /* struct vec; commas separate */
	KEY_LINES,    /* struct vec; each mention is one, whatever is in it */
	KEY_LEVEL,    /* enum sandbox_level */
	KEY_NETWORK,  /* enum sandbox_network */
	KEY_CHOICE,   /* char *, one of `choices` */
	KEY_FOREIGN,  /* known, but read by somebody else */
};

enum key_flags {
	KEY_OWN = 1,    /* a person's own: never from a policy file */
	KEY_CONFIG = 2, /* ... and from git config only */
	KEY_ADDS = 4,   /* layers above the policy file only add */
};

struct policy_key {
	const char *section, *name;
	enum key_kind kind;
	size_t offset; /* in struct policy, or struct gate_stage */
	const char *builtin;
	unsigned flags;
	const char *trust; /* how policy_commands calls it; NULL: nothing to trust */
	int min;           /* KEY_INT */
	const char *const *choices;
	/* of a text, and of each item of a list */
	int (*check)(const char *value, struct fault *why);
};

/* Both end in a row without a name. The second is for struct gate_stage; its section is "gate". */
extern const struct policy_key policy_keys[];
extern const struct policy_key stage_keys[];

/* Of a kind that holds several values. */
bool policy_key_is_many(const struct policy_key *key);

/* The row of section and name, any case; NULL: there is none. */
const struct policy_key *policy_key_find(
	const struct policy_key *table, const char *section, const char *name);

/* The row of "limits.wall", or for [agent] of "backend" too. */
const struct policy_key *policy_key_path(const char *path);

/* The row of an environment variable's part after GIT_AGENT_: case, '_' and '.' do not count. */
const struct policy_key *policy_key_variable(const char *name);

bool policy_section_known(const char *section);

/* Appends " (did you mean '...'?)" when something known is near to the section, or to the key of a known section. */
void policy_put_nearest(struct buf *out, const char *section, const char *name, bool stage);

/* A stage's name is part of file names: letters, digits and ._+- and blanks within, at most 50 bytes. */
int policy_check_stage_name(const char *name, struct fault *why);

/*
 * Reads one value into its place in *base. Lists are added to. The fault says what was expected; the
 * caller says of which key.
 */
int policy_value_read(
	const struct policy_key *key, void *base, const char *value, struct fault *why);

/* Appends the value in force, such that policy_value_read would take it. */
void policy_value_write(const struct policy_key *key, const void *base, struct buf *out);

/* Empties a list, or frees a text. */
void policy_value_clear(const struct policy_key *key, void *base);

#endif
