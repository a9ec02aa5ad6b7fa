/* Patterns of a policy, and the paths and texts of an agent that they are held against. A NUL parts the two. */
#include "fuzz.h"
#include "port/match.h"
#include "port/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(str_free) char *pattern = xstrndup((const char *)bytes, len);
	size_t at = strlen(pattern) + 1;
	CLEANUP(str_free)
	char *path = at < len ? xstrndup((const char *)bytes + at, len - at) : xstrdup("");
	CLEANUP(buf_release) struct buf group = BUF_INIT, text = BUF_INIT;
	struct fault why = FAULT_INIT;

	match_path(pattern, path);
	match_name(pattern, path);
	if (match_check(pattern, &why) < 0)
		return 0;
	if (regex_group(pattern, path, strlen(path), &group))
		must(regex_search(pattern, path, strlen(path)));
	buf_puts(&text, path);
	regex_replace(&text, pattern, "<x>", &why);
	return 0;
}
