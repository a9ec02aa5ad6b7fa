/* The examples of FIPS 180-4's test vectors, and lengths around the block size. */
#include "port/hash.h"
#include "tap.h"

#include <stdlib.h>

static const struct {
	const char *text, *hex;
} table[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmn"
	 "opqrsmnopqrstnopqrstu",
		"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

int main(void)
{
	char hex[HASH_HEX_SIZE];
	char *million = malloc(1000000);

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		hash_hex(table[i].text, strlen(table[i].text), hex);
		is(hex, table[i].hex, table[i].text);
	}
	memset(million, 'a', 1000000);
	hash_hex(million, 1000000, hex);
	is(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "a million a");
	free(million);
	hash_hex("a\0b", 3, hex);
	is(hex, "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138",
		"a NUL is a byte");
	return tap_done();
}
