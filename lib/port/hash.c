#include "port/hash.h"

#include <sha2.h>

void hash_hex(const void *bytes, size_t len, char out[HASH_HEX_SIZE])
{
	_Static_assert(HASH_HEX_SIZE == SHA256_DIGEST_STRING_LENGTH, "room for libmd's string");
	SHA256Data(bytes, len, out);
}
