#include "core/report.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/network.h"
#include "port/git.h"

#include <string.h>

/* What to call a run's outcome, by its state. */
static const struct {
	enum run_state state;
	const char *headline, *paint;
} outcomes[] = {
	{RUN_PROPOSED, "Proposed", "green"},
	{RUN_REJECTED, "Rejected: the gate is red. No PR proposed.", "red"},
	{RUN_GAVE_UP, "Gave up: handing off to a human", "red"},
	{RUN_FAILED, "Failed. No PR proposed.", "red"},
	{RUN_REFUSED, "Refused. No PR proposed.", "red"},
	{RUN_INTERRUPTED, "Interrupted. No PR proposed.", "yellow"},
	{RUN_STOPPED, "Stopped. No PR proposed.", "yellow"},
};

static size_t outcome_of(const struct run *r)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(outcomes) && outcomes[i].state != r->state)
		i++;
	return i;
}

int report_change(const struct run *r, struct repo *repo, struct buf *out, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf stat = BUF_INIT;

	if (!r->head_oid[0])
		return 0;
	/* It asks the index for attributes, and that the file system monitor for changes. */
	if (git_do(&call, &stat, why, "-c", "core.fsmonitor=false", "-c", "core.quotePath=true",
		    "diff-tree", "-r", "--stat=80", "--summary", "--no-color", "--no-ext-diff",
		    "--no-textconv", "-M", r->base_oid, r->head_oid, NULL) < 0)
		return -1;
	text_clean(&stat);
	buf_add(out, stat.data, stat.len);
	return 0;
}

static void put_seconds(struct buf *out, double seconds)
{
	text_put_duration(out, (int64_t)(seconds * 1000));
}

static void put_ids(const struct run *r, struct buf *out)
{
	char base[OID_MAX], head[OID_MAX];

	repo_short(r->base_oid, base);
	buf_printf(out, "- run: `%s` (%s)\n- base: `%s` %s\n", r->id, run_kind_name(r->kind),
		r->base, base);
	if (r->head_oid[0]) {
		repo_short(r->head_oid, head);
		buf_printf(out, "- judged commit: `%s`\n", head);
	}
	if (r->state == RUN_PROPOSED)
		buf_printf(out, "- branch: `%s`\n", r->branch);
}

static void put_stage_table(const struct run *r, struct buf *out)
{
	if (!r->stages_len)
		return;
	buf_printf(out,
		"\n## Gate: %s\n\n| stage | verdict | time | |\n| --- | --- | --- | --- |\n",
		r->gate_status[0] ? r->gate_status : "not judged");
	for (size_t i = 0; i < r->stages_len; i++) {
		const struct run_stage *s = &r->stages[i];

		buf_printf(out, "| %s | %s%s | ", s->name, s->status, s->flaky ? " (flaky)" : "");
		put_seconds(out, s->seconds);
		buf_printf(out, "%s | %s |\n", s->cached ? " (cached)" : "",
			s->detail ? s->detail : "");
	}
}

static void put_count(struct buf *out, long count)
{
	if (count < 0)
		buf_puts(out, " |");
	else
		buf_printf(out, " %ld |", count);
}

/* Text in a cell of a table: a bar would end it. */
static void put_cell(struct buf *out, const char *text)
{
	CLEANUP(buf_release) struct buf cell = BUF_INIT;

	buf_puts(&cell, text);
	text_clean(&cell);
	text_replace(&cell, "|", "\\|");
	text_replace(&cell, "\n", " ");
	buf_add(out, cell.data, cell.len);
}

static void put_evidence_table(const struct run *r, struct buf *out)
{
	if (!r->evidence.len)
		return;
	buf_puts(out,
		"\n## Evidence\n\n| finding | where | base | now | |\n| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < r->evidence.len; i++) {
		const struct evidence_finding *f = &r->evidence.items[i];

		buf_printf(out, "| %s | ", f->name);
		if (f->path)
			put_cell(out, f->path);
		if (f->path && f->line)
			buf_printf(out, ":%d", f->line);
		buf_puts(out, " |");
		put_count(out, f->base);
		put_count(out, f->now);
		buf_printf(out, " %s: ", f->status);
		put_cell(out, f->detail ? f->detail : "");
		buf_puts(out, " |\n");
	}
	buf_puts(out, "\ngitagent-evidence(7) explains each name.\n");
}

/* What a person said may change, in one line each; the rest stands among the flags. */
static void put_declared(const struct run *r, report_paint *paint, struct buf *out)
{
	for (size_t i = 0; i < r->evidence.len; i++) {
		if (strcmp(r->evidence.items[i].status, "declared") != 0)
			continue;
		buf_printf(out, "  %sevidence: ", paint("dim"));
		evidence_put_line(&r->evidence.items[i], out);
		buf_printf(out, "%s\n", paint(""));
	}
}

/* What each pass came back with, in a code span: what a check prints may hold anything. */
static void put_healed(const struct run *r, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < r->passes_len; i++) {
		const struct run_pass *p = &r->passes[i];
		CLEANUP(buf_release) struct buf line = BUF_INIT;

		if (!p->failed[0])
			continue;
		if (!any)
			buf_puts(out, "\n## What was red on the way\n\n");
		any = true;
		buf_puts(&line, p->failed);
		text_clean(&line);
		text_replace(&line, "`", "'");
		buf_printf(out, "- pass %d: `%s`%s\n", p->number, line.data,
			i + 1 < r->passes_len && !strcmp(r->passes[i + 1].gate, "green")
				? ", mended by the next"
				: "");
	}
}

