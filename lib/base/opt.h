/*
 * opt: one table of options serves parsing, usage text and completion.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>

enum opt_type {
	OPT_END,
	OPT_FLAG,   /* bool: true; --no-<name> makes it false */
	OPT_COUNT,  /* int: one more each time */
	OPT_STRING, /* const char *, borrowed from argv */
	OPT_LIST,   /* struct vec: pushed each time */
	OPT_INT,    /* int, not negative */
	OPT_CHOICE, /* const char *, one of `choices` */
};

/* What completion offers for a value or an argument. */
enum opt_complete {
	COMPLETE_NOTHING,
	COMPLETE_FILE,
	COMPLETE_DIR,
	COMPLETE_BRIEF, /* Markdown files */
	COMPLETE_PATCH, /* patches and revisions */
	COMPLETE_REV,
	COMPLETE_RUN,
	COMPLETE_COMMAND,
	COMPLETE_PROGRAM, /* what a shell would run */
};

struct opt {
	enum opt_type type;
	char letter;      /* 0: none */
	const char *name; /* without the dashes */
	void *into;
	const char *arg;  /* value's name in usage, NULL for flags */
	const char *help; /* one line; NULL: neither usage nor completion shows it */
	const char *const *choices;
	enum opt_complete complete;
};

/*
 * Reads argv[1..]: options anywhere before "--", `--name=value` and `--name value`, letters
 * bundled, unambiguous prefixes of names. The rest goes to `args`. Tables are tried in order (the
 * command's own, then the common ones); the list ends in NULL. A fault is EXIT_USAGE and names the
 * nearest option.
 */
int opt_parse(const struct opt *const *tables, int argc, char **argv, struct vec *args,
	struct fault *why);

/* As opt_parse, but stops at the first word that is no option; that and all after it go to `args`. */
int opt_parse_front(const struct opt *const *tables, int argc, char **argv, struct vec *args,
	struct fault *why);

/*
 * Appends "usage: git agent <name> <synopsis>" (a line of the synopsis each; the name may be "") and
 * every option with its help, wrapped at 80 columns, tables set apart by an empty line.
 */
void opt_usage(
	struct buf *out, const char *name, const char *synopsis, const struct opt *const *tables);

/*
 * Appends one line per option for completion: "--name<TAB>kind<TAB>help", kind being "flag",
 * "value", "file", "dir", "brief", "patch", "rev", "run", "command", "program" or "=a,b,c" for choices; letters likewise as "-x".
 */
void opt_list(struct buf *out, const struct opt *const *tables);

/* The word for a completion kind ("file", "run", ...; "" for nothing). */
const char *opt_complete_name(enum opt_complete kind);

#endif
