/* What only a run of the tests can tell: whether the change stands without its edits of the evidence, and whether its new tests need it. */
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/collected.h"
#include "core/evidence.h"
#include "core/gate_reports.h"
#include "core/replay.h"
#include "flow/attempt.h"
#include "flow/gate_show.h"
#include "port/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MAX   ((size_t)16 << 20)
#define NAMED_MAX 3

/* The stages that prove the code, as a policy of their own; everything in it is borrowed. */
static size_t pick_stages(const struct policy *p, struct policy *out)
{
	*out = *p;
	out->stages = xcalloc(p->stages_len + 1, sizeof *out->stages);
	out->stages_len = 0;
	out->fail_fast = false;
	for (size_t i = 0; i < p->stages_len; i++)
		if (p->stages[i].evidence)
			out->stages[out->stages_len++] = p->stages[i];
	return out->stages_len;
}

struct second {           /* a gate beside the run's own */
	const char *kind; /* of its directories: "replay" */
	struct replay replay;
	struct gate gate;
	struct policy policy;
	struct repo_changes changes;
	struct verdicts verdicts; /* of its own tree */
	char commit[OID_MAX];
	char *log_dir, *scratch;
};

static void second_release(struct second *s)
{
	gate_release(&s->gate);
	free(s->policy.stages);
	verdicts_release(&s->verdicts);
	repo_changes_release(&s->changes);
	str_free(&s->log_dir);
	str_free(&s->scratch);
}

/* 1: the two trees are one, there is nothing to run. */
static int run_second(struct attempt *a, const struct gate *g, struct second *s, struct fault *why)
{
	int pass = a->run.passes_len ? (int)a->run.passes_len : 1, done;

	s->log_dir = attempt_file(a, s->kind, pass, "");
	s->scratch = fs_join(a->workspace.path, "replay.index");
	s->replay.scratch = s->scratch;
	s->verdicts = (struct verdicts)VERDICTS_INIT;
	s->verdicts.fresh = a->options->no_cache;
	s->verdicts.level = (int)a->level;
	done = replay_make(a->repo, &s->replay, s->commit, &s->changes, why);
	if (!done)
		done = verdicts_open(
			&s->verdicts, a->repo, &a->policy, a->store->dir, s->commit, why);
	if (done)
		return done;
	s->gate = *g;
	s->gate.policy = &s->policy;
	s->gate.name = strrchr(s->log_dir, '/') + 1;
	s->gate.commit = s->commit;
	s->gate.log_dir = s->log_dir;
	s->gate.changes = &s->changes;
	s->gate.extra = NULL;
	s->gate.verdicts = &s->verdicts;
	s->gate.prepared = NULL;
	s->gate.results = NULL;
	s->gate.len = 0;
	s->gate.watch = gate_show();
	done = gate_run(&s->gate, why);
	term_live_end();
	return done;
}

static void name_paths(const struct vec *paths, struct buf *out)
{
	for (size_t i = 0; i < paths->len && i < NAMED_MAX; i++)
		buf_printf(out, "%s'%s'", i ? ", " : "", paths->items[i]);
	if (paths->len > NAMED_MAX)
		buf_printf(out, " and %zu more", paths->len - NAMED_MAX);
}

/* The first that is red or broken; there is one. */
static const struct gate_result *first_bad(const struct gate *g)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->results[i].status == GATE_RED || g->results[i].status == GATE_BROKEN)
			return &g->results[i];
	return &g->results[0];
}

/* A stage's log; one that is gone, or larger than anybody's, tells nothing. */
static void read_log(const char *path, struct buf *log)
{
	struct fault ignored = FAULT_INIT;

	if (fs_read(path, log, LOG_MAX, &ignored))
		buf_clear(log);
}

