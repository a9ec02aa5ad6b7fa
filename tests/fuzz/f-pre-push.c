/* What git hands to pre-push: local names may hold spaces and newlines. */
#include "core/guard_refs.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(guard_updates_release) struct guard_updates updates = GUARD_UPDATES_INIT;
	CLEANUP(vec_release) struct vec patterns = VEC_INIT;
	struct fault why = FAULT_INIT;

	vec_push(&patterns, "main");
	vec_push(&patterns, "release/*");
	if (guard_refs_parse((const char *)bytes, len, &updates, &why) < 0)
		return 0;
	for (size_t i = 0; i < updates.len; i++) {
		const struct guard_update *u = &updates.items[i];
		CLEANUP(str_free) char *ref = xstrndup(u->ref, u->ref_len);

		must((u->oid_len == 40 || u->oid_len == 64) && strlen(ref) == u->ref_len);
		must(!strncmp(ref, "refs/", 5));
		must(guard_refs_judge(ref, &patterns) != GUARD_PASS ||
			strcmp(ref, "refs/heads/main") != 0);
	}
	return 0;
}
