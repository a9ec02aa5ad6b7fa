/* What a run that is taken up again needs to know of its last pass, from its record and its logs. */
#include "base/alloc.h"
#include "flow/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILURE_MAX 32768 /* bytes per red stage kept for the next pass */

/* The agent reads the logs of what failed under in/, in whole. */
static int show_logs(struct attempt *a, const struct gate *g, struct fault *why)
{
	CLEANUP(str_free) char *dir = fs_join(a->workspace.in, g->name);

	if (!a->checkout.path)
		return 0;
	if (fs_mkdirs(dir, 0700, why) < 0)
		return -1;
	for (size_t i = 0; i < g->len; i++) {
		const char *name = strrchr(g->results[i].log, '/');
		CLEANUP(str_free) char *to = fs_join(dir, name + 1);

		if (g->results[i].status == GATE_RED &&
			fs_copy(g->results[i].log, to, 0600, why) < 0)
			return -1;
	}
	return 0;
}

int attempt_keep_failure(struct attempt *a, const struct gate *g, struct fault *why)
{
	buf_clear(&a->failure);
	if (gate_failure(g, FAILURE_MAX, &a->failure, why) < 0)
		return -1;
	attempt_evidence_failure(a, &a->failure);
	attempt_secrets_failure(a, &a->failure);
	return show_logs(a, g, why);
}

int attempt_recall_tree(struct attempt *a, struct fault *why)
{
	const struct run_pass *pass = &a->run.passes[a->run.passes_len - 1];

	snprintf(a->tree, sizeof a->tree, "%s", pass->tree);
	repo_changes_release(&a->changes);
	return repo_diff(a->repo, a->run.base_oid, a->tree, &a->changes, why);
}

/* A stage of the record that is one of the policy's, or the simulation's; NULL: neither. */
static const struct gate_stage *find_stage(const struct attempt *a, const char *name)
{
	for (size_t i = 0; i < a->policy.stages_len; i++)
		if (!strcmp(a->policy.stages[i].name, name))
			return &a->policy.stages[i];
	return a->extra && !strcmp(a->extra->name, name) ? a->extra : NULL;
}

static void add_red(const struct attempt *a, struct gate *g, const struct gate_stage *stage)
{
	const char *detail = "red";

	for (size_t i = 0; i < a->run.stages_len; i++)
		if (!strcmp(a->run.stages[i].name, stage->name) && a->run.stages[i].detail)
			detail = a->run.stages[i].detail;
	g->results[g->len++] = (struct gate_result){.stage = stage,
		.status = GATE_RED,
		.detail = xstrdup(detail),
		.log = gate_log(g, stage->name)};
}

/* Of the base the record keeps the logs of what was red, and nothing else. */
static void find_red_of_base(const struct attempt *a, struct gate *g)
{
	for (size_t i = 0; i <= a->policy.stages_len; i++) {
		const struct gate_stage *stage =
			i < a->policy.stages_len ? &a->policy.stages[i] : a->extra;
		CLEANUP(str_free) char *log = stage ? gate_log(g, stage->name) : NULL;

		if (log && fs_exists(log))
			add_red(a, g, stage);
	}
}

static void find_red(const struct attempt *a, struct gate *g)
{
	for (size_t i = 0; i < a->run.stages_len; i++) {
		const struct run_stage *s = &a->run.stages[i];
		const struct gate_stage *stage = find_stage(a, s->name);

		if (stage && !strcmp(s->status, gate_status_name(GATE_RED)) &&
			(!s->detail || !strstr(s->detail, "red at base too")))
			add_red(a, g, stage);
	}
}

int attempt_recall_failure(struct attempt *a, int pass, struct fault *why)
{
	CLEANUP(str_free) char *dir = attempt_file(a, "gate", pass, "");
	CLEANUP(buf_release) struct buf print = BUF_INIT;
	struct gate g = {.name = strrchr(dir, '/') + 1, .log_dir = dir};
	int done;

	g.results = xcalloc(a->run.stages_len + a->policy.stages_len + 1, sizeof *g.results);
	if (pass)
		find_red(a, &g);
	else
		find_red_of_base(a, &g);
	done = attempt_keep_failure(a, &g, why);
	if (!done && !pass)
		done = gate_fingerprint(&g, &print, why);
	if (!done && !pass)
		hash_hex(print.data, print.len, a->base_failure);
	gate_release(&g);
	return done;
}
