/*
 * repo_raw: what git hands out as bytes: a tree object, and what `diff-tree -z --raw` prints. Names in them are an agent's.
 */
#ifndef PORT_REPO_RAW_H
#define PORT_REPO_RAW_H

#include "port/repo.h"

/*
 * Looks a name up in a tree's bytes, "<octal mode> <name>\0<id in binary>" each. `oid_len` is the number of hex digits of the
 * repository's ids. false: it is not there.
 */
bool raw_entry(const struct buf *tree, size_t oid_len, const char *name, size_t len, unsigned *mode,
	char oid[OID_MAX]);

/*
 * Appends the changes in ":<mode> <mode> <id> <id> <status>\0<path>\0" each; `bytes` is followed by a NUL of its own. -1: these are
 * not such bytes; what came before is in `out`.
 */
int raw_changes(const char *bytes, size_t len, size_t oid_len, struct repo_changes *out);

#endif
