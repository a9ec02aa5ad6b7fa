/* Policies: a branch of anybody's brings one. What it comes to is written as text that comes to the same. */
#include "core/policy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(policy_release) struct policy p;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(vec_release) struct vec asks = VEC_INIT;
	struct fault why = FAULT_INIT;

	policy_init(&p);
	if (policy_read(&p, (const char *)bytes, len, ".gitagent", &why) < 0 ||
		policy_seal(&p, &why) < 0) {
		must_be_plain(&why);
		return 0;
	}
	policy_write(&p, &text);
	policy_commands(&p, &asks);
	must(text.len && strlen(p.hash) == 64);
	for (size_t i = 0; i < asks.len; i++)
		must(asks.items[i][0]);
	return 0;
}
