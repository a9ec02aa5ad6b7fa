/*
 * glob: patterns with git's meaning as regular expressions (PCRE2, bytes) for the whole of a path or a name, a dot in which stands for
 * any byte. Text to text: nothing is compiled here.
 *
 * Each appends the expression to *out and returns NULL, or says what is wrong with the pattern; then *out holds a part of it.
 */
#ifndef PORT_GLOB_H
#define PORT_GLOB_H

#include "base/buf.h"

/*
 * gitignore(5) pattern for a path relative to the root: without a slash (but at its end) it is matched against
 * every last component and directory on the way, with one against the whole path or a directory above it; `*` and `?` stop at '/',
 * two stars do not; [...] ranges. A leading '/' anchors.
 */
const char *glob_of_path(const char *pattern, struct buf *out);

/* A glob for a whole name (branches): `*` stops at '/', two stars do not. */
const char *glob_of_name(const char *pattern, struct buf *out);

#endif
