#include "flow/gate_show.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/term.h"
#include "base/text.h"
#include "port/clock.h"

void gate_show_mark(const struct gate_result *r)
{
	CLEANUP(buf_release) struct buf time = BUF_INIT;

	if (r->status == GATE_SKIPPED)
		return;
	text_put_duration(&time, r->ended_ms - r->started_ms);
	term_mark(r->status == GATE_GREEN, "%s %s%s%s%s", r->stage->name, time.data,
		r->cached ? " (cached)" : "", r->detail ? "  " : "", r->detail ? r->detail : "");
	if (r->hint)
		term_say("  %s", r->hint);
}

static void show_end(void *state, const struct gate_result *r)
{
	(void)state;
	gate_show_mark(r);
}

static void show_again(void *state, const struct gate_result *r)
{
	(void)state;
	term_say("  %s: %s; once more, in a fresh checkout", r->stage->name, r->first);
}

static void show_tick(void *state, const struct gate *g)
{
	CLEANUP(buf_release) struct buf label = BUF_INIT;
	int64_t now = clock_now_ms(), started = now, active = 0;

	(void)state;
	buf_puts(&label, "gate:");
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];

		if (r->status != GATE_RUNNING)
			continue;
		buf_printf(&label, " %s", r->stage->name);
		if (r->started_ms < started)
			started = r->started_ms;
		if (r->active_ms > active)
			active = r->active_ms;
	}
	term_live(label.data, now - started, now - (active ? active : now));
}

struct gate_watch gate_show(void)
{
	return (struct gate_watch){.ended = show_end, .again = show_again, .tick = show_tick};
}
