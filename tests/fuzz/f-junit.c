/* JUnit's XML: a count is never more than there are tags, and the same bytes give the same. */
#include "core/collected.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = xstrndup((const char *)bytes, len);
	long ran = collected_junit((const char *)bytes, len);
	size_t tags = 0;

	for (size_t i = 0; i < len; i++)
		tags += bytes[i] == '<';
	must(ran >= -1 && ran <= (long)tags);
	must(collected_junit((const char *)bytes, len) == ran);
	must(strlen(text) < len || collected_junit(text, len) == ran);
	str_free(&text);
	return 0;
}
