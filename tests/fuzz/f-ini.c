/* INI files: policies, agent presets, toolchains, gate detection. */
#include "fuzz.h"
#include "port/ini.h"

static int take(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	size_t *seen = state;

	(void)why;
	must(section && name && line > 0);
	*seen += strlen(section) + strlen(name);
	if (key) /* NULL: a section with nothing in it */
		*seen += strlen(key) + strlen(value);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fault why = FAULT_INIT;
	size_t seen = 0;

	if (ini_read((const char *)bytes, len, "file", take, &seen, &why) < 0)
		must_be_plain(&why);
	return 0;
}
