/*
 * brief: what a person asks an agent to do: Markdown, with optional front matter between two lines of "---"
 * holding `key: value` lines (title, name, agent, model, tests).
 */
#ifndef CORE_BRIEF_H
#define CORE_BRIEF_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>

#define BRIEF_MAX (1024 * 1024) /* bytes */

struct brief {
	char *source; /* the path as typed, or "standard input" */
	char *text;   /* the whole of it, front matter included */
	char *body;   /* without front matter */
	char *title;  /* front matter, first heading, or first line; cleaned, one line */
	char *name;   /* front matter's slug, NULL if none */
	char *stem;   /* file name without directory and extension, NULL for standard input */
	char *agent, *model;   /* front matter's, NULL if none */
	char *acceptance;      /* the acceptance criteria's section, NULL if there is none */
	char *scope;           /* likewise */
	struct vec may_change; /* `tests: may-change <pathspec>`, each pathspec */
	struct vec warnings;
};

/*
 * Reads a brief: a path, or "-" for standard input (`in_fd`). Missing, empty, too large, binary or
 * not UTF-8 is a fault with a hint. `dir` is where relative paths start.
 */
int brief_read(struct brief *b, const char *path, const char *dir, int in_fd, struct fault *why);

/* The same from bytes. */
int brief_parse(
	struct brief *b, const char *source, const char *bytes, size_t len, struct fault *why);
void brief_release(struct brief *b);

#endif
