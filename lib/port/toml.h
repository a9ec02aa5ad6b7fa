/*
 * toml: picks keys out of TOML text (toml.io, v1.0), line by line. It understands less than TOML is, and leaves out what it does
 * not: arrays, inline tables, arrays of tables, strings of several lines, and quoted keys with escapes are passed over whole. What
 * is picked is `key = value` with a string of one line, a number, a boolean or a date.
 */
#ifndef PORT_TOML_H
#define PORT_TOML_H

#include "base/buf.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether the key with these components ("model_providers", "mine", "base_url") is wanted. */
typedef bool toml_wants(void *state, const struct vec *path);

/* Appends to *out, as TOML, what is wanted of the text, in its order. Any bytes may be given. */
void toml_pick(const char *text, size_t len, toml_wants *wants, void *state, struct buf *out);

#endif
