/* The examples of FIPS 180-4's test vectors, and lengths around the block size. */
#include "port/hash.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Longer than a piece, from a file to another; one byte more than is wanted tells that there was more. */
static void test_copy(void)
{
	char hex[HASH_HEX_SIZE], want[HASH_HEX_SIZE], *text = calloc(1, 200001), back[8] = "";
	FILE *from = tmpfile(), *to = tmpfile();
	uint64_t copied = 0;

	memset(text, 'x', 200000);
	hash_hex(text, 200000, want);
	ok(from && to && fwrite(text, 1, 200000, from) == 200000 && fflush(from) == 0, "a file");
	ok(lseek(fileno(from), 0, SEEK_SET) == 0 &&
			hash_copy(fileno(from), fileno(to), 1 << 20, &copied, hex) == 0,
		"is copied");
	is(hex, want, "and hashed");
	ok(copied == 200000 && lseek(fileno(to), 0, SEEK_END) == 200000 &&
			pread(fileno(to), back, 3, 199997) == 3 && !strcmp(back, "xxx"),
		"whole");
	ok(lseek(fileno(from), 0, SEEK_SET) == 0 &&
			hash_copy(fileno(from), fileno(to), 100, &copied, hex) == 0 &&
			copied > 100 && copied < 200000,
		"but not without end");
	ok(hash_copy(-1, fileno(to), 100, &copied, hex) < 0, "from nothing is a failure");
	fclose(from);
	fclose(to);
	free(text);
}

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
	test_copy();
	return tap_done();
}
