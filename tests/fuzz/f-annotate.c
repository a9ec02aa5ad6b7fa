/* What a stage printed, as annotations in every format: no line of it becomes a command of a workflow. */
#include "core/annotate.h"
#include "fuzz.h"
#include "port/json.h"

static void must_hold(const struct annotations *notes, const struct annotate_format *format)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(json_free) struct json *document = NULL;
	struct fault why = FAULT_INIT;
	size_t lines = 0;

	format->put(notes, &out);
	if (format->document) {
		must(json_parse(out.data, out.len, &document, &why) == 0);
		return;
	}
	for (const char *c = out.data; *c; c++)
		lines += *c == '\n';
	must(lines == notes->len && !strchr(out.data, 27) && !strchr(out.data, '\r'));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(annotations_release) struct annotations notes = ANNOTATIONS_INIT;
	CLEANUP(str_free) char *text = xstrndup((const char *)bytes, len);

	annotate_output(&notes, "tests", text, 10, NULL, NULL);
	must(notes.len <= 10);
	annotate(&notes, ANNOTATE_WARNING, text, text, (int)len, text);
	for (size_t i = 0; annotate_formats[i]; i++)
		must_hold(&notes, annotate_format(annotate_formats[i]));
	return 0;
}
