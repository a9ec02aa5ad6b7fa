/* What red stages printed, for reading and for recognising the same failure again. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/gate.h"
#include "core/redact.h"

#include <string.h>

#define LOG_MAX   ((size_t)1 << 31)
#define PRINT_MAX 262144

static int each_red(const struct gate *g, struct buf *out, struct fault *why,
	void (*put)(const struct gate_result *r, struct buf *text, size_t max, struct buf *out),
	size_t max)
{
	for (size_t i = 0; i < g->len; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		const struct gate_result *r = &g->results[i];

		if ((r->status != GATE_RED && r->status != GATE_BROKEN) || r->excused)
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

static void put_fingerprint(
	const struct gate_result *r, struct buf *text, size_t max, struct buf *out)
{
	gate_normalise(text, max);
	gate_pick(text);
	buf_printf(out, "%s\n%s\n", r->stage->name, text->data);
}

int gate_fingerprint_of(const struct gate_result *r, struct buf *out, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (fs_read(r->log, &text, LOG_MAX, why) < 0)
		return -1;
	put_fingerprint(r, &text, PRINT_MAX, out);
	return 0;
}

int gate_fingerprint(const struct gate *g, struct buf *out, struct fault *why)
{
	return each_red(g, out, why, put_fingerprint, PRINT_MAX);
}
