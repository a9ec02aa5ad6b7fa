#include "flow/heal.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/prompt.h"
#include "flow/asked.h"
#include "flow/attempt_box.h"
#include "flow/background.h"
#include "flow/dry_run.h"
#include "flow/judging.h"
#include "flow/passes.h"
#include "flow/simulation.h"
#include "flow/wip.h"
#include "port/match.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct healing {
	struct attempt attempt;
	struct attempt_options options; /* the person's, with the base it comes to */
	struct agent agent;
	struct agent_choice choice;
	struct brief brief;
	struct judging judging; /* of the base */
	char wip[OID_MAX];      /* the work in progress as a commit */
};

static const struct {
	const char *word, *script;
} simulations[] = {{"bad", "converging"}, {"stuck", "bad"}};

static const char *script_of(const char *word)
{
	for (size_t i = 0; word && i < ARRAY_LEN(simulations); i++)
		if (!strcmp(simulations[i].word, word))
			return simulations[i].script;
	return word;
}

/* "tests, lint" */
static void put_red(const struct gate *g, struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; g && i < g->len; i++)
		if (g->results[i].status == GATE_RED) {
			buf_printf(out, "%s%s", between, g->results[i].stage->name);
			between = ", ";
		}
}

/* As in a brief that a person writes, so that whoever reads it again reads the same. */
static int put_may_change(const struct vec *globs, struct buf *out, struct fault *why)
{
	for (size_t i = 0; i < globs->len; i++) {
		if (globs->items[i][strcspn(globs->items[i], ",\n")])
			return fault_set(why, EXIT_USAGE,
				"--may-change '%s': a glob has no comma and no newline",
				globs->items[i]);
		if (match_check(globs->items[i], why) < 0)
			return fault_wrap(why, "--may-change");
		buf_printf(out, "%s%s", i ? ", " : "---\ntests: may-change ", globs->items[i]);
	}
	buf_puts(out, globs->len ? "\n---\n" : "");
	return 0;
}

static int write_brief(
	struct healing *h, const struct vec *may_change, const struct gate *g, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, red = BUF_INIT;

	if (put_may_change(may_change, &text, why) < 0)
		return -1;
	put_red(g, &red);
	buf_printf(&text,
		"# Heal: %s on %s\n\n"
		"The checks below are red on this commit. Find out why, and mend the code, so that they are green.\n\n"
		"## Acceptance criteria\n\n"
		"- Every check is green, and none of them was made weaker to be so.\n"
		"- Where a check itself is wrong%s, nothing is changed: a last line says what is wrong with it.\n",
		red.len ? red.data : "gate", h->attempt.run.base,
		may_change->len ? ", and may not be changed" : "");
	return brief_parse(&h->brief, "the gate", text.data, text.len, why);
}

static int open_base(struct healing *h, const struct heal_options *o, struct fault *why)
{
	struct attempt *a = &h->attempt;
	char head[OID_MAX];
	int found;

	if (!o->wip)
		return 0;
	found = repo_commit(a->repo, "HEAD", head, why);
	if (found == 1) {
		fault_set(why, EXIT_FATAL, "this repository has no commit yet");
		fault_hint(why, "git commit --allow-empty -m \"First commit\"");
	}
	if (found || wip_commit(a->repo, a->store->dir, head, h->wip, why) < 0)
		return -1;
	h->options.base = h->wip;
	return 0;
}

/* Of the record: a branch's name rather than an id. */
static int name_base(struct healing *h, const struct heal_options *o, struct fault *why)
{
	CLEANUP(str_free) char *branch = NULL;

	if (!o->wip)
		return 0;
	if (repo_head_branch(h->attempt.repo, &branch, why) < 0)
		return -1;
	if (branch)
		str_replace(&h->attempt.run.base, branch);
	run_flag(&h->attempt.run, "wip: the base is a commit of the uncommitted changes on %s",
		branch ? branch : "HEAD");
	return 0;
}

static int judge_base(struct healing *h, struct fault *why)
{
	struct attempt *a = &h->attempt;

	h->judging = (struct judging){.repo = a->repo,
		.store = a->store,
		.policy = &a->policy,
		.commit = a->run.base_oid,
		.extra = a->extra,
		.level = (int)a->level,
		.no_cache = a->options->no_cache};
	term_say("gate on %s %.10s:", a->run.base, a->run.base_oid);
	if (judging_run(&h->judging, why) < 0)
		return -1;
	for (size_t i = 0; i < h->judging.gate.len; i++)
		gate_blame(&h->judging.gate, &h->judging.gate.results[i], false);
	return h->judging.gate.broken ? gate_fault_broken(&h->judging.gate, why) : 0;
}