/* By what it printed, or where that tells nothing, by what it left. */
static long count_ran(const struct attempt *a, const char *path)
{
	CLEANUP(buf_release) struct buf log = BUF_INIT, reports = BUF_INIT;
	CLEANUP(str_free) char *xml = gate_reports_path(path);
	long ran;

	read_log(path, &log);
	ran = collected_read(a->rules, log.data, log.len);
	if (ran >= 0)
		return ran;
	read_log(xml, &reports);
	return collected_junit(reports.data, reports.len);
}

/* Its log says that nothing was run: what the evidence needs is not there any more, or not by that name. */
static bool could_not_start(const struct attempt *a, const struct gate *g)
{
	bool unbuilt = g->broken;

	for (size_t i = 0; i < g->len && !unbuilt; i++) {
		CLEANUP(buf_release) struct buf log = BUF_INIT;

		if (g->results[i].status != GATE_RED)
			continue;
		read_log(g->results[i].log, &log);
		unbuilt = evidence_unbuilt(a->rules, log.data, log.len);
	}
	return unbuilt;
}

/* Green, and nothing was tested. */
static void find_idle(struct attempt *a, const struct gate *g)
{
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];
		CLEANUP(buf_release) struct buf detail = BUF_INIT;

		if (!r->stage->evidence || r->status != GATE_GREEN || count_ran(a, r->log) != 0)
			continue;
		buf_printf(&detail, "stage '%s' is green and ran no test", r->stage->name);
		attempt_evidence_add(a, "no-tests-ran", -1, 0, detail.data);
	}
}

/* How many tests a stage runs now, and how many it ran by the log `base`. */
static void compare_ran(struct attempt *a, const struct gate_result *now, const char *base)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT;
	long before = count_ran(a, base), after;

	if (before <= 0)
		return;
	after = count_ran(a, now->log);
	if (after < 0 && now->cached)
		return; /* what it left may have been too long to be kept with its verdict */
	if (after < 0) {
		buf_printf(&detail, "stage '%s' is green and tells of no test that ran",
			now->stage->name);
		attempt_evidence_add(a, "no-tests-ran", before, 0, detail.data);
	} else if (after && after < before) {
		buf_printf(&detail, "stage '%s' runs fewer tests", now->stage->name);
		attempt_evidence_add(a, "fewer-tests-ran", before, after, detail.data);
	}
}

static void find_fewer(struct attempt *a, const struct gate *now, const struct gate *base)
{
	for (size_t i = 0; i < now->len; i++)
		for (size_t k = 0; k < base->len; k++)
			if (now->results[i].stage->evidence &&
				now->results[i].status == GATE_GREEN &&
				!strcmp(now->results[i].stage->name, base->results[k].stage->name))
				compare_ran(a, &now->results[i], base->results[k].log);
}

static bool has_count(const struct attempt *a)
{
	for (size_t i = 0; i < a->run.evidence.len; i++)
		if (strstr(a->run.evidence.items[i].name, "tests-ran") ||
			!strcmp(a->run.evidence.items[i].status, "declared"))
			return true;
	return false;
}

static bool proves(const struct gate *g)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->results[i].stage->evidence && g->results[i].status == GATE_GREEN)
			return true;
	return false;
}

/* The same with the gate at the base, as far as its verdicts are known: whatever it is that keeps tests from running. */
static int find_fewer_than_base(struct attempt *a, const struct gate *g, struct fault *why)
{
	int pass = a->run.passes_len ? (int)a->run.passes_len : 1;
	CLEANUP(str_free) char *dir = attempt_file(a, "base", pass, "");
	CLEANUP(verdicts_release) struct verdicts known = VERDICTS_INIT;
	struct gate base = {.log_dir = dir};

	if (has_count(a) || !proves(g))
		return 0;
	known.level = (int)a->level;
	if (fs_mkdirs(dir, 0755, why) < 0 ||
		verdicts_open(&known, a->repo, &a->policy, a->store->dir, a->run.base_oid, why) < 0)
		return -1;
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];
		CLEANUP(str_free) char *log = gate_log(&base, r->stage->name);
		CLEANUP(str_free) char *reports = gate_reports_path(log);
		CLEANUP(verdict_release) struct verdict verdict = {0};
		struct fault ignored = FAULT_INIT;

		if (r->stage->evidence && r->status == GATE_GREEN &&
			!verdict_find(&known, r->stage, log, reports, &verdict, &ignored))
			compare_ran(a, r, log);
	}
	return 0;
}

