/*
 * odb: reads objects of a repository without starting git. What it gives is what the id stands for: it is hashed. Whatever it does
 * not find, or find plain (alternates, more than a few packs, objects that are large), git has to be asked for; nothing here says that there
 * is no such object.
 */
#ifndef PORT_ODB_H
#define PORT_ODB_H

#include "base/buf.h"
#include "port/gitdir.h"

#include <stddef.h>

#define ODB_MAX ((size_t)1 << 20) /* bytes of an object */

enum odb_type { ODB_COMMIT = 1, ODB_TREE, ODB_BLOB, ODB_TAG }; /* as in packs */

struct odb;

/* Borrows nothing; opens nothing yet. */
struct odb *odb_open(const struct gitdir *dir);
void odb_free(struct odb **odb); /* NULL is fine; for CLEANUP */

/* Reads the object of a full id in hex: 0, *type and *out (which is cleared first) are set. 1: git has to be asked. */
int odb_read(struct odb *odb, const char *oid, enum odb_type *type, struct buf *out);

const char *odb_type_name(enum odb_type type);

#endif
