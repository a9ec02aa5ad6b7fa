/* Pointers of git-lfs, in blobs of an agent's: what is read becomes a path and a size. */
#include "core/lfs.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct lfs_pointer p = {0};

	if (!lfs_parse((const char *)bytes, len, &p))
		return 0;
	must(strlen(p.oid) == 64 && strspn(p.oid, "0123456789abcdef") == 64);
	must(p.size < 1000000000000000000ULL);
	return 0;
}
