#include "port/hash.h"
#include "base/alloc.h"
#include "base/fs.h"

#include <errno.h>
#include <sha1.h>
#include <sha2.h>
#include <unistd.h>

#define PIECE 65536

void hash_hex(const void *bytes, size_t len, char out[HASH_HEX_SIZE])
{
	_Static_assert(HASH_HEX_SIZE == SHA256_DIGEST_STRING_LENGTH, "room for libmd's string");
	SHA256Data(bytes, len, out);
}

void hash_object(const void *head, size_t head_len, const void *bytes, size_t len, size_t digits,
	char out[HASH_HEX_SIZE])
{
	SHA1_CTX one;
	SHA2_CTX two;

	if (digits == SHA1_DIGEST_STRING_LENGTH - 1) {
		SHA1Init(&one);
		SHA1Update(&one, head, head_len);
		SHA1Update(&one, bytes, len);
		SHA1End(&one, out);
	} else {
		SHA256Init(&two);
		SHA256Update(&two, head, head_len);
		SHA256Update(&two, bytes, len);
		SHA256End(&two, out);
	}
}

int hash_copy(int from, int to, uint64_t max, uint64_t *copied, char out[HASH_HEX_SIZE])
{
	CLEANUP(str_free) char *piece = xcalloc(1, PIECE);
	SHA2_CTX context;
	ssize_t got;

	*copied = 0;
	SHA256Init(&context);
	while (*copied <= max && (got = read(from, piece, PIECE)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || fs_write_fd(to, piece, (size_t)got) < 0)
			return -1;
		SHA256Update(&context, (const uint8_t *)piece, (size_t)got);
		*copied += (uint64_t)got;
	}
	SHA256End(&context, out);
	return 0;
}
