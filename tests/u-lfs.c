/* What a pointer of git-lfs is, and what is none (git-lfs-spec, "The Pointer"). */
#include "core/lfs.h"
#include "tap.h"

#include <stdlib.h>

#define VERSION_LINE "version https://git-lfs.github.com/spec/v1\n"
#define HEX          "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
#define OID          "oid sha256:" HEX "\n"

static const struct {
	const char *name, *text;
	long long size; /* -1: no pointer */
} rows[] = {
	{"a pointer", VERSION_LINE OID "size 12345\n", 12345},
	{"of nothing", VERSION_LINE OID "size 0\n", 0},
	{"with extensions", VERSION_LINE "ext-0-x sha256:" HEX "\n" OID "size 1\n", 1},
	{"nothing", "", -1},
	{"text", "hello\n", -1},
	{"another version", "version https://example.com/v2\n" OID "size 1\n", -1},
	{"more after the version", "version https://git-lfs.github.com/spec/v1x\n" OID "size 1\n",
		-1},
	{"no name", VERSION_LINE "size 1\n", -1},
	{"a short name", VERSION_LINE "oid sha256:4d7a\nsize 1\n", -1},
	{"a path for a name",
		VERSION_LINE
		"oid sha256:../../../../../../../../../../../../../../../../../../../etc/x\nsize 1\n",
		-1},
	{"capitals",
		VERSION_LINE
		"oid sha256:4D7A214614AB2935C943F9E0FF69D22EADBB8F32B1258DAAA5E2CA24D17E2393\nsize 1\n",
		-1},
	{"no size", VERSION_LINE OID, -1},
	{"an empty size", VERSION_LINE OID "size \n", -1},
	{"a negative size", VERSION_LINE OID "size -1\n", -1},
	{"too large a number", VERSION_LINE OID "size 99999999999999999999\n", -1},
	{"no line's end", VERSION_LINE OID "size 1", -1},
	{"more at the end", VERSION_LINE OID "size 1\nx\n", -1},
};

int main(void)
{
	struct lfs_pointer p;
	char *large = calloc(1, 5000);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool is = lfs_parse(rows[i].text, strlen(rows[i].text), &p);

		ok(is == (rows[i].size >= 0), "%s", rows[i].name);
		ok(!is || (p.size == (uint64_t)rows[i].size && !strcmp(p.oid, HEX)),
			"%s: name and size", rows[i].name);
	}
	ok(!lfs_parse(VERSION_LINE OID "size 1\n\0", sizeof(VERSION_LINE OID "size 1\n\0") - 1, &p),
		"a NUL");
	memset(large, 'x', 4999);
	memcpy(large, VERSION_LINE, strlen(VERSION_LINE));
	ok(!lfs_parse(large, 4999, &p), "a large file is not looked through");
	free(large);
	return tap_done();
}
