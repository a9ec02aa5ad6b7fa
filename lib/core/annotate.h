/*
 * annotate: what a check has found, in the words of the place that runs it: commands of a workflow, a code quality report, SARIF, or
 * plain lines. Each is a row of a table. Texts are cleaned on their way in.
 */
#ifndef CORE_ANNOTATE_H
#define CORE_ANNOTATE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum annotation_level { ANNOTATE_NOTICE, ANNOTATE_WARNING, ANNOTATE_ERROR };

struct annotation {
	enum annotation_level level;
	char *rule; /* "secrets", "paths", a stage's name */
	char *path; /* NULL: it is of no file */
	int line;   /* 0: of no line */
	char *text; /* one line */
};

struct annotations {
	struct annotation *items;
	size_t len, cap;
};

#define ANNOTATIONS_INIT   \
	{                  \
		NULL, 0, 0 \
	}

void annotate(struct annotations *a, enum annotation_level level, const char *rule,
	const char *path, int line, const char *text);
void annotations_release(struct annotations *a);

/* "plain", "github", "gitlab", "codequality", "sarif"; ends in NULL. */
extern const char *const annotate_formats[];

struct annotate_format {
	const char *name;
	bool document; /* what it puts is a document of its own, beside which nothing may be printed */
	void (*put)(const struct annotations *a, struct buf *out);
	/* Folds what is between the two; `at` is in seconds since the epoch. */
	void (*open)(const char *name, long at, struct buf *out);
	void (*close)(const char *name, long at, struct buf *out);
};

const struct annotate_format *annotate_format(const char *name);

/*
 * Adds what the output of a stage says of files: "path:12: text", "path:12:3: text", Python's `File "path", line 12`. At most `max`, and
 * only paths that `knows` (NULL: all).
 */
void annotate_output(struct annotations *a, const char *rule, const char *text, size_t max,
	bool (*knows)(void *state, const char *path), void *state);

#endif
