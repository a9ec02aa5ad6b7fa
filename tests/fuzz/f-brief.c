/* Briefs: issue texts of anybody. */
#include "core/brief.h"
#include "fuzz.h"
#include "port/markdown.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fault why = FAULT_INIT;
	struct markdown m;
	struct brief b;

	markdown_parse((const char *)bytes, len, &m);
	markdown_release(&m);
	if (brief_parse(&b, "brief.md", (const char *)bytes, len, &why) < 0)
		must_be_plain(&why);
	brief_release(&b);
	return 0;
}
