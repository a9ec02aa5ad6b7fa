/*
 * odb_private: what the parts of odb share: finding an object (odb.c), and reading it from a pack (odb_pack.c).
 */
#ifndef PORT_ODB_PRIVATE_H
#define PORT_ODB_PRIVATE_H

#include "port/odb.h"

#include <stdbool.h>
#include <stdint.h>

#define ODB_ID_MAX 32 /* bytes of an id */

struct odb_map { /* a file in memory */
	const unsigned char *bytes;
	size_t len;
};

struct odb_pack {
	struct odb_map index, pack;
	uint32_t count;
	size_t id_len;
};

/* Takes the two files as they are. False: they are not of this format, or of other ids. */
bool odb_pack_init(struct odb_pack *pack, size_t id_len);

/* Where in the pack the object is; 0: it is not in it. */
uint64_t odb_pack_find(const struct odb_pack *pack, const unsigned char *id);

/* Appends the object that is there. 1: it is not plain. */
int odb_pack_read(const struct odb_pack *pack, uint64_t at, enum odb_type *type, struct buf *out);

/* Appends what a deflated stream comes to, at most `max` bytes. 1: it is more, or no such stream. */
int odb_inflate(const unsigned char *from, size_t len, size_t max, struct buf *out);

#endif
