/*
 * detect: what a repository's own files say about how it is tested: the stages a gate could have. The rules are a table,
 * share/detect.ini, which says how it is read; nothing here knows a language.
 */
#ifndef CORE_DETECT_H
#define CORE_DETECT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

struct detect_stage {
	char *name;
	char *run;
	char *timeout; /* as written in a policy; NULL: the built-in one */
	char *network; /* likewise */
	bool evidence;
	char *row; /* the table's row that found it; NULL: a person named it */
};

struct detect {
	struct detect_stage *stages; /* in the table's order, each name once */
	size_t len, cap;
	struct vec setup;          /* commands, each once */
	struct vec evidence_paths; /* beyond the built-in ones */
};

/* The files that count, and how to read one. */
struct detect_tree {
	struct vec paths; /* relative to the top, sorted by vec_sort */
	/* Appends the file's bytes; 1: it cannot be read, and so holds nothing. */
	int (*read)(void *state, const char *path, struct buf *out);
	void *state;
};

void detect_init(struct detect *d);
void detect_release(struct detect *d);

/* Applies the table at `path`. Stages and setup that *d has already stay first. A bad table is a fault. */
int detect_run(
	struct detect *d, const char *path, const struct detect_tree *tree, struct fault *why);

/*
 * Adds a stage of a person's own: "<name>=<command>" with a name in lower case (so that `VAR=1 make` is a command), or the
 * command alone, named after itself. EXIT_FATAL where it is no line, or the name is taken.
 */
int detect_add(struct detect *d, const char *text, struct fault *why);

#endif
