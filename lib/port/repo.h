/*
 * repo: one repository, opened once: where it is, what kind it is, its configuration, its objects
 * and refs. Reading goes through a table of functions: plumbing (works everywhere) or libgit2 (in the
 * long-lived commands, where it is right).
 */
#ifndef PORT_REPO_H
#define PORT_REPO_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

#define OID_MAX       65 /* hex digits of a SHA-256 id, and the NUL */
#define REPO_BLOB_MAX ((size_t)16 << 20)

struct repo_entry {  /* one configuration entry, in the order git reads them */
	char *key;   /* section and name lower case, subsection as written */
	char *value; /* "" for a key without "=": git's `true` is in `implicit` */
	bool implicit;
};

struct repo {
	char *git_dir;    /* absolute */
	char *common_dir; /* absolute; git_dir but in a linked worktree */
	char *work_tree;  /* absolute; NULL in a bare repository */
	char *prefix;     /* the caller's directory below work_tree, "" or "a/b/" */
	char *name;       /* last part of the path, for people */
	bool bare, shallow, partial, sparse, split_index, sha256, worktree_config, reftable;
	struct repo_entry *config;
	size_t config_len;
	const struct repo_reader *reader;
	void *state;             /* the reader's */
	struct git_batch *batch; /* plumbing's, once something was read; NULL: none */
};

struct repo_change { /* one path that differs between two trees; renames are a deletion and an addition */
	char status;                             /* A, D, M or T */
	unsigned old_mode, new_mode;             /* octal as git's; 0 where there is none */
	char old_oid[OID_MAX], new_oid[OID_MAX]; /* "" where there is none */
	char *path;                              /* bytes as in the tree, relative to its root */
};

struct repo_changes {
	struct repo_change *items;
	size_t len, cap;
};

/*
 * The reading half, one table per way of doing it. The ids, paths and ref names that arrive here have been
 * checked (full hex ids; no path a tree cannot hold; refs/... or HEAD).
 */
struct repo_reader {
	const char *name;
	int (*open)(struct repo *repo, struct fault *why); /* 1: not for this repository */
	void (*close)(struct repo *repo);
	/* What a revision comes to as a `type` ("commit" or "tree"). */
	int (*resolve)(struct repo *repo, const char *rev, const char *type, char oid[OID_MAX],
		struct fault *why);
	int (*ref)(struct repo *repo, const char *ref, char oid[OID_MAX], struct fault *why);
	int (*blob)(struct repo *repo, const char *commit, const char *path, struct buf *out,
		struct fault *why);
	int (*diff)(struct repo *repo, const char *a, const char *b, struct repo_changes *out,
		struct fault *why);
	int (*ref_set)(struct repo *repo, const char *ref, const char *oid, const char *old,
		const char *reason, struct fault *why);
	int (*ref_delete)(struct repo *repo, const char *ref, const char *old, struct fault *why);
};

extern const struct repo_reader repo_reader_git;
extern const struct repo_reader repo_reader_libgit2;

/*
 * Opens the repository around `dir` (NULL: here), as git finds it (GIT_DIR, GIT_WORK_TREE, safe.directory). With
 * `prefer` (NULL: plumbing) that reader serves where it is right, plumbing elsewhere. A fault is EXIT_FATAL; where there is
 * no repository its reason is "no_repository".
 */
int repo_open(
	struct repo **out, const char *dir, const struct repo_reader *prefer, struct fault *why);

/*
 * The same from disk alone, without starting git, where nothing could make git say something else: a `.git` directory of this
 * user's, no variable and no configuration that moves it or the hooks. 1: ask repo_open. Nothing is to be read through it: it
 * has no reader, its prefix is not known, and its configuration is empty but for the certainty that core.hooksPath is not set.
 */
int repo_glance(struct repo **out);
void repo_close(struct repo **repo);

/* Ends what reads for it, which would not outlive this process or be its child: before a fork. The next reading starts it anew. */
void repo_rest(struct repo *repo);

/* The last value of a key (any case of section and name), NULL if it has none. Borrowed. */
const char *repo_config(const struct repo *repo, const char *key);

/* Appends the names of the remotes that have an address, each once. */
void repo_remotes(const struct repo *repo, struct vec *names);

/* The same as a boolean, `otherwise` where it is not set or is no boolean. */
bool repo_config_bool(const struct repo *repo, const char *key, bool otherwise);

/* Commit id of a revision. 1: there is no such commit. `rev` may be anything a person types; one that starts with '-' is none. */
int repo_commit(struct repo *repo, const char *rev, char oid[OID_MAX], struct fault *why);

/* Tree id of a commit (or tree) id. */
int repo_tree(struct repo *repo, const char *commit, char oid[OID_MAX], struct fault *why);

/* Appends the bytes of a path in a commit id; 1: there is none, or it is no regular file. A blob over 16 MiB is a fault. */
int repo_blob(struct repo *repo, const char *commit, const char *path, struct buf *out,
	struct fault *why);

/* What differs from commit or tree id `a` to `b`, byte order of paths; the empty tree's id needs no such tree. */
int repo_diff(struct repo *repo, const char *a, const char *b, struct repo_changes *out,
	struct fault *why);
void repo_changes_release(struct repo_changes *changes);

/* Id a ref points to (a full name); 1: there is no such ref. */
int repo_ref(struct repo *repo, const char *ref, char oid[OID_MAX], struct fault *why);

/*
 * Moves a ref by compare and swap: `old` is the id it must have, "" for "must not exist", NULL for any. 1: it moved
 * meanwhile. A ref that stands in the way (`agent` for `agent/x`) is a fault with the reason "ref_conflict". A symbolic
 * ref is replaced, never written through.
 */
int repo_ref_set(struct repo *repo, const char *ref, const char *oid, const char *old,
	const char *reason, struct fault *why);

/* Deletes a ref (if it still has `old`; NULL: any). 1: it has another id; none at all is done. */
int repo_ref_delete(struct repo *repo, const char *ref, const char *old, struct fault *why);

/* Short name of the branch HEAD is on, born or not; NULL where HEAD is detached. The caller frees. */
int repo_head_branch(struct repo *repo, char **branch, struct fault *why);

/* The id's abbreviation for people (first 7 or more digits, the caller's buffer). */
void repo_short(const char *oid, char out[OID_MAX]);

/* Of libgit2. */
const char *repo_libgit2_version(void);

#endif
