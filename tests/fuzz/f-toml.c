/* Settings of a person's own agent, of which a part goes into the box. */
#include "fuzz.h"
#include "port/toml.h"

static bool wants(void *state, const struct vec *path)
{
	(void)state;
	return path->len && path->items[0][0] != 's';
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT, again = BUF_INIT;

	toml_pick((const char *)bytes, len, wants, NULL, &out);
	toml_pick(out.len ? out.data : "", out.len, wants, NULL, &again);
	must(again.len <= out.len);
	return 0;
}
