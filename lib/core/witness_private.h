/*
 * witness_private: the three parts of a picture: places (files and directories), configuration, refs; each is taken by itself
 * and compared with an earlier one of its kind.
 */
#ifndef CORE_WITNESS_PRIVATE_H
#define CORE_WITNESS_PRIVATE_H

#include "base/buf.h"
#include "core/witness.h"
#include "port/hash.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Adds a change, its texts cleaned; `mend` NULL: none. */
void witness_add(struct witness_changes *out, const char *what, const char *mend);

struct place {
	char *name; /* for people, below the common directory; or absolute */
	char *path;
	bool is_dir; /* only its mode and owner count */
	struct stat st;
	char hash[HASH_HEX_SIZE]; /* of what it says; "": too large to be read */
};

struct places {
	struct place *items; /* by name */
	size_t len, cap;
};

int witness_places_take(struct places *p, const struct repo *repo, struct fault *why);
/* `config` and `config.worktree` are compared by their modes and owners alone. */
void witness_places_compare(const struct places *before, const struct places *after,
	const char *work, struct witness_changes *out);
void witness_places_release(struct places *p);

struct config_texts {
	struct buf config, worktree;
};

int witness_config_take(struct config_texts *c, const struct repo *repo, struct fault *why);
int witness_config_compare(const struct config_texts *before, const struct config_texts *after,
	const struct repo *repo, struct witness_changes *out, struct fault *why);
void witness_config_release(struct config_texts *c);

struct refs {
	struct buf loose;   /* "<value> <name>\n", value as in the file; by name */
	struct buf packed;  /* packed-refs */
	char *head;         /* what HEAD says */
	off_t head_log;     /* size; -1: it has none */
	bool logged;        /* every branch has its log */
	const char *prefix; /* borrowed */
};

int witness_refs_take(
	struct refs *r, const struct repo *repo, const char *prefix, struct fault *why);
void witness_refs_compare(const struct refs *before, const struct refs *after,
	const struct repo *repo, const struct witness_run *run, struct witness_changes *out);
void witness_refs_release(struct refs *r);

#endif
