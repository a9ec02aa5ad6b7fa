/* From a tree to a verdict, and from a green one to a branch. */
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/flaky.h"
#include "core/guard_paths.h"
#include "core/harvest.h"
#include "core/report.h"
#include "flow/attempt.h"
#include "flow/gate_show.h"
#include "flow/layers.h"
#include "port/clock.h"
#include "port/hash.h"
#include "port/match.h"
#include "port/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MAX     ((size_t)1 << 31)
#define SUBJECT_MAX 72  /* columns, as git's own advice for a first line */
#define LISTED_MAX  200 /* bytes of each of the agent's own subjects */
#define NAMED_MAX   3   /* inputs of setup that a flag lists */

/* At most `max` bytes, cut between characters. */
static void cut(struct buf *line, size_t max)
{
	if (line->len <= max)
		return;
	while (max && ((unsigned char)line->data[max] & 0xc0) == 0x80)
		max--;
	buf_cut(line, max);
	buf_rtrim(line);
}

/* commit.subject with {title} and {run}, else the title; one line, at most SUBJECT_MAX bytes, cut between characters. */
static void put_subject(const struct attempt *a, struct buf *out)
{
	buf_puts(out, a->policy.commit_subject && *a->policy.commit_subject
			      ? a->policy.commit_subject
			      : "{title}");
	text_replace(out, "{run}", a->run.id);
	text_replace(out, "{title}", a->run.title);
	text_clean(out);
	text_replace(out, "\n", " ");
	cut(out, SUBJECT_MAX);
}

static void put_message(const struct attempt *a, const struct agent *agent, struct buf *out)
{
	put_subject(a, out);
	buf_puts(out, "\n\n");
	if (a->subjects.len) {
		buf_puts(out, "Folded into this commit:\n\n");
		for (size_t i = 0; i < a->subjects.len; i++) {
			CLEANUP(buf_release) struct buf line = BUF_INIT;

			buf_puts(&line, a->subjects.items[i]);
			cut(&line, LISTED_MAX);
			buf_printf(out, "- %s\n", line.data);
		}
		buf_putc(out, '\n');
	}
	buf_printf(out, "Agent-Run: %s\n", a->run.id);
	if (agent)
		buf_printf(out, "Assisted-by: %s%s%s\n", agent->name, agent->model ? ":" : "",
			agent->model ? agent->model : "");
}

static struct run_pass *last_pass(struct attempt *a)
{
	return a->run.passes_len ? &a->run.passes[a->run.passes_len - 1] : NULL;
}

static int pin_sealed(struct attempt *a, struct fault *why)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT;

	buf_printf(&ref, "refs/agent/head/%s", a->run.id);
	return repo_ref_set(a->repo, ref.data, a->run.head_oid, NULL, "agent: sealed", why) < 0 ? -1
												: 0;
}

static int seal(struct attempt *a, const struct agent *agent, struct fault *why)
{
	CLEANUP(buf_release) struct buf message = BUF_INIT;
	struct run_pass *pass = last_pass(a);

	if (pass && pass->sealed[0])
		snprintf(a->run.head_oid, OID_MAX, "%s", pass->sealed);
	/* A change that no pass made is sealed once. */
	if (pass ? pass->sealed[0] : a->run.head_oid[0])
		return pin_sealed(a, why);
	put_message(a, agent, &message);
	if (harvest_seal(a->repo, a->tree, a->run.base_oid, message.data,
		    (const char *const *)a->author.items, a->run.head_oid, why) < 0)
		return -1;
	if (pass)
		snprintf(pass->sealed, OID_MAX, "%s", a->run.head_oid);
	return pin_sealed(a, why);
}

void attempt_record_stages(struct attempt *a, const struct gate *g)
{
	struct run *r = &a->run;

	run_clear_stages(r);
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *result = &g->results[i];
		struct run_stage *s = run_add_stage(r, result->stage->name);
		CLEANUP(buf_release) struct buf detail = BUF_INIT;

		snprintf(s->status, sizeof s->status, "%s", gate_status_name(result->status));
		gate_put_detail(result, &detail);
		str_replace(&s->detail, detail.len ? detail.data : NULL);
		s->cached = result->cached;
		s->flaky = result->flaky;
		if (result->ended_ms)
			s->seconds = (double)(result->ended_ms - result->started_ms) / 1000;
	}
	snprintf(r->gate_status, sizeof r->gate_status, "%s", gate_verdict(g));
}

