/*
 * hash: SHA-256 (FIPS 180-4) of bytes, by libmd.
 */
#ifndef PORT_HASH_H
#define PORT_HASH_H

#include <stddef.h>

#define HASH_HEX_SIZE 65 /* 64 hex digits and the NUL */

void hash_hex(const void *bytes, size_t len, char out[HASH_HEX_SIZE]);

#endif
