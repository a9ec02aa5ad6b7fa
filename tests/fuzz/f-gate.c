/* What a red stage printed, made comparable: once, and where it is short over and over, as far as a log is read. */
#include "core/gate.h"
#include "fuzz.h"

#define LOG_MAX   262144
#define SHORT_MAX 24

static void normalise(const uint8_t *bytes, size_t len, size_t times)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, line = BUF_INIT;

	while (times--)
		buf_add(&text, bytes, len);
	gate_normalise(&text, LOG_MAX);
	must(text_is_utf8(text.data, text.len));
	gate_pick(&text);
	must(text.len <= LOG_MAX * 2 && !memchr(text.data, '\1', text.len));
	must(!gate_first_failure(&text, &line) || !memchr(line.data, '\n', line.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	normalise(bytes, len, 1);
	if (len && len <= SHORT_MAX)
		normalise(bytes, len, LOG_MAX / len);
	return 0;
}
