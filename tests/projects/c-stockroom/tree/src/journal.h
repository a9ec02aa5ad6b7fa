/* journal.h: the book, a line at a time. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sku.h"

#define QUANTITY_MAX 1000000

enum movement_kind { MOVE_IN, MOVE_OUT, MOVE_MIN };

struct movement {
	enum movement_kind kind;
	int day;
	char sku[SKU_MAX + 1];
	long quantity;
	int64_t unit_cost; /* of MOVE_IN, in cents */
};

enum line_kind { LINE_MOVEMENT, LINE_NOTHING, LINE_ERROR };

/* Reads one line. LINE_NOTHING is an empty line or a comment; with LINE_ERROR *why says what is wrong. */
enum line_kind journal_line(const char *line, struct movement *move, const char **why);

/*
 * Reads the file to its end and hands every movement to `each`, which returns NULL or what is wrong with it.
 * Stops at the first error, prints "<name>:<line>: <reason>" to `err` and returns false.
 */
bool journal_read(FILE *in, const char *name, FILE *err,
		  const char *(*each)(void *data, const struct movement *move), void *data);

#endif
