/* What a red stage printed, made comparable. */
#include "core/gate.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_add(&text, bytes, len);
	gate_normalise(&text, 262144);
	must(text_is_utf8(text.data, text.len));
	return 0;
}
