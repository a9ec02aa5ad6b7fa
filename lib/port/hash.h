/*
 * hash: SHA-256 (FIPS 180-4) of bytes, by libmd; and what git makes an object's id of.
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

/* Of two pieces, one after the other: SHA-1 for ids of 40 hex digits, SHA-256 for those of 64. */
void hash_object(const void *head, size_t head_len, const void *bytes, size_t len, size_t digits,
	char out[HASH_HEX_SIZE]);

#endif
