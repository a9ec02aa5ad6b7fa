/*
 * secret_text: the text that bytes hold which are no plain text: what is looked into for secrets is text.
 */
#ifndef CORE_SECRET_TEXT_H
#define CORE_SECRET_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* UTF-16 with a mark at its start or without. False: it is none. Appends it as UTF-8. */
bool secret_text16(const char *bytes, size_t len, struct buf *out);

/* Appends the text that bytes hold: as it is, from UTF-16, or with each NUL as the end of a line. */
void secret_text(const char *bytes, size_t len, struct buf *out);

#endif
