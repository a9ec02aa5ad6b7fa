/* What the box that commits an agent's leftovers prints: two ids, after anything. */
#include "core/harvest.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(str_free) char *said = xstrndup((const char *)bytes, len);
	char tip[OID_MAX] = "", tree[OID_MAX] = "";
	size_t oid_len = len % 2 ? 64 : 40;

	if (harvest_parse(said, oid_len, tip, tree) < 0)
		must(!tip[0] && !tree[0]);
	else
		must(strlen(tip) == oid_len && strlen(tree) == oid_len);
	return 0;
}
