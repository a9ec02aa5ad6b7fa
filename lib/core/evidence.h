/*
 * evidence: what proves the code (tests, fixtures, the configuration of CI, runners and linters), and what a change does
 * to it. The languages are rows of share/evidence.ini; here nothing is run: two texts of each changed file are
 * compared. A rename, a reformat, a test that moved and one that was added are no findings.
 */
#ifndef CORE_EVIDENCE_H
#define CORE_EVIDENCE_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stddef.h>

struct json;

enum evidence_kind { /* of a path; a path may be of several */
	EVIDENCE_TEST = 1,
	EVIDENCE_FIXTURE = 2,
	EVIDENCE_SNAPSHOT = 4,
	EVIDENCE_CI = 8,
	EVIDENCE_LINT = 16,
	EVIDENCE_RUNNER = 32,
	EVIDENCE_SHADOW =
		64, /* where it is new it takes the place of a runner, or of a module of one */
	EVIDENCE_SCRIPT = 128, /* a stage runs it, or it has the name of what runs tests */
	EVIDENCE_POLICY = 256,
	EVIDENCE_DEPENDENCY = 1024, /* of a package manager's: no part of a commit, as a rule */
	EVIDENCE_CACHE = 2048,      /* what tools write beside tests, and nobody reads */
	EVIDENCE_BUILD = 512,       /* not evidence, but what says how the tests are run is in it */
};

/* What a replay puts back: everything but what is judged in other ways, or not run at all. */
#define EVIDENCE_REPLAYED                                                                         \
	(EVIDENCE_TEST | EVIDENCE_FIXTURE | EVIDENCE_SNAPSHOT | EVIDENCE_LINT | EVIDENCE_RUNNER | \
		EVIDENCE_SCRIPT)

struct evidence_finding {
	char *name;      /* "tests-deleted"; gitagent-evidence(7) has them all */
	char *path;      /* NULL: it is of no one file */
	int line;        /* in what is there now, or where it was; 0: the whole file */
	long base, now;  /* counted before and after; -1: nothing was counted */
	char *detail;    /* for people, cleaned, one line; NULL: the name says it */
	char status[12]; /* "flagged", "blocked", or "declared": a person said that it may change */
};

struct evidence {
	struct evidence_finding *items;
	size_t len, cap;
	struct vec
		restore; /* paths of evidence that stood at base and is another or gone, and that nobody declared */
	struct vec without; /* paths of new configuration of runners, and of new shadows */
	struct vec brought; /* paths of tests, and what they read, that are new or another */
	size_t new_tests;   /* tests that are new, as far as the languages' rows know them */
	bool code;          /* something that is no evidence is another, too */
};

#define EVIDENCE_INIT                                              \
	{                                                          \
		NULL, 0, 0, VEC_INIT, VEC_INIT, VEC_INIT, 0, false \
	}

/* Where to look, all borrowed; any may be NULL. */
struct evidence_scope {
	const struct vec *paths;      /* evidence.paths */
	const struct vec *may_change; /* what the brief declares */
	const struct vec *commands; /* the stages' commands: a file one of them names is a script */
	const char *policy_file;    /* ".gitagent" */
};

/* Gives a changed file's bytes at base, or now. 1: it is not to be counted (too large, no regular file). */
struct evidence_source {
	void *state;
	int (*read)(void *state, const struct repo_change *change, bool now, struct buf *out,
		struct fault *why);
};

/* The rows, read once from share/evidence.ini (NULL) or another table. */
struct evidence_rules;
int evidence_rules_load(struct evidence_rules **out, const char *path, struct fault *why);

/* Compiles whatever is compiled when it is first asked for; the fault names the row. */
int evidence_rules_check(struct evidence_rules *rules, struct fault *why);
void evidence_rules_free(struct evidence_rules **rules);

/* What a path is: enum evidence_kind, or 0. */
unsigned evidence_classify(
	struct evidence_rules *rules, const struct evidence_scope *scope, const char *path);

/* Appends what the changes do to the evidence, in the order of paths. */
int evidence_scan(struct evidence_rules *rules, const struct evidence_scope *scope,
	const struct repo_changes *changes, const struct evidence_source *source,
	struct evidence *out, struct fault *why);

/* The same with the bytes from a repository. */
int evidence_scan_repo(struct evidence_rules *rules, const struct evidence_scope *scope,
	const struct repo_changes *changes, struct repo *repo, struct evidence *out,
	struct fault *why);

/* What a runner printed tells that it could not begin: something that it needs is missing, or does not compile. */
bool evidence_unbuilt(struct evidence_rules *rules, const char *log, size_t len);

/* Adds one; path and detail are copied, and the detail is cleaned. */
struct evidence_finding *evidence_add(struct evidence *e, const char *name, const char *path,
	int line, long base, long now, const char *detail);
void evidence_release(struct evidence *e);

/* Appends the finding as one line: "tests-deleted: tests/test_x.py:3: 'test_a' is gone (2 -> 1)". */
void evidence_put_line(const struct evidence_finding *f, struct buf *out);

/* One finding as records and `guard evidence --json` have it. The caller owns it. */
struct json *evidence_finding_json(const struct evidence_finding *f);

#endif
