/*
 * secret_search: looks for secrets where Git keeps things: commits with their messages and file names, what is staged, the working tree,
 * and names of refs. What it finds is told without the secret itself.
 */
#ifndef CORE_SECRET_SEARCH_H
#define CORE_SECRET_SEARCH_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_secrets.h"
#include "core/secret_allow.h"
#include "port/git.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_BINARY_MAX \
	((size_t)4 << 20) /* bytes of a file that is no text, which is looked into */
#define SECRET_TEXT_MAX ((size_t)64 << 20)

struct secret_finding {
	char *rule, *description;
	const char *place; /* "file", "name" (of a file), "message", "ref", "object", "input" */
	char *path;        /* of the file; of a ref its name; "" */
	size_t line;       /* from 1; 0: none */
	char *commit;      /* id; "" */
	char *shown;       /* what may be seen of it: "ghp_... (40 characters)" */
	char print[SECRET_PRINT_SIZE];
	char *variable; /* of the environment; NULL */
	char *allowed;  /* the reason; NULL: it is not */
	bool encoded;
};

struct secret_search {
	/* Given. */
	struct secrets *set;
	const struct secret_allow *allow;
	int64_t until;     /* of clock_now_ms; 0: no limit */
	bool some_missing; /* of the revisions some may not be here */
	/* Found. */
	struct secret_finding *items;
	size_t len, cap;
	size_t open; /* those that are not allowed */
	size_t commits;
	struct vec unseen; /* what was not looked into, and why, a line each */
	/* Its own. */
	struct buf commit;
	struct vec binaries; /* path, old id, new id, commit; each in turn */
};

void secret_search_init(struct secret_search *s);
void secret_search_release(struct secret_search *s);

/* Looks into text; `line` is the number of its first. `path` and `commit` may be "". */
void secret_search_text(struct secret_search *s, const char *place, const char *path,
	const char *commit, size_t line, const char *text, size_t len);

/* The same of bytes that may be anything: UTF-16 is read as text; of other bytes the text among them is looked into. */
void secret_search_bytes(struct secret_search *s, const char *place, const char *path,
	const char *commit, const char *bytes, size_t len);

/*
 * Every commit that `git log --stdin` lists for `revisions` (a line each): messages, names of files, lines they add; what a merge
 * adds that none of its parents has. `more` are arguments after it (NULL: none). `call` says in which repository.
 */
int secret_search_commits(struct secret_search *s, const struct git_call *call,
	const struct buf *revisions, const struct vec *more, struct fault *why);

/* What `git diff <args>` adds: {"--cached"} or two trees. */
int secret_search_diff(struct secret_search *s, const struct git_call *call, const struct vec *args,
	struct fault *why);

/* Takes those that `allow` has, which was not given before, as allowed. */
void secret_search_settle(struct secret_search *s, const struct secret_allow *allow);

/* Every file below `root` that git knows or would add. */
int secret_search_tree(
	struct secret_search *s, const struct git_call *call, const char *root, struct fault *why);

#endif
