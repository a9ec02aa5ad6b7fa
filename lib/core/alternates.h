/*
 * alternates: where a repository's objects lie: its own directory and whatever that borrows from
 * (objects/info/alternates, see gitrepository-layout(5)).
 */
#ifndef CORE_ALTERNATES_H
#define CORE_ALTERNATES_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

/* Appends `objects` and all it borrows from, recursively and in git's own order, each once, absolute. What is missing is left out. */
int alternates_find(const char *objects, struct vec *out, struct fault *why);

/* Appends the text of an alternates file that names these directories. */
void alternates_write(const struct vec *dirs, struct buf *out);

#endif
