#include "flow/judge.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "base/text.h"
#include "core/flaky.h"
#include "core/gate.h"
#include "core/network.h"
#include "core/opened.h"
#include "core/policy_load.h"
#include "flow/approve.h"
#include "flow/judge_watch.h"
#include "flow/layers.h"
#include "port/git.h"
#include "port/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FAILURE_MAX 4096 /* bytes of a red stage's output shown to a person */

/*
 * The working tree as a commit on HEAD, through an index of its own: the person's index is copied (it knows what is sparse and what
 * is unchanged) and never written.
 */
static int snapshot(
	struct repo *repo, const char *dir, const char *head, char oid[OID_MAX], struct fault *why)
{
	CLEANUP(str_free)
	char *mine = fs_join(repo->git_dir, "index"), *index = fs_join(dir, "index");
	struct git_call call = {.git_dir = repo->git_dir,
		.work_tree = repo->work_tree,
		.index = index,
		.dir = repo->work_tree};
	CLEANUP(buf_release) struct buf tree = BUF_INIT, commit = BUF_INIT;

	if (!repo->work_tree) {
		fault_set(
			why, EXIT_FATAL, "--wip needs a working tree, and this repository is bare");
		return fault_hint(why, "git agent gate <rev>");
	}
	if (fs_exists(mine) ? fs_copy(mine, index, 0600, why) < 0
			    : git_do(&call, NULL, why, "read-tree", head, NULL) < 0)
		return -1;
	if (git_do(&call, NULL, why, "-c", "core.splitIndex=false", "add", "-A", NULL) < 0 ||
		git_do(&call, &tree, why, "write-tree", NULL) < 0)
		return -1;
	buf_rtrim(&tree);
	if (git_do(&call, &commit, why, "commit-tree", "-m", "work in progress", "-p", head,
		    tree.data, NULL) < 0)
		return -1;
	buf_rtrim(&commit);
	snprintf(oid, OID_MAX, "%s", commit.data);
	return 0;
}

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

static struct json *verdict_json(const struct gate *g)
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