static void put_making(const struct run *r, struct buf *out)
{
	buf_puts(out, "\n## How it was made\n\n");
	if (r->agent)
		buf_printf(out, "- agent: %s%s%s\n", r->agent, r->model ? ", model " : "",
			r->model ? r->model : "");
	for (size_t i = 0; i < r->passes_len; i++) {
		const struct run_pass *p = &r->passes[i];

		buf_printf(
			out, "- pass %d: %s after ", p->number, p->end[0] ? p->end : "unfinished");
		put_seconds(out, p->seconds);
		buf_printf(out, "%s%s\n", p->gate[0] ? ", gate " : "", p->gate);
	}
	buf_printf(out, "- sandbox: %s\n- policy: %s, hash %.12s\n", r->sandbox, r->policy_origin,
		r->policy_hash);
	for (size_t i = 0; i < r->overrides.len; i++)
		buf_printf(out, "- override: %s\n", r->overrides.items[i]);
}

/* Some pass's work came as far as refs/agent/head/<run>. */
static bool was_imported(const struct run *r)
{
	for (size_t i = 0; i < r->passes_len; i++)
		if (r->passes[i].tip[0] && strcmp(r->passes[i].tip, r->base_oid) != 0)
			return true;
	return r->head_oid[0] != '\0';
}

/* The commands a person types next, by what became of the run: what for, then the command. */
static void put_commands(const struct run *r, const char *indent, struct buf *out)
{
	if (r->state == RUN_PROPOSED) {
		buf_printf(out, "%sreview   git diff %s...%s\n", indent, r->base, r->branch);
		buf_printf(out, "%stry it   git switch %s\n", indent, r->branch);
	} else if (was_imported(r)) {
		buf_printf(
			out, "%sreview   git diff %s refs/agent/head/%s\n", indent, r->base, r->id);
	}
	if (r->agent && r->head_oid[0] &&
		(r->state == RUN_PROPOSED || r->state == RUN_REJECTED || r->state == RUN_GAVE_UP))
		buf_printf(out, "%schange   git agent revise %s -m '<what>'\n", indent, r->id);
	if (r->state == RUN_INTERRUPTED || r->state == RUN_STOPPED || r->state == RUN_FAILED)
		buf_printf(out, "%sgo on    git agent resume %s\n", indent, r->id);
	buf_printf(out, "%sread     git agent log %s\n%sdiscard  git agent drop %s\n", indent,
		r->id, indent, r->id);
}

/* What its boxes asked the proxy for. A log that cannot be read is told of as such. */
static void put_network(const char *log_dir, const char *indent, struct buf *out)
{
	CLEANUP(network_release) struct network n = NETWORK_INIT;
	CLEANUP(str_free) char *log = fs_join(log_dir, "network.ndjson");
	struct fault why = FAULT_INIT;

	if (network_read(&n, log, NULL, &why) == 0)
		network_put(&n, indent, out);
	else
		buf_printf(out, "%snetwork: %s\n", indent, why.message);
}

void report_markdown(const struct run *r, const char *change, const char *log_dir, struct buf *out)
{
	CLEANUP(buf_release) struct buf network = BUF_INIT;

	buf_printf(out, "# %s\n\n%s\n\n", r->title, outcomes[outcome_of(r)].headline);
	for (size_t i = 0; i < r->flags.len; i++)
		buf_printf(out, "> **%s**\n", r->flags.items[i]);
	if (r->flags.len)
		buf_putc(out, '\n');
	if (r->error_message)
		buf_printf(out, "Reason (%s): %s\n\n", r->error_code, r->error_message);
	put_ids(r, out);
	put_stage_table(r, out);
	if (*change)
		buf_printf(out, "\n## Change\n\n```\n%s```\n", change);
	put_evidence_table(r, out);
	put_healed(r, out);
	put_network(log_dir, "- ", &network);
	if (network.len)
		buf_printf(out, "\n## Network\n\n%s", network.data);
	put_making(r, out);
	buf_puts(out, "\n## Go on\n\n```\n");
	put_commands(r, "", out);
	buf_printf(out, "```\n\nLogs: %s\n", log_dir);
}

void report_lines(const struct run *r, const char *change, const char *log_dir, report_paint *paint,
	struct buf *out)
{
	size_t outcome = outcome_of(r);

	buf_printf(out, "\n%s%s%s", paint(outcomes[outcome].paint), outcomes[outcome].headline,
		paint(""));
	if (r->state == RUN_PROPOSED)
		buf_printf(out, " %s%s%s", paint("bold"), r->branch, paint(""));
	buf_printf(out, "  %s\n", r->title);
	for (size_t i = 0; i < r->flags.len; i++)
		buf_printf(out, "  %s! %s%s\n", paint("yellow"), r->flags.items[i], paint(""));
	put_declared(r, paint, out);
	if (*change)
		buf_printf(out, "\n%s", change);
	put_network(log_dir, "  ", out);
	if (r->state != RUN_PROPOSED)
		buf_printf(out, "\nThe attempt is kept: %s\n", log_dir);
	buf_puts(out, "\n");
	put_commands(r, "  ", out);
}
