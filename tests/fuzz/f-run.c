/* Records of runs, damaged or made by somebody. */
#include "core/run.h"
#include "fuzz.h"
#include "port/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(json_free) struct json *value = NULL, *out = NULL;
	CLEANUP(run_release) struct run r, again;
	struct fault why = FAULT_INIT;

	run_init(&r);
	run_init(&again);
	if (json_parse((const char *)bytes, len, &value, &why) < 0 ||
		run_from_json(&r, value, &why) < 0)
		return 0;
	must(run_name_valid(r.id));
	out = run_to_json(&r);
	must(run_from_json(&again, out, &why) == 0);
	must(!strcmp(r.id, again.id) && r.state == again.state);
	must(r.passes_len == again.passes_len && r.stages_len == again.stages_len);
	return 0;
}
