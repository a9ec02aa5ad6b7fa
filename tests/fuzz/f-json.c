/* JSON: what is written of what was read is read as the same. */
#include "fuzz.h"
#include "port/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(json_free) struct json *value = NULL, *again = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT, twice = BUF_INIT;
	struct fault why = FAULT_INIT;

	if (json_parse((const char *)bytes, len, &value, &why) < 0) {
		must(!value);
		return 0;
	}
	json_write(value, len % 2, &text);
	must(json_parse(text.data, text.len, &again, &why) == 0);
	json_write(again, len % 2, &twice);
	must(!strcmp(text.data, twice.data));
	return 0;
}