/* Of the first that is red: its name, and the line that says what failed, or how it ended. */
static int name_failure(const struct gate *g, struct run_pass *pass, struct fault *why)
{
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];
		CLEANUP(buf_release) struct buf text = BUF_INIT, line = BUF_INIT;

		if (r->status != GATE_RED || r->excused)
			continue;
		if (fs_read(r->log, &text, LOG_MAX, why) < 0)
			return -1;
		buf_printf(&line, "%s: ", r->stage->name);
		if (!gate_first_failure(&text, &line))
			buf_puts(&line, r->detail ? r->detail : "red");
		cut(&line, sizeof pass->failed - 1);
		snprintf(pass->failed, sizeof pass->failed, "%s", line.data);
		return 0;
	}
	return 0;
}

static int record_gate(struct attempt *a, const struct gate *g, struct fault *why)
{
	struct run_pass *pass = last_pass(a);
	CLEANUP(buf_release) struct buf print = BUF_INIT;

	attempt_record_stages(a, g);
	if (!pass)
		return 0;
	snprintf(pass->gate, sizeof pass->gate, "%s", a->run.gate_status);
	if (g->green || g->broken)
		return 0;
	if (gate_fingerprint(g, &print, why) < 0 || name_failure(g, pass, why) < 0)
		return -1;
	hash_hex(print.data, print.len, pass->failure);
	return 0;
}

void attempt_make_red(struct attempt *a, const struct buf *what)
{
	struct run_pass *pass = last_pass(a);
	CLEANUP(buf_release) struct buf print = BUF_INIT;

	if (!strcmp(a->run.gate_status, "broken"))
		return;
	snprintf(a->run.gate_status, sizeof a->run.gate_status, "red");
	if (!pass)
		return;
	snprintf(pass->gate, sizeof pass->gate, "red");
	buf_puts(&print, pass->failure);
	buf_add(&print, what->data, what->len);
	hash_hex(print.data, print.len, pass->failure);
}

/* Where nothing is red but a stage of our own, such as evidence, that is what failed. */
static void name_own(struct attempt *a)
{
	struct run_pass *pass = last_pass(a);
	CLEANUP(buf_release) struct buf line = BUF_INIT;

	if (!pass || pass->failed[0] || strcmp(pass->gate, "red") != 0)
		return;
	for (size_t i = 0; i < a->run.stages_len && !line.len; i++)
		if (!strcmp(a->run.stages[i].status, "red"))
			buf_printf(&line, "%s: %s", a->run.stages[i].name,
				a->run.stages[i].detail ? a->run.stages[i].detail : "red");
	cut(&line, sizeof pass->failed - 1);
	snprintf(pass->failed, sizeof pass->failed, "%s", line.data);
}

/* A reviewer is told: what is flaky proves less. */
static int flag_flakes(struct attempt *a, const struct gate *g, struct fault *why)
{
	for (size_t i = 0; i < g->len; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		if (!g->results[i].flaky)
			continue;
		if (flaky_note(a->store->dir, &g->results[i], a->run.head_oid, &text, why) < 0)
			return -1;
		run_flag(&a->run, "flaky: %s", text.data);
	}
	return 0;
}

static int judge(struct attempt *a, struct gate *g, struct fault *why)
{
	term_say("gate on %.10s:", a->run.head_oid);
	if (gate_run(g, why) < 0)
		return -1;
	term_live_end();
	if (attempt_charge(a, g, why) < 0 || record_gate(a, g, why) < 0 ||
		flag_flakes(a, g, why) < 0 || attempt_replay(a, g, why) < 0)
		return -1;
	attempt_evidence_judge(a);
	attempt_secrets_judge(a);
	name_own(a);
	attempt_flag_filters(a);
	if (store_save(a->store, &a->run, why) < 0)
		return -1;
	if (!strcmp(a->run.gate_status, "green"))
		return 0;
	if (g->broken)
		return gate_fault_broken(g, why);
	return attempt_keep_failure(a, g, why) < 0 ? -1 : 1;
}

