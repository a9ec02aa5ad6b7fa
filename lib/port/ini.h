/*
 * ini: reads INI text through inih, without inih's traps: leading blanks are stripped (an indented line is no
 * continuation), lines are counted, a line longer than INI_LINE_MAX is refused, ` ;` in a value is kept.
 *
 * Syntax: `[section]` or `[section "name"]`, `key = value` (the value may be empty), comment lines that start
 * with # or ;. A byte order mark at the start is skipped. CRLF ends a line too. Bytes that are no UTF-8
 * and control characters other than a tab are refused.
 */
#ifndef PORT_INI_H
#define PORT_INI_H

#include "base/fault.h"

#include <stddef.h>

#define INI_LINE_MAX 4000 /* bytes */

/*
 * Called per key in order; `name` is the section's quoted part or "". Section and key as written.
 * -1 with *why stops the reading; "<file>:<line>: " is put before its message.
 */
typedef int ini_handler(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why);

/* Reads the text; faults are "<file>:<line>: what was expected". Empty sections are told with key NULL. */
int ini_read(const char *text, size_t len, const char *file, ini_handler *handler, void *state,
	struct fault *why);

/* Of inih, as it was built with: the library does not tell. */
const char *ini_version(void);

#endif