static void print_json(const struct gate *g)
{
	CLEANUP(json_free) struct json *whole = verdict_json(g);
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_write(whole, false, &text);
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

static int print_verdict(const struct gate *g, const struct judge_options *o, struct fault *why)
{
	CLEANUP(buf_release) struct buf failure = BUF_INIT;

	if (o->verdict) {
		*o->verdict = verdict_json(g);
		return 0;
	}
	if (o->json) {
		print_json(g);
		return 0;
	}
	if (!g->green && gate_failure(g, FAILURE_MAX, &failure, why) < 0)
		return -1;
	term_out(failure.data, failure.len);
	print_network(g);
	if (!g->green)
		term_outf("\nlogs: %s\n", g->log_dir);
	term_outf("%sgate %s%s\n", term_paint(g->green ? PAINT_GREEN : PAINT_RED, false),
		gate_verdict(g), term_paint(PAINT_PLAIN, false));
	return 0;
}

/* A directory name nobody else has: two gates at once never disturb each other. */
static void name_work(char *name, size_t size)
{
	snprintf(name, size, "gate-%ld", (long)getpid());
}

static bool is_head(struct repo *repo, const char *oid)
{
	struct fault ignored = FAULT_INIT;
	char own[OID_MAX];

	return repo_commit(repo, "HEAD", own, &ignored) == 0 && !strcmp(own, oid);
}

struct judging { /* one gate, for a person */
	struct repo *repo;
	struct store *store;
	struct policy *policy;
	const struct judge_options *options;
	struct workspace workspace;
	struct layer layer;
	struct verdicts verdicts;
	struct gate gate;
	char oid[OID_MAX]; /* of what is judged */
	char *log_dir;
};

static int make_place(struct judging *j, struct fault *why)
{
	struct workspace *w = &j->workspace;
	char name[32];

	if (w->path)
		return 0;
	name_work(name, sizeof name);
	return workspace_create(w, j->repo, j->policy, name, why);
}

/* What a stage needs: a place, a box, what setup leaves. */
static int run_stages(struct judging *j, struct fault *why)
{
	struct workspace *w = &j->workspace;
	CLEANUP(str_free) char *log = fs_join(j->log_dir, "setup.log");
	CLEANUP(str_free) char *network = fs_join(j->log_dir, "network.ndjson");

	if (make_place(j, why) < 0 || opened_check(j->repo, j->policy, why) < 0)
		return -1;
	/* One's own HEAD needs no level: the strongest there is, unless a person said `none`. */
	w->level = j->policy->require == SANDBOX_NONE ? SANDBOX_NONE : sandbox_reach();
	j->verdicts.level = (int)w->level;
	j->layer.foreign = j->options->rev && !is_head(j->repo, j->oid);
	if (proxy_new(&w->proxy, "gate", &j->policy->hosts, network, why) < 0 ||
		layers_take(&j->layer, w, j->repo, j->policy, j->oid, log, why) < 0)
		return -1;
	return gate_run(&j->gate, why);
}

static int note_flakes(const struct judging *j, struct fault *why)
{
	for (size_t i = 0; i < j->gate.len; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		if (!j->gate.results[i].flaky)
			continue;
		if (flaky_note(j->store->dir, &j->gate.results[i], j->oid, &text, why) < 0)
			return -1;
		term_warn("flaky: %s", text.data);
	}
	return 0;
}

static int judge_commit(struct judging *j, struct fault *why)
{
	CLEANUP(str_free) char *network = NULL;
	CLEANUP(buf_release) struct buf dir = BUF_INIT;
	size_t left = 0;
	int done = 0;

	if (j->options->wip && (make_place(j, why) < 0 || snapshot(j->repo, j->workspace.path,
								  j->oid, j->oid, why) < 0))
		return -1;
	buf_printf(&dir, "%s/gate/%s", j->store->dir, j->oid);
	j->log_dir = xstrdup(dir.data);
	j->gate.log_dir = j->log_dir;
	network = fs_join(j->log_dir, "network.ndjson");
	j->verdicts.fresh = j->options->no_cache;
	j->verdicts.level = j->policy->require == SANDBOX_NONE ? SANDBOX_NONE : -1;
	if (fs_remove(network, why) < 0 ||
		verdicts_open(&j->verdicts, j->repo, j->policy, j->store->dir, j->oid, why) < 0 ||
		gate_recall(&j->gate, &left, why) < 0)
		return -1;
	if (left)
		done = run_stages(j, why);
	proxy_free(&j->workspace.proxy);
	term_live_end();
	return done < 0 || note_flakes(j, why) < 0 ? -1 : print_verdict(&j->gate, j->options, why);
}

static int run_gate(struct repo *repo, struct store *store, struct policy *p, const char *head,
	const struct judge_options *o, struct fault *why)
{
	struct judging j = {
		.repo = repo, .store = store, .policy = p, .options = o, .verdicts = VERDICTS_INIT};
	struct fault ignored = FAULT_INIT;
	int done;

	snprintf(j.oid, sizeof j.oid, "%s", head);
	layer_init(&j.layer);
	j.gate = (struct gate){.repo = repo,
		.policy = p,
		.workspace = &j.workspace,
		.name = "gate",
		.commit = j.oid,
		.layer = &j.layer,
		.verdicts = &j.verdicts,
		.watch = judge_watch()};
	done = judge_commit(&j, why);
	if (!done && j.gate.broken)
		done = o->json ? EXIT_FATAL : gate_fault_broken(&j.gate, why);
	else if (!done && !j.gate.green)
		done = EXIT_RED;
	gate_release(&j.gate);
	if (j.workspace.path)
		fs_remove(j.workspace.path, &ignored);
	workspace_release(&j.workspace);
	layer_release(&j.layer);
	verdicts_release(&j.verdicts);
	str_free(&j.log_dir);
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
