/*
 * hash: SHA-256 (FIPS 180-4) of bytes, by libmd.
 */
#ifndef PORT_HASH_H
#define PORT_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_HEX_SIZE 65 /* 64 hex digits and the NUL */

/*
 * Copies from one descriptor to another until the end, or until more than `max` bytes have come, and hashes what it copies. -1 with
 * errno set.
 */
int hash_copy(int from, int to, uint64_t max, uint64_t *copied, char out[HASH_HEX_SIZE]);

void hash_hex(const void *bytes, size_t len, char out[HASH_HEX_SIZE]);

#endif
