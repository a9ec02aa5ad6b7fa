#include "core/gate_detail.h"
#include "base/alloc.h"
#include "base/text.h"
#include "core/box_hint.h"
#include "core/opened.h"

#include <signal.h>
#include <string.h>

#define NOT_FOUND 127 /* sh: the program is missing */

/* The program sh could not find: the word before ": not found" in its last line. What a stage prints is anything. */
static void put_missing(const struct proc *p, const char *run, struct buf *out)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	char *end, *start, *line;

	buf_add(&said, p->out.data, p->out.len);
	text_clean(&said);
	buf_rtrim(&said);
	line = strrchr(said.data, '\n');
	line = line ? line + 1 : said.data;
	end = strstr(line, ": not found");
	if (!end)
		end = strstr(line, ": command not found");
	if (!end) {
		buf_printf(out, "exit 127: a program it needs is missing (%.60s)", run);
		return;
	}
	*end = '\0';
	start = strrchr(line, ' ');
	buf_printf(out, "'%.60s' was not found: install it", start ? start + 1 : line);
	text_clean(out); /* a character cut in half */
}

static void put_end(const struct proc *p, const struct gate_stage *stage, struct buf *out)
{
	if (p->end == PROC_EXITED && p->code == NOT_FOUND)
		put_missing(p, stage->run, out);
	else if (p->end == PROC_EXITED)
		buf_printf(out, "exit %d", p->code);
	else
		proc_describe(p, out);
}

static void put_limit(
	const struct proc *p, const struct gate_stage *stage, const char *file, struct buf *out)
{
	if (p->end == PROC_TIMED_OUT) {
		int64_t seconds = (2 * stage->timeout_ms + 999) / 1000;
		bool minutes = seconds % 60 == 0;

		buf_printf(out, "to give it longer: timeout = %lld%s, under [gate \"%s\"] in %s",
			(long long)(minutes ? seconds / 60 : seconds), minutes ? "m" : "s",
			stage->name, file);
	} else if (p->end == PROC_OVERFLOWED) {
		buf_printf(
			out, "to let it print more: output = <size>, under [limits] in %s", file);
	}
}

/* What it printed is looked at for what a box causes; interrupted or not found is another matter. */
static enum box_trouble put_hint(const struct gate *g, const struct box *box, const struct proc *p,
	const struct gate_stage *stage, struct buf *out)
{
	CLEANUP(vec_release) struct vec closed = VEC_INIT;
	CLEANUP(buf_release) struct buf section = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	struct box_keys keys = {
		.network = "network", .env = "env", .file = g->policy->file, .closed = &closed};

	if ((p->end != PROC_EXITED && p->end != PROC_SIGNALED) ||
		opened_never(g->repo, g->policy, &closed, &ignored) < 0)
		return TROUBLE_NONE;
	buf_printf(&section, "[gate \"%s\"]", stage->name);
	keys.section = section.data;
	return box_hint(box, &keys, p->out.data, p->out.len, out);
}

/* A program that is missing, a clock that ran out and a process that was taken down say something of this machine too. */
static bool is_tree_s_own(const struct proc *p)
{
	return (p->end == PROC_EXITED && p->code != NOT_FOUND && p->code != 128 + SIGKILL) ||
	       (p->end == PROC_SIGNALED && p->code != SIGKILL && p->code != SIGTERM);
}

void gate_detail(
	const struct gate *g, const struct box *box, const struct proc *p, struct gate_result *r)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT, hint = BUF_INIT;
	enum box_trouble trouble = put_hint(g, box, p, r->stage, &hint);

	put_end(p, r->stage, &detail);
	put_limit(p, r->stage, g->policy->file, &hint);
	r->status = trouble == TROUBLE_LOOPBACK ? GATE_BROKEN : GATE_RED;
	r->certain = trouble == TROUBLE_NONE && is_tree_s_own(p);
	str_replace(&r->detail, detail.data);
	str_replace(&r->hint, hint.len ? hint.data : NULL);
}

void gate_put_detail(const struct gate_result *r, struct buf *out)
{
	buf_printf(out, "%s%s%s", r->detail ? r->detail : "", r->detail && r->hint ? "; " : "",
		r->hint ? r->hint : "");
}

int gate_fault_broken(const struct gate *g, struct fault *why)
{
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];

		if (r->status != GATE_BROKEN)
			continue;
		fault_set(why, EXIT_FATAL,
			"the gate cannot be judged on this machine: stage '%s' needs more than its sandbox gives here",
			r->stage->name);
		fault_hint(why, "%s", r->hint);
		return fault_reason(why, "infrastructure");
	}
	return 0;
}
