/* What red stages printed, for reading and for recognising the same failure again. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/gate.h"
#include "core/redact.h"
#include "port/match.h"

#include <string.h>

#define LOG_MAX ((size_t)1 << 31)

/* What differs between two runs of the same failure. In this order: the later patterns see what the earlier left. */
static const struct {
	const char *pattern, *to;
} noise[] = {
	/* From where a word begins: tried from each of its slashes a long one would take hours. */
	{"(?<![^\\s:'\"])([^\\s:'\"/]*)/[^\\s:'\"]*/gate-\\d+/(?:\\d+|prepared)/tree", "$1."},
	{"/tmp/[^\\s:'\"]*", "<tmp>"},
	{"0x[0-9a-fA-F]{4,}", "<addr>"},
	{"\\b\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d[^\\s]*", "<time>"},
	{"\\b\\d\\d:\\d\\d(?::\\d\\d)?(?:[.,]\\d+)?\\b", "<time>"},
	{"\\b\\d+(?:[.,]\\d+)?\\s?(?:ms|us|ns|s|sec|secs|seconds|min|minutes)\\b", "<time>"},
	{"(:|line |\\()\\d+(?=[:),]|\\b)", "$1<n>"},
	{"\\bpid \\d+|\\[\\d+\\]", "<pid>"},
};

static int each_red(const struct gate *g, struct buf *out, struct fault *why,
	void (*put)(const struct gate_result *r, struct buf *text, size_t max, struct buf *out),
	size_t max)
{
	for (size_t i = 0; i < g->len; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		const struct gate_result *r = &g->results[i];

		if (r->status != GATE_RED && r->status != GATE_BROKEN)
			continue;
		if (fs_read(r->log, &text, LOG_MAX, why) < 0)
			return -1;
		put(r, &text, max, out);
	}
	return 0;
}

static void put_readable(const struct gate_result *r, struct buf *text, size_t max, struct buf *out)
{
	text_clean(text);
	redact(text);
	text_cut_middle(text, max);
	buf_printf(out, "### stage %s: %s\n$ %s\n%s", r->stage->name, r->detail, r->stage->run,
		text->data);
	if (text->len && text->data[text->len - 1] != '\n')
		buf_putc(out, '\n');
}

int gate_failure(const struct gate *g, size_t max, struct buf *out, struct fault *why)
{
	return each_red(g, out, why, put_readable, max);
}

void gate_normalise(struct buf *text, size_t max)
{
	struct fault ignored = FAULT_INIT;

	text_clean(text);
	text_cut_middle(text, max);
	for (size_t i = 0; i < ARRAY_LEN(noise); i++)
		match_replace(text, noise[i].pattern, noise[i].to, &ignored);
}

static void put_fingerprint(
	const struct gate_result *r, struct buf *text, size_t max, struct buf *out)
{
	gate_normalise(text, max);
	buf_printf(out, "%s\n%s\n", r->stage->name, text->data);
}

int gate_fingerprint(const struct gate *g, struct buf *out, struct fault *why)
{
	return each_red(g, out, why, put_fingerprint, 262144);
}
