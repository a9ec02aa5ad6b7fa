/*
 * guard_refs: which pushes a protected branch refuses. Pure: bytes in, a verdict per ref out.
 *
 * git hands pre-push one record per ref: "<local name> <local id> <remote ref> <remote id>\n". The local name is what
 * was typed (`HEAD^{/add y}`) and may hold blanks and newlines, so a record is read from its last three
 * fields. Those hold neither, so the line a record ends on always has their shape, whatever the name does
 * before it; a line without it is part of a name, and what follows it decides. A name can therefore forge a
 * record too many, which can only refuse more, but never hide one.
 */
#ifndef CORE_GUARD_REFS_H
#define CORE_GUARD_REFS_H

#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

struct guard_update { /* one record; the strings are borrowed from the input and end at their length */
	const char *ref; /* full name on the remote */
	size_t ref_len;
	const char *new_oid, *old_oid;
	size_t oid_len; /* 40 or 64, the same for both */
	bool deletion;  /* new_oid is all zeros */
	bool creation;  /* old_oid is all zeros */
};

struct guard_updates {
	struct guard_update *items;
	size_t len, cap;
};

#define GUARD_UPDATES_INIT \
	{                  \
		NULL, 0, 0 \
	}

/*
 * Reads every record. Refused as a fault: a NUL, a last line that ends no record or has no newline, a ref that
 * does not start with "refs/". No bytes: no record.
 */
int guard_refs_parse(const char *bytes, size_t len, struct guard_updates *out, struct fault *why);

/*
 * Reads what git hands to pre-receive: "<old id> <new id> <ref>\n" each. No name is in front there, so every byte has to be
 * as it should; anything else is a fault.
 */
int guard_received_parse(
	const char *bytes, size_t len, struct guard_updates *out, struct fault *why);
void guard_updates_release(struct guard_updates *updates);

enum guard_verdict {
	GUARD_PASS,
	GUARD_PROTECTED, /* refs/heads/<name> and a pattern matches <name> */
	GUARD_OWN, /* below refs/agent/: the bookkeeping of runs, rejected attempts among it */
};

/*
 * What a full ref name is. Patterns are globs on branch names (match_name); one that starts with "refs/" is matched
 * against the full name and so can protect tags too. One that starts with "re:" is a regular expression for the whole
 * name of a branch, or where it goes on with "refs/" or "^refs/" for the full name. Upper and lower case count as the same: on a
 * file system that folds case, a server takes refs/heads/Main for main.
 */
enum guard_verdict guard_refs_judge(const char *ref, const struct vec *patterns);

/* A glob or a regular expression that compiles. */
int guard_pattern_check(const char *pattern, struct fault *why);

/* Every pattern compiles: one that does not would protect nothing. */
int guard_refs_check(const struct vec *patterns, struct fault *why);

#endif