static void report_replay(struct attempt *a, const struct second *s)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT;
	const struct gate_result *bad = first_bad(&s->gate);
	bool impossible = could_not_start(a, &s->gate);

	buf_printf(&detail, "stage '%s' %s with ", bad->stage->name,
		impossible ? "cannot be run" : "is red");
	name_paths(s->replay.paths->len ? s->replay.paths : s->replay.without, &detail);
	buf_printf(&detail, " as at the base: %s", bad->detail ? bad->detail : "red");
	attempt_evidence_add(a, impossible ? "replay-impossible" : "green-needs-edited-tests", -1,
		-1, detail.data);
}

/* What a person allowed stays as the change has it. */
static void pick_paths(const struct attempt *a, const struct vec *from, struct vec *out)
{
	for (size_t i = 0; i < from->len; i++)
		if (!match_path_any(&a->options->allow, from->items[i]))
			vec_push(out, from->items[i]);
}

static int replay(struct attempt *a, const struct gate *g, struct fault *why)
{
	CLEANUP(vec_release) struct vec paths = VEC_INIT, without = VEC_INIT;
	CLEANUP(second_release) struct second s = {.kind = "replay"};
	int done;

	pick_paths(a, &a->run.evidence.restore, &paths);
	pick_paths(a, &a->run.evidence.without, &without);
	if (!pick_stages(&a->policy, &s.policy) || !(paths.len + without.len))
		return 0;
	s.replay = (struct replay){.onto = a->run.head_oid,
		.from = a->run.base_oid,
		.paths = &paths,
		.without = &without};
	term_say("replay, with the evidence as at the base:");
	done = run_second(a, g, &s, why);
	if (done)
		return done < 0 ? -1 : 0;
	find_fewer(a, g, &s.gate);
	if (!s.gate.green)
		report_replay(a, &s);
	return 0;
}

/* Tests that are new, and pass where nothing was changed yet, prove nothing of the change. */
static int find_vacuous(struct attempt *a, const struct gate *g, struct fault *why)
{
	const struct evidence *e = &a->run.evidence;
	CLEANUP(second_release) struct second s = {.kind = "vacuous"};
	CLEANUP(buf_release) struct buf detail = BUF_INIT;
	int done;

	if (!e->new_tests || !e->code || !e->brought.len || !pick_stages(&a->policy, &s.policy))
		return 0;
	s.replay = (struct replay){
		.onto = a->run.base_oid, .from = a->run.head_oid, .paths = &e->brought};
	term_say("the new tests, on the base:");
	done = run_second(a, g, &s, why);
	if (done || !s.gate.green)
		return done < 0 ? -1 : 0;
	buf_puts(&detail, "what is new in ");
	name_paths(&e->brought, &detail);
	buf_puts(&detail, " passes without the change, too");
	attempt_evidence_add(a, "vacuous", -1, -1, detail.data);
	return 0;
}

int attempt_replay(struct attempt *a, const struct gate *g, struct fault *why)
{
	if (!g->green || attempt_evidence_blocked(a) || !strcmp(a->policy.evidence_mode, "off"))
		return 0;
	find_idle(a, g);
	if (a->policy.replay && !attempt_evidence_blocked(a) && replay(a, g, why) < 0)
		return -1;
	if (find_fewer_than_base(a, g, why) < 0)
		return -1;
	return a->policy.vacuous && !attempt_evidence_blocked(a) ? find_vacuous(a, g, why) : 0;
}
