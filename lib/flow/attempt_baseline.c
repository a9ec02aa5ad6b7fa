/* What was red before the run: said before agent time is spent, and not charged to the change. */
#include "base/alloc.h"
#include "base/install.h"
#include "base/term.h"
#include "flow/attempt.h"
#include "flow/judging.h"

#include <stdlib.h>
#include <string.h>

#define TICK_MS 100

static const char excused[] = "red at base too";

void attempt_release_base(struct attempt *a)
{
	for (size_t i = 0; i < a->base_len; i++) {
		str_free(&a->base[i].name);
		str_free(&a->base[i].detail);
	}
	free(a->base);
	a->base = NULL;
	a->base_len = 0;
}

static int record_base(struct attempt *a, const struct gate *g, struct fault *why)
{
	attempt_release_base(a);
	a->base = xcalloc(g->len + 1, sizeof *a->base);
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];
		struct base_stage *b = &a->base[a->base_len++];
		CLEANUP(buf_release) struct buf print = BUF_INIT;

		b->name = xstrdup(r->stage->name);
		b->status = r->status;
		str_replace(&b->detail, r->detail);
		if (r->status != GATE_RED)
			continue;
		if (gate_fingerprint_of(r, &print, why) < 0)
			return -1;
		hash_hex(print.data, print.len, b->failure);
	}
	a->base_known = true;
	return 0;
}

/* The gate at the base, without the simulation's own stage. Broken there, no agent can mend it. */
static int judge_base(struct attempt *a, struct fault *why)
{
	struct judging j = {.repo = a->repo,
		.store = a->store,
		.policy = &a->policy,
		.commit = a->run.base_oid,
		.level = (int)a->level,
		.no_cache = a->options->no_cache};
	int done = judging_run(&j, why);

	for (size_t i = 0; !done && i < j.gate.len; i++)
		gate_blame(&j.gate, &j.gate.results[i], false);
	if (!done && j.gate.broken)
		done = gate_fault_broken(&j.gate, why);
	if (!done)
		done = record_base(a, &j.gate, why);
	judging_release(&j);
	return done;
}

static void put_red(const struct attempt *a, struct buf *out)
{
	for (size_t i = 0; i < a->base_len; i++)
		if (a->base[i].status == GATE_RED)
			buf_printf(out, "%s%s (%s)", out->len ? ", " : "", a->base[i].name,
				a->base[i].detail ? a->base[i].detail : "red");
}

static void flag_red(struct attempt *a)
{
	for (size_t i = 0; i < a->base_len; i++)
		if (a->base[i].status == GATE_RED)
			run_flag(&a->run,
				"red at base: stage '%s' (%s): the same failure is not charged to the change",
				a->base[i].name, a->base[i].detail ? a->base[i].detail : "red");
}

static int refuse(const struct attempt *a, const char *red, struct fault *why)
{
	fault_set(why, EXIT_RED, "the gate is red on %s already: %s", a->run.base, red);
	fault_reason(why, "red_base");
	return fault_hint(why, "git agent heal, or --on-red-base go");
}

int attempt_baseline(struct attempt *a, struct fault *why)
{
	CLEANUP(buf_release) struct buf red = BUF_INIT;
	const char *told = a->options->on_red_base;

	if (strcmp(a->policy.baseline, "before") != 0 || !a->policy.stages_len)
		return 0;
	term_say("gate on %s %.10s:", a->run.base, a->run.base_oid);
	if (judge_base(a, why) < 0)
		return -1;
	put_red(a, &red);
	if (!red.len)
		return 0;
	flag_red(a);
	if (told)
		return !strcmp(told, "go") ? 0 : refuse(a, red.data, why);
	if (term_can_ask() && term_ask("The gate is red on %s already: %s. Go on all the same?",
				      a->run.base, red.data))
		return 0;
	return refuse(a, red.data, why);
}

int attempt_beside(struct attempt *a, struct fault *why)
{
	CLEANUP(str_free) char *program = install_libexec("git-agent-gate");
	const char *const argv[] = {program, "--quiet", a->run.base_oid, NULL};
	struct proc_spec spec = PROC_SPEC_INIT;

	if (strcmp(a->policy.baseline, "concurrent") != 0 || !a->policy.stages_len)
		return 0;
	spec.argv = argv;
	spec.contain = true;
	return proc_start(&spec, &a->beside, why);
}

/* How it ended does not matter: what it did not find out is found out now. */
static void await_beside(struct attempt *a)
{
	while (a->beside && proc_poll(&a->beside, 1, TICK_MS) < 0)
		if (proc_stop_requested())
			proc_cancel(a->beside);
	proc_free(&a->beside);
}

static const struct base_stage *find_base(const struct attempt *a, const char *name)
{
	for (size_t i = 0; i < a->base_len; i++)
		if (!strcmp(a->base[i].name, name))
			return &a->base[i];
	return NULL;
}

static int excuse(const struct attempt *a, struct gate_result *r, struct fault *why)
{
	const struct base_stage *b = find_base(a, r->stage->name);
	CLEANUP(buf_release) struct buf print = BUF_INIT, detail = BUF_INIT;
	char failure[HASH_HEX_SIZE];

	if (!b || b->status != GATE_RED)
		return 0;
	if (gate_fingerprint_of(r, &print, why) < 0)
		return -1;
	hash_hex(print.data, print.len, failure);
	if (strcmp(failure, b->failure) != 0)
		return 0;
	r->excused = true;
	buf_printf(&detail, "%s%s%s", r->detail ? r->detail : "", r->detail ? "; " : "", excused);
	str_replace(&r->detail, detail.data);
	term_say("  %s: %s, with the same failure: not charged", r->stage->name, excused);
	return 0;
}

static bool has_red(const struct gate *g)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->results[i].status == GATE_RED)
			return true;
	return false;
}

int attempt_charge(struct attempt *a, struct gate *g, struct fault *why)
{
	bool green = true;

	if (!has_red(g))
		return 0;
	/* Taken up again, or the base was judged meanwhile: its verdicts are known. */
	if (!a->base_known && a->run.kind == RUN_KIND_ISSUE &&
		strcmp(a->policy.baseline, "off") != 0 && a->policy.stages_len) {
		await_beside(a);
		term_say("gate on %s %.10s:", a->run.base, a->run.base_oid);
		if (judge_base(a, why) < 0)
			return -1;
		flag_red(a);
	}
	for (size_t i = 0; i < g->len; i++) {
		struct gate_result *r = &g->results[i];
		const struct base_stage *b = find_base(a, r->stage->name);

		if (r->status == GATE_RED && excuse(a, r, why) < 0)
			return -1;
		/* Without an agent nobody is charged: red, and what to do. */
		if (a->run.kind != RUN_KIND_TRY)
			gate_blame(g, r, b && b->status == GATE_GREEN);
		green = green && r->status != GATE_BROKEN && (r->status != GATE_RED || r->excused);
	}
	g->green = green;
	return 0;
}
