/*
 * evidence_private: what the parts of evidence share: the rows (evidence_rows.c), a text without its comments and strings
 * (evidence_text.c), what is counted in one file (evidence_count.c) and where its tests are (evidence_region.c), and how two sides
 * are compared (evidence_compare.c). What is counted is an agent's: no text may cost more than its size and its lines warrant.
 */
#ifndef CORE_EVIDENCE_PRIVATE_H
#define CORE_EVIDENCE_PRIVATE_H

#include "core/evidence.h"
#include "port/match.h"
#include "port/regex.h"

#include <stdint.h>

#define EVIDENCE_TEXT_MAX ((size_t)2 << 20) /* bytes of a file that is counted */

/* Kinds that make no evidence of a path. */
#define EVIDENCE_OTHER (EVIDENCE_SHADOW | EVIDENCE_BUILD | EVIDENCE_DEPENDENCY | EVIDENCE_CACHE)

/* What a row's expressions find; the names of their keys stand in evidence_rows.c in this order. */
enum count_kind {
	COUNT_TEST,      /* a declaration; its first group is the test's name */
	COUNT_ASSERTION, /* one that can fail */
	COUNT_STRONG,    /* within an assertion: it compares with a value */
	COUNT_CALL,      /* a test is handed to what runs it */
	COUNT_SKIP,
	COUNT_EXIT,    /* success before the end, in evidence */
	COUNT_ABORT,   /* the same in the code that is tested */
	COUNT_SWALLOW, /* an exit code that is thrown away */
	COUNT_LINT,
	COUNT_WIDEN, /* an exception that vanishes */
	COUNT_BROAD, /* one that catches everything */
	COUNT_NARROW,
	COUNT_HOOK,    /* it changes what the runner does */
	COUNT_VALUE,   /* a number or a string in a test; of no row */
	COUNT_UNBUILT, /* what a runner prints where it cannot begin; of logs, not of files */
	COUNT_INLINE,  /* a region of a source file that is evidence */
	COUNT_KINDS,
};

#define TOKENS_MAX 5

struct lazy_regex { /* compiled when it is first asked for: a change is of one language or two */
	char *pattern;
	struct regex *regex;
};

/* NULL for NULL; one that does not compile (evidence_rules_check tells) finds nothing. */
struct regex *lazy_regex(struct lazy_regex *lazy);

struct lang {
	char *name;
	struct match_set *files, *collected; /* the second NULL: a test may be in any file */
	struct vec interpreters;
	char *line[TOKENS_MAX]; /* what starts a comment to the end of the line */
	char *open[TOKENS_MAX], *close[TOKENS_MAX]; /* comments over lines */
	char *not_line;                             /* starts with a comment's start and is none */
	char *quote;                            /* one-character quotes of strings within a line */
	char *fence[TOKENS_MAX];                /* quotes of strings over lines */
	struct lazy_regex *counts[COUNT_KINDS]; /* NULL: the row has none such */
};

struct part { /* of a file that is more than evidence */
	char *name, *finding, *detail;
	struct match_set *files;
	struct lazy_regex *regex;
	bool added; /* one that was not there is one too */
	bool code;  /* looked for where comments and strings are taken out */
};

#define RAN_MAX 4

struct runner { /* what one prints of how many tests it ran */
	char *name;
	struct lazy_regex *ran[RAN_MAX]; /* each one's groups are added up */
	size_t ran_len;
	struct lazy_regex *less;   /* what is to be taken off: skipped ones */
	struct lazy_regex *none;   /* what it prints where there were none... */
	struct lazy_regex *unless; /* ... if it does not print this */
	bool largest;              /* sums are printed again and again: the largest counts */
};

struct path_rule {
	unsigned kind;
	struct match_set *set;
};

struct evidence_rules {
	struct path_rule *paths;
	size_t paths_len;
	struct lang *langs;
	size_t langs_len, langs_cap;
	struct part *parts;
	size_t parts_len, parts_cap;
	struct runner *runners;
	size_t runners_len, runners_cap;
};

/* Four texts of the same length, in which what is taken out is blank. */
struct text_views {
	struct buf code;        /* neither comments nor what is in strings */
	struct buf no_strings;  /* with comments */
	struct buf no_comments; /* with strings */
};

void text_views_make(struct text_views *v, const struct lang *lang, const struct buf *raw);
void text_views_release(struct text_views *v);

/* Appends the bytes without what a formatter may change: blanks between words become one, others none. */
void text_squeeze(const char *bytes, size_t len, struct buf *out);

/* Whether the two differ in blanks alone. */
bool text_same(const struct buf *a, const struct buf *b);

