/* What git hands to pre-receive, and what odd names are told as. */
#include "core/guard_limits.h"
#include "core/guard_refs.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(guard_updates_release) struct guard_updates updates = GUARD_UPDATES_INIT;
	CLEANUP(vec_release) struct vec patterns = VEC_INIT;
	struct fault why = FAULT_INIT;

	vec_push(&patterns, "main");
	vec_push(&patterns, "re:hot-[0-9]+");
	if (guard_received_parse((const char *)bytes, len, &updates, &why) < 0) {
		must_be_plain(&why);
		return 0;
	}
	for (size_t i = 0; i < updates.len; i++) {
		const struct guard_update *u = &updates.items[i];
		CLEANUP(str_free) char *ref = xstrndup(u->ref, u->ref_len);
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		must(u->oid_len == 40 || u->oid_len == 64);
		must(strlen(ref) == u->ref_len && !strchr(ref, ' ') && !strncmp(ref, "refs/", 5));
		must(guard_refs_judge(ref, &patterns) != GUARD_PASS ||
			strcmp(ref, "refs/heads/main") != 0);
		if (!guard_name(ref, &text))
			must(text.len && text_is_utf8(text.data, text.len) &&
				!strchr(text.data, '\n') && !strchr(text.data, 27));
	}
	return 0;
}
