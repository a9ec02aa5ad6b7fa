/*
 * diff_lines: reads what `git log -p` and `git diff` print, as it comes, and tells what was added. Pure: bytes in, calls out.
 * What is in a file is never taken for the diff's own lines: hunks are read by the counts in their heads.
 *
 * Beside the diff it reads the list of files that `git log --raw` prints, for which git reads none of them.
 */
#ifndef CORE_DIFF_LINES_H
#define CORE_DIFF_LINES_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

#define DIFF_LINES_OVERLAP ((size_t)16384)
#define DIFF_LINES_BIG \
	((size_t)32 << 20) /* bytes of a file from which on git shows none of its lines */

/* Pushes git's arguments: `log`, with the diff of each commit (of a merge, what none of its parents has) or with the list alone, ... */
void diff_lines_log(struct vec *args, bool list);

/* ... or `diff`. Plain, without context, exact renames followed, whatever is configured; revisions are yet to come. */
void diff_lines_diff(struct vec *args);

struct diff_sink { /* any may be NULL; -1 from one ends the reading with *why */
	void *state;
	/* A commit begins; what follows is of it. */
	int (*commit)(
		void *state, const char *oid, const char *message, size_t len, struct fault *why);
	/* A file was added, changed or renamed to this name. */
	int (*file)(void *state, const char *path, struct fault *why);
	/*
	 * Lines that follow each other, each with its newline; the first is number `line` of the new file. Very many are told in parts, of which
	 * each begins with the last DIFF_LINES_OVERLAP bytes, or some more, of the one before: what goes over lines is whole in one of them.
	 */
	int (*added)(void *state, const char *path, size_t line, const char *text, size_t len,
		struct fault *why);
	/* A file git does not show: ids as they are in the diff, all zeros for none. */
	int (*binary)(void *state, const char *path, const char *old_oid, const char *new_oid,
		struct fault *why);
	/* Of a list: what the file of this name now is (0160000: a commit of another repository); not told of one that is gone. */
	int (*object)(
		void *state, const char *path, unsigned mode, const char *oid, struct fault *why);
};

struct diff_lines {
	const struct diff_sink *sink;
	struct buf pending; /* not yet a whole line */
	struct buf path, added, old_oid, new_oid;
	size_t line;      /* of the new file, the next one */
	size_t first;     /* of what is in `added` */
	size_t again;     /* bytes of `added` that were told before */
	size_t parents;   /* 1, or of a merge more */
	size_t new_left;  /* lines of the hunk that are to come: of the new file */
	size_t *old_left; /* of each parent's */
	size_t old_cap;
	int told; /* the file has been told of */
};

void diff_lines_init(struct diff_lines *d, const struct diff_sink *sink);
void diff_lines_release(struct diff_lines *d);

/* Reads more bytes; they are used up (`bytes` is empty afterwards). */
int diff_lines_feed(struct diff_lines *d, struct buf *bytes, struct fault *why);

/* After the last byte. A diff that ends in the middle of a hunk is a fault. */
int diff_lines_end(struct diff_lines *d, struct fault *why);

#endif
