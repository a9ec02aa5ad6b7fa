#include "flow/judge.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "base/text.h"
#include "core/gate.h"
#include "core/network.h"
#include "core/policy_load.h"
#include "flow/approve.h"
#include "flow/judge_secrets.h"
#include "flow/judging.h"
#include "flow/wip.h"
#include "port/json.h"

#include <stdio.h>
#include <string.h>

#define FAILURE_MAX 4096 /* bytes of a red stage's output shown to a person */

static int resolve(struct repo *repo, const char *rev, char oid[OID_MAX], struct fault *why)
{
	int found = repo_commit(repo, rev, oid, why);

	if (found == 1 && !strcmp(rev, "HEAD")) {
		fault_set(why, EXIT_FATAL, "this repository has no commit yet");
		fault_hint(why, "git commit --allow-empty -m \"First commit\"");
	} else if (found == 1) {
		fault_set(why, EXIT_FATAL, "unknown revision '%s'", rev);
		fault_hint(why, "git branch --all lists what there is");
	}
	return found ? -1 : 0;
}

struct json *judge_json(const struct gate *g)
{
	struct json *whole = json_object();
	struct json *gate = json_object(), *stages = json_array();

	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];
		CLEANUP(buf_release) struct buf detail = BUF_INIT;
		struct json *stage = json_object();

		gate_put_detail(r, &detail);
		json_set_text(stage, "name", r->stage->name);
		json_set_text(stage, "status", gate_status_name(r->status));
		json_set_text(stage, "detail", detail.len ? detail.data : NULL);
		json_set_real(stage, "seconds", (double)(r->ended_ms - r->started_ms) / 1000);
		json_set_bool(stage, "cached", r->cached);
		json_set_bool(stage, "flaky", r->flaky);
		json_set_text(stage, "log", r->log);
		json_push(stages, stage);
	}
	json_set_int(whole, "version", 1);
	json_set_text(whole, "commit", g->commit);
	json_set_text(gate, "status", gate_verdict(g));
	json_set(gate, "stages", stages);
	json_set(whole, "gate", gate);
	return whole;
}

static void print_json(struct json *whole)
{
	CLEANUP(json_free) struct json *owned = whole;
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_write(owned, false, &text);
	term_outf("%s\n", text.data);
}

static void print_network(const struct gate *g)
{
	CLEANUP(network_release) struct network n = NETWORK_INIT;
	CLEANUP(str_free) char *log = fs_join(g->log_dir, "network.ndjson");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (network_read(&n, log, NULL, &ignored) == 0)
		network_put(&n, "", &text);
	term_out(text.data, text.len);
}

static struct json *verdict_json(const struct gate *g, const struct secrets_stage *secrets)
{
	struct json *whole = judge_json(g);

	secrets_stage_push(secrets, json_get(json_get(whole, "gate"), "stages"));
	return whole;
}

static int print_verdict(const struct gate *g, const struct judge_options *o,
	const struct secrets_stage *secrets, struct fault *why)
{
	CLEANUP(buf_release) struct buf failure = BUF_INIT;

	if (o->verdict) {
		*o->verdict = verdict_json(g, secrets);
		return 0;
	}
	if (o->json) {
		print_json(verdict_json(g, secrets));
		return 0;
	}
	if (!g->green && gate_failure(g, FAILURE_MAX, &failure, why) < 0)
		return -1;
	if (secrets->red.len)
		buf_printf(&failure,
			"### stage secrets: what looks like a secret is in the commits\n%s",
			secrets->red.data);
	term_out(failure.data, failure.len);
	print_network(g);
	if (!g->green)
		term_outf("\nlogs: %s\n", g->log_dir);
	term_outf("%sgate %s%s\n", term_paint(g->green ? PAINT_GREEN : PAINT_RED, false),
		gate_verdict(g), term_paint(PAINT_PLAIN, false));
	return 0;
}

static bool is_head(struct repo *repo, const char *oid)
{
	struct fault ignored = FAULT_INIT;
	char own[OID_MAX];

	return repo_commit(repo, "HEAD", own, &ignored) == 0 && !strcmp(own, oid);
}

static int run_gate(struct repo *repo, struct store *store, struct policy *p, const char *head,
	const struct judge_options *o, struct fault *why)
{
	char oid[OID_MAX];
	CLEANUP(secrets_stage_release) struct secrets_stage secrets = SECRETS_STAGE_INIT;
	struct judging j = {.repo = repo,
		.store = store,
		.policy = p,
		.commit = oid,
		.level = -1,
		.no_cache = o->no_cache};
	char *rest, *line;
	int done;

	snprintf(oid, sizeof oid, "%s", head);
	if (o->wip && wip_commit(repo, store->dir, head, oid, why) < 0)
		return -1;
	j.foreign = o->rev && !is_head(repo, oid);
	done = judging_run(&j, why);
	if (!done)
		done = judge_secrets(repo, p, oid, o->no_cache, &secrets, why);
	j.gate.green = j.gate.green && !secrets.red.len;
	if (!done)
		done = print_verdict(&j.gate, o, &secrets, why);
	rest = secrets.told.data;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			term_say("secrets: %s", line);
	if (!done && j.gate.broken)
		done = o->json ? EXIT_FATAL : gate_fault_broken(&j.gate, why);
	else if (!done && !j.gate.green)
		done = EXIT_RED;
	judging_release(&j);
	return done;
}

int judge_run(
	struct repo *repo, struct store *store, const struct judge_options *o, struct fault *why)
{
	struct policy p;
	char oid[OID_MAX];
	int code = -1;

	policy_init(&p);
	if (resolve(repo, o->rev ? o->rev : "HEAD", oid, why) < 0 ||
		policy_load(&p, repo, oid, NULL, why) < 0)
		goto out;
	for (size_t i = 0; i < p.warnings.len; i++)
		term_warn("%s", p.warnings.items[i]);
	if (!p.stages_len) {
		fault_set(why, EXIT_FATAL, "no gate: %s has no [gate \"<name>\"] stage", p.origin);
		fault_hint(why, "git agent init");
		goto out;
	}
	if (approve_policy(repo, store->dir, &p, o->trust, why) == 0)
		code = run_gate(repo, store, &p, oid, o, why);
out:
	policy_release(&p);
	return code;
}
