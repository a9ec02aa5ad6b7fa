/* TAP, and whatever else runners print: a count is never more than there are lines in TAP, and never less than -1 in anything. */
#include "base/install.h"
#include "core/collected.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct evidence_rules *rules;
	struct fault why = FAULT_INIT;
	const char *text = (const char *)bytes;
	long ran = collected_tap(text, len);
	size_t lines = 1;

	if (!rules)
		must(evidence_rules_load(&rules, "share/evidence.ini", &why) == 0);
	for (size_t i = 0; i < len; i++)
		lines += bytes[i] == '\n';
	must(ran >= -1 && ran <= (long)lines);
	must(collected_read(rules, text, len) >= -1);
	return 0;
}