/* A reviewer is told: what these files name is what the gate ran with, and perhaps what ran. */
static bool flag_inputs(struct attempt *a)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	size_t found = 0;

	for (size_t i = 0; a->policy.setup.len && i < a->changes.len; i++) {
		if (!match_path_any(&a->policy.setup_inputs, a->changes.items[i].path))
			continue;
		if (found++ < NAMED_MAX)
			buf_printf(
				&names, "%s'%s'", found > 1 ? ", " : "", a->changes.items[i].path);
	}
	text_clean(&names);
	if (found > NAMED_MAX)
		buf_printf(&names, " and %zu more", found - NAMED_MAX);
	if (found)
		run_flag(&a->run,
			"dependencies: the change brings %s: setup ran again, on the change",
			names.data);
	return found > 0;
}

/* The base's, unless the change has changed what setup depends on. */
static int choose_layer(
	struct attempt *a, const char *log_dir, const struct layer **layer, struct fault *why)
{
	CLEANUP(str_free) char *log = fs_join(log_dir, "setup.log");
	bool held = layer_held(&a->layer); /* where an agent worked */
	bool changed = flag_inputs(a);

	*layer = &a->layer;
	workspace_copies(&a->workspace);
	if (fs_mkdirs(log_dir, 0755, why) < 0 ||
		(!held && layer_name(&a->layer, &a->workspace, a->repo, &a->policy, a->run.base_oid,
				  why) < 0))
		return -1;
	if (!a->layer.key[0])
		return 0;
	if (!changed && a->layer.any_input) {
		int done = held ? 0
				: layers_take(&a->layer, &a->workspace, a->repo, &a->policy,
					  a->run.base_oid, log, why);

		if (!done)
			done = layer_fits(
				&a->layer, a->repo, &a->policy, a->run.head_oid, &a->changes, why);
		if (done <= 0)
			return done;
	}
	layer_release(&a->own);
	layer_init(&a->own);
	a->own.foreign = true;
	*layer = &a->own;
	return layers_take(&a->own, &a->workspace, a->repo, &a->policy, a->run.head_oid, log, why);
}

int attempt_judge(struct attempt *a, const struct agent *agent, struct fault *why)
{
	int pass = a->run.passes_len ? (int)a->run.passes_len : 1, done;
	CLEANUP(str_free) char *log_dir = attempt_file(a, "gate", pass, "");
	CLEANUP(verdicts_release)
	struct verdicts verdicts = VERDICTS_INIT;
	struct gate g = {.repo = a->repo,
		.policy = &a->policy,
		.workspace = &a->workspace,
		.name = strrchr(log_dir, '/') + 1,
		.commit = a->run.head_oid,
		.log_dir = log_dir,
		.changes = &a->changes,
		.extra = a->extra,
		.verdicts = &verdicts,
		.watch = gate_show(),
		.prepared = &a->view};

	verdicts.fresh = a->options->no_cache;
	verdicts.level = (int)a->level;
	if (attempt_evidence(a, why) < 0 || attempt_secrets(a, why) < 0 ||
		guard_paths_check(a->repo, &a->changes, &a->policy, &a->options->allow,
			&a->run.flags, why) < 0 ||
		seal(a, agent, why) < 0 ||
		store_apply(a->store, &a->run, RUN_EV_GATE, NULL, why) < 0 ||
		verdicts_open(&verdicts, a->repo, &a->policy, a->store->dir, a->run.head_oid, why) <
			0 ||
		choose_layer(a, log_dir, &g.layer, why) < 0)
		return -1;
	done = judge(a, &g, why);
	gate_release(&g);
	return attempt_compare(a, why) < 0 ? -1 : done;
}

int attempt_reject(struct attempt *a, const char *note, struct fault *why)
{
	/* Taken up again with nothing left to do: the table knows this end from the gate alone. */
	if (a->run.state != RUN_GATING &&
		store_apply(a->store, &a->run, RUN_EV_GATE, note, why) < 0)
		return -1;
	str_replace(&a->run.error_code, "red");
	str_replace(&a->run.error_message, note);
	return store_apply(a->store, &a->run,
		a->run.kind == RUN_KIND_HEAL ? RUN_EV_GIVE_UP : RUN_EV_RED, note, why);
}

int attempt_reject_again(struct attempt *a, const char *note, struct fault *why)
{
	struct run_pass *pass = last_pass(a);

	snprintf(pass->gate, sizeof pass->gate, "red");
	return pin_sealed(a, why) < 0 ? -1 : attempt_reject(a, note, why);
}
