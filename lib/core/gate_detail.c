#include "core/gate_detail.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/box_hint.h"
#include "core/opened.h"

#include <signal.h>
#include <string.h>

#define NOT_FOUND 127                /* sh: the program is missing */
#define ROOM_MIN  (64 * 1024 * 1024) /* bytes: with less left, the disk is full */

/* The program sh could not find: the word before ": not found" in its last line. What a stage prints is anything. */
static bool find_missing(const struct proc *p, struct buf *name)
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
	if (!end)
		return false;
	*end = '\0';
	start = strrchr(line, ' ');
	buf_puts(name, start ? start + 1 : line);
	return true;
}

static void put_missing(const struct proc *p, const char *run, struct buf *out)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	if (!find_missing(p, &name)) {
		buf_printf(out, "exit 127: a program it needs is missing (%.60s)", run);
		return;
	}
	buf_printf(out, "'%.60s' was not found: install it", name.data);
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

/* The command names it itself, and not by a path: no change to the tree makes it appear or go. */
static bool is_machine_s(const struct proc *p, const char *run)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	const char *at;
	size_t len;

	if (!find_missing(p, &name) || !name.len || strchr(name.data, '/'))
		return false;
	len = name.len;
	for (at = strstr(run, name.data); at; at = strstr(at + 1, name.data))
		if ((at == run || strchr(" \t;&|(", at[-1])) &&
			(!at[len] || strchr(" \t;&|)", at[len])))
			return true;
	return false;
}

static bool is_full(const struct gate *g, const struct proc *p)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	int64_t left = fs_free_bytes(g->workspace->path);

	buf_add(&said, p->out.data, p->out.len);
	return left >= 0 && left < ROOM_MIN && strstr(said.data, "No space left on device");
}

static enum gate_cause cause_of(
	const struct gate *g, const struct proc *p, const char *run, enum box_trouble trouble)
{
	if (p->end == PROC_DISK_FULL || is_full(g, p))
		return CAUSE_DISK;
	if ((p->end == PROC_SIGNALED && p->code == SIGKILL) ||
		(p->end == PROC_EXITED && p->code == 128 + SIGKILL))
		return CAUSE_KILLED;
	if (p->end == PROC_EXITED && p->code == NOT_FOUND && is_machine_s(p, run))
		return CAUSE_MISSING;
	return trouble == TROUBLE_NETWORK ? CAUSE_NETWORK : CAUSE_TREE;
}

void gate_detail(
	const struct gate *g, const struct box *box, const struct proc *p, struct gate_result *r)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT, hint = BUF_INIT;
	enum box_trouble trouble = put_hint(g, box, p, r->stage, &hint);

	put_end(p, r->stage, &detail);
	put_limit(p, r->stage, g->policy->file, &hint);
	r->status = trouble == TROUBLE_LOOPBACK ? GATE_BROKEN : GATE_RED;
	r->cause = cause_of(g, p, r->stage->run, trouble);
	r->certain = r->cause == CAUSE_TREE && trouble == TROUBLE_NONE && is_tree_s_own(p);
	str_replace(&r->detail, detail.data);
	str_replace(&r->hint, hint.len ? hint.data : NULL);
}

void gate_put_detail(const struct gate_result *r, struct buf *out)
{
	buf_printf(out, "%s%s%s", r->detail ? r->detail : "", r->detail && r->hint ? "; " : "",
		r->hint ? r->hint : "");
}

void gate_blame(struct gate *g, struct gate_result *r, bool was_green)
{
	bool own = r->cause == CAUSE_TREE ||
		   (was_green && (r->cause == CAUSE_MISSING || r->cause == CAUSE_NETWORK));

	if (r->status != GATE_RED || r->excused || own)
		return;
	r->status = GATE_BROKEN;
	g->broken = true;
	g->green = false;
}

static const struct {
	const char *text, *hint;
} causes[] = {
	[CAUSE_TREE] = {"needs more than its sandbox gives here", NULL},
	[CAUSE_MISSING] = {NULL, "install it, or mend the stage's `run`"},
	[CAUSE_NETWORK] = {"was refused the network by its sandbox", NULL},
	[CAUSE_KILLED] = {"was killed: there was no memory left, or a limit was met",
		"give it more: memory and processes, under [limits]; or stop what else runs"},
	[CAUSE_DISK] = {"found no room on the disk", "git agent status --prune"},
};

int gate_fault_broken(const struct gate *g, struct fault *why)
{
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];

		if (r->status != GATE_BROKEN)
			continue;
		fault_set(why, EXIT_FATAL,
			"the gate cannot be judged on this machine: stage '%s'%s %s",
			r->stage->name, causes[r->cause].text ? "" : ":",
			causes[r->cause].text ? causes[r->cause].text : r->detail);
		fault_hint(why, "%s",
			r->hint                 ? r->hint
			: causes[r->cause].hint ? causes[r->cause].hint
						: "git agent doctor");
		return fault_reason(why, "infrastructure");
	}
	return 0;
}