static int say_green(const struct healing *h, bool json)
{
	if (json)
		term_outf("{\"version\":%d,\"runs\":[]}\n", RUN_VERSION);
	else
		term_outf("gate green on %s %.10s: nothing to heal\n", h->attempt.run.base,
			h->attempt.run.base_oid);
	return EXIT_DONE;
}

/* The base's failure is what the first pass is about, and what it must not come back with. */
static int take_failure(struct healing *h, struct fault *why)
{
	struct attempt *a = &h->attempt;
	struct gate *g = &h->judging.gate;
	CLEANUP(str_free) char *dir = attempt_file(a, "gate", 0, "");

	if (fs_mkdirs(dir, 0755, why) < 0)
		return -1;
	for (size_t i = 0; i < g->len; i++) {
		CLEANUP(str_free) char *log = fs_join(dir, strrchr(g->results[i].log, '/') + 1);

		if (g->results[i].status == GATE_RED &&
			fs_copy(g->results[i].log, log, 0644, why) < 0)
			return -1;
	}
	attempt_record_stages(a, g);
	return attempt_recall_failure(a, 0, why);
}

static int begin(struct healing *h, struct fault *why)
{
	struct attempt *a = &h->attempt;
	struct fault second = FAULT_INIT;
	int done = attempt_begin(a, true, why);

	if (a->options->detach)
		return done;
	return asked_save(a, &h->choice, &h->brief, NULL, done < 0 ? &second : why) < 0 ? -1 : done;
}

static int run_claimed(struct healing *h, bool json, struct fault *why)
{
	struct attempt *a = &h->attempt;

	str_replace(&a->run.agent, h->agent.name);
	str_replace(&a->run.model, h->agent.model);
	if (a->options->detach && asked_save(a, &h->choice, &h->brief, NULL, why) == 0 &&
		background_go(a, why) == 1)
		return EXIT_DONE;
	if (!why->exit && begin(h, why) == 0 && attempt_prepare(a, why) == 0 &&
		take_failure(h, why) == 0)
		passes_run(a, &h->agent, &h->brief, why);
	return attempt_end(a, json, why);
}

static int claim(struct healing *h, const struct heal_options *o, struct fault *why)
{
	CLEANUP(buf_release) struct buf slug = BUF_INIT;

	if (write_brief(h, &o->may_change, &h->judging.gate, why) < 0)
		return -1;
	buf_printf(&slug, "heal-%s", h->attempt.run.base);
	return attempt_claim(&h->attempt, slug.data, h->brief.title, why);
}

static int find_agent(struct healing *h, struct fault *why)
{
	struct attempt *a = &h->attempt;

	return agent_find(&h->agent, &h->choice, &a->policy, why) < 0 ||
			       attempt_box_check(a, &h->agent, why) < 0
		       ? -1
		       : prompt_check(&a->policy, a->repo, a->run.base_oid, why);
}

/* Whoever heals is looked for once there is something to heal. */
static int heal(struct healing *h, const struct heal_options *o, struct fault *why)
{
	CLEANUP(buf_release) struct buf ignored = BUF_INIT;
	struct attempt *a = &h->attempt;
	int code;

	/* Said before anything is judged. */
	if (put_may_change(&o->may_change, &ignored, why) < 0)
		return -1;
	if (open_base(h, o, why) < 0 || attempt_open(a, why) < 0 || name_base(h, o, why) < 0)
		return -1;
	if (o->dry_run)
		return find_agent(h, why) < 0 || write_brief(h, &o->may_change, NULL, why) < 0
			       ? -1
			       : dry_run(a, &h->agent, &h->brief, why);
	if (judge_base(h, why) < 0)
		return -1;
	if (h->judging.gate.green)
		return say_green(h, o->json);
	if (find_agent(h, why) < 0)
		return -1;
	code = claim(h, o, why);
	if (!a->claimed)
		return code;
	return code ? attempt_end(a, o->json, why) : run_claimed(h, o->json, why);
}

int heal_run(
	struct repo *repo, struct store *store, const struct heal_options *o, struct fault *why)
{
	struct healing h = {.options = o->attempt, .choice = o->agent};
	int code;

	attempt_init(&h.attempt, repo, store, &h.options, RUN_KIND_HEAL);
	agent_init(&h.agent);
	h.choice.simulate = script_of(o->agent.simulate);
	if (h.choice.simulate)
		h.attempt.extra = simulation_stage();
	code = heal(&h, o, why);
	if (h.judging.repo)
		judging_release(&h.judging);
	attempt_release(&h.attempt);
	agent_release(&h.agent);
	brief_release(&h.brief);
	return code;
}
