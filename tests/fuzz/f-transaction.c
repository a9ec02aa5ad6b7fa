/* What git hands to reference-transaction. */
#include "base/vec.h"
#include "core/guard_local.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(vec_release) struct vec refs = VEC_INIT;
	struct fault why = FAULT_INIT;

	if (guard_local_parse((const char *)bytes, len, &refs, &why) < 0) {
		must_be_plain(&why);
		return 0;
	}
	for (size_t i = 0; i < refs.len; i++)
		must(*refs.items[i] && !strchr(refs.items[i], ' ') && !strchr(refs.items[i], '\n'));
	return 0;
}