/* Every line of `before` stands in `now`, in that order, blanks aside: something was added at most. */
bool text_extends(const char *before, size_t before_len, const char *now, size_t now_len);

/* Line number (from 1) of an offset. */
int text_line(const char *bytes, size_t at);

uint64_t text_hash(const char *bytes, size_t len);

/* --- what is counted -------------------------------------------------------------------------- */

struct found { /* one match */
	enum count_kind kind;
	const struct lang *lang;
	size_t change; /* index of its file */
	int line;
	bool strong;
	bool gone;  /* has its like on the other side */
	long test;  /* index of the test it stands in; -1: none */
	char *text; /* what it is compared by */
};

struct found_test {
	const struct lang *lang;
	size_t change;
	int line;
	char *name;
	uint64_t *lines; /* hashes of its body's lines */
	size_t lines_len;
	long twin; /* index on the other side; -1: none */
};

struct range {
	size_t from, to;
};

/* --- where the tests of a file are ------------------------------------------------------------- */

struct line {
	size_t from, to; /* of its first byte, and of its newline or the text's end */
};

#define LINE_NONE    \
	{            \
		1, 0 \
	}

/* The line of an offset; `last` is one of this text, for which nothing is looked for again, or LINE_NONE. */
struct line line_at(const struct buf *text, size_t at, struct line last);

struct region { /* of a test */
	size_t start, end;
	struct line first, named; /* the lines its declaration, and its name in it, begin on */
	size_t name_end;
	long test; /* index of it on its side */
	long outer; /* of the regions that are before, the last that ends in it or behind it; -1: none */
};

struct regions {
	struct region *items;
	size_t len, cap;
};

#define REGIONS_INIT       \
	{                  \
		NULL, 0, 0 \
	}

/* In the order of the text: a declaration's offset, and its name's. */
void regions_add(struct regions *r, const struct buf *text, size_t decl, size_t name,
	size_t name_end, long test);

/* All are there: from now on they are looked into. */
void regions_ready(struct regions *r);

/* The innermost around an offset; NULL: none. */
const struct region *region_at(const struct regions *r, size_t at);

/* Gives the test the hashes of the lines of its body. How many bytes it looked at. */
size_t region_hash(const struct region *r, const struct buf *text, struct found_test *t);

void regions_release(struct regions *r);

/* --- one side ---------------------------------------------------------------------------------- */

struct side { /* before, or now; what is of one change stands together */
	struct range *found_of, *tests_of; /* of each change */
	bool *partly; /* of each change: there is more in it than was counted */
	struct found *items;
	size_t len, cap;
	struct found_test *tests;
	size_t tests_len, tests_cap;
	uint64_t *
		words; /* hashes of the identifiers of the code that is tested; sorted by compare_counts */
	size_t words_len, words_cap;
};

void side_init(struct side *s, size_t changes);
void side_release(struct side *s);

/* What is to be counted of one file on one side. */
struct count_file {
	const struct lang *lang;
	size_t change;
	unsigned kind; /* of its path */
	const char *path;
};

void count_text(struct side *s, const struct count_file *file, const struct buf *raw);

/* --- comparing -------------------------------------------------------------------------------- */

struct comparison {
	struct evidence_rules *rules;
	const struct evidence_scope *scope;
	const struct repo_changes *changes;
	unsigned *kinds; /* of each change's path */
	const struct lang **langs;
	bool *silent; /* a rename, or blanks alone */
	struct side before, now;
	struct evidence *out;
};

#define PAIRS_MAX ((size_t)4 << 20) /* that are compared one by one */

/* Gives each test its twin on the other side, if it has one: by name, or by what it does. */
void pair_tests(struct comparison *c);

/* Marks as gone what stands on both sides, in the same test or file first, wherever it stands then. */
void pair_found(struct comparison *c);

/* From what was counted on both sides. */
void compare_counts(struct comparison *c);

/* Puts what was found since `first` in the order of paths, each name once per file, not too many of one; marks what was declared. */
void evidence_tidy(struct evidence *e, size_t first, const struct evidence_scope *scope);

/* Parts of files that are more than evidence. */
void compare_parts(struct comparison *c, size_t change, const struct lang *lang,
	const struct buf *before, const struct buf *now);

/* The row of a path; NULL: none. */
const struct lang *lang_of(const struct evidence_rules *rules, const char *path);

/*
 * Whether a command may run the file of this path, or what is in it: the path is a word of it, and not one that it merely hands to a
 * program which reads files, or as data to a script.
 */
bool command_runs(const struct evidence_rules *rules, const char *command, const char *path);

/* The row of a text that starts with "#!"; NULL: none. */
const struct lang *lang_of_text(const struct evidence_rules *rules, const struct buf *text);

#endif
