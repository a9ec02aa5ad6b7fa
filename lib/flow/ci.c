#include "flow/ci.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "base/text.h"
#include "core/annotate.h"
#include "core/ci_base.h"
#include "core/evidence_policy.h"
#include "core/gate.h"
#include "core/guard_paths.h"
#include "core/policy_load.h"
#include "flow/judge.h"
#include "flow/judge_secrets.h"
#include "flow/judging.h"
#include "port/clock.h"
#include "port/git.h"
#include "port/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX 65536 /* bytes of a red stage's output that are shown */
#define NAMED_MAX  10    /* lines of it that are shown at their files */
#define ALLOW_MAX  ((size_t)4 << 20)

struct check {
	struct repo *repo;
	struct store *store;
	const struct ci_options *o;
	const struct annotate_format *format;
	struct ci_base base;
	char head[OID_MAX];
	char fork[OID_MAX]; /* where the change begins: the merge base */
	struct policy policy;
	struct repo_changes changes;
	struct annotations notes;
	struct vec files; /* of head, sorted; filled when a stage is red */
	struct secrets_stage secrets;
	bool agent; /* an agent's commit is among the change's */
	bool red, refused;
};

static void check_release(struct check *c)
{
	policy_release(&c->policy);
	repo_changes_release(&c->changes);
	annotations_release(&c->notes);
	vec_release(&c->files);
	secrets_stage_release(&c->secrets);
}

/* --- what is judged, and by what --------------------------------------------------------------- */

static int find_head(struct check *c, struct fault *why)
{
	const char *rev = c->o->rev ? c->o->rev : "HEAD";
	int none = repo_commit(c->repo, rev, c->head, why);

	return none > 0 ? fault_set(why, EXIT_FATAL, "unknown revision '%s'", rev) : none;
}

/* Without a merge base the whole of what head has is the change. */
static int find_fork(struct check *c, struct fault *why)
{
	struct git_call call = {.git_dir = c->repo->git_dir};
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int none = git_ask(&call, &text, why, "merge-base", c->base.oid, c->head, NULL);

	if (none < 0)
		return -1;
	buf_rtrim(&text);
	snprintf(c->fork, sizeof c->fork, "%.*s", OID_MAX - 1, none ? c->base.oid : text.data);
	return repo_diff(c->repo, c->fork, c->head, &c->changes, why);
}

/* A base that has no policy yet judges by what is built in, whatever the change brings. */
static int read_policy(struct check *c, struct fault *why)
{
	int none = policy_load_committed(&c->policy, c->repo, c->base.oid, why);

	if (none > 0)
		annotate(&c->notes, ANNOTATE_NOTICE, "gate", NULL, 0,
			"the base has no policy yet: no stage is run");
	return none < 0 ? -1 : 0;
}

static int find_agent(struct check *c, struct fault *why)
{
	struct git_call call = {.git_dir = c->repo->git_dir};
	CLEANUP(buf_release) struct buf text = BUF_INIT, range = BUF_INIT;

	buf_printf(&range, "%s..%s", c->fork, c->head);
	if (git_do(&call, &text, why, "log", "--format=%(trailers:key=Agent-Run,valueonly)",
		    range.data, "--", NULL))
		return -1;
	buf_rtrim(&text);
	c->agent = text.len > strspn(text.data, "\n ");
	return 0;
}

/* --- what is built in -------------------------------------------------------------------------- */

/* Protected paths are for agents to leave alone; of a person's change a reviewer is told. */
static int check_paths(struct check *c, struct fault *why)
{
	CLEANUP(vec_release) struct vec flags = VEC_INIT, all = VEC_INIT;
	struct fault refusal = FAULT_INIT;

	vec_push(&all, "**");
	if (guard_paths_check(c->repo, &c->changes, &c->policy, c->agent ? &c->o->allow : &all,
		    &flags, &refusal) == 0) {
		for (size_t i = 0; i < flags.len; i++)
			annotate(&c->notes, ANNOTATE_WARNING, "paths", NULL, 0, flags.items[i]);
		return 0;
	}
	if (refusal.exit != EXIT_REFUSED) {
		*why = refusal;
		return -1;
	}
	annotate(&c->notes, ANNOTATE_ERROR, "paths", NULL, 0, refusal.message);
	c->refused = true;
	return 0;
}

static int check_evidence(struct check *c, struct fault *why)
{
	CLEANUP(evidence_rules_free) struct evidence_rules *rules = NULL;
	CLEANUP(evidence_release) struct evidence evidence = EVIDENCE_INIT;
	bool block = !strcmp(c->policy.evidence_mode, "block");

	if (!strcmp(c->policy.evidence_mode, "off"))
		return 0;
	if (evidence_by_policy(&rules, &c->policy, NULL, c->repo, &c->changes, &evidence, why))
		return -1;
	for (size_t i = 0; i < evidence.len; i++) {
		const struct evidence_finding *f = &evidence.items[i];
		CLEANUP(buf_release) struct buf line = BUF_INIT;

		evidence_put_line(f, &line);
		annotate(&c->notes, block ? ANNOTATE_ERROR : ANNOTATE_WARNING, "evidence", f->path,
			f->line, line.data);
		c->red = c->red || block;
	}
	return 0;
}

/* What is allowed is read from the base: a change does not allow itself anything. */
static int read_allowed(struct check *c, struct secret_allow *allow, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int none = repo_blob(c->repo, c->base.oid, SECRET_ALLOW_FILE, &text, why);

	if (none)
		return none < 0 ? -1 : 0;
	return secret_allow_read(allow, text.data, text.len, SECRET_ALLOW_FILE, why);
}

static void annotate_secrets(struct check *c, const struct secret_search *search)
{
	for (size_t i = 0; i < search->len; i++) {
		const struct secret_finding *f = &search->items[i];
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		bool in_file = !strcmp(f->place, "file");

		buf_printf(&text, "%s: %s, in %s%.10s", f->description, f->shown,
			in_file ? "commit " : f->place, in_file ? f->commit : "");
		if (f->allowed)
			buf_printf(&text, " (allowed: %s)", f->allowed);
		annotate(&c->notes, f->allowed ? ANNOTATE_NOTICE : ANNOTATE_ERROR, "secrets",
			in_file ? f->path : NULL, (int)f->line, text.data);
	}
	c->red = c->red || search->open;
}

static int check_secrets(struct check *c, struct fault *why)
{
	CLEANUP(secrets_free) struct secrets *set = secrets_new();
	CLEANUP(secret_allow_release) struct secret_allow allow = SECRET_ALLOW_INIT;
	CLEANUP(secret_search_release) struct secret_search search;
	CLEANUP(buf_release) struct buf revisions = BUF_INIT;
	const struct git_call call = {.git_dir = c->repo->git_dir};
	int64_t started_ms = clock_now_ms();

	secret_search_init(&search);
	search.set = set;
	search.allow = &allow;
	for (size_t i = 0; i < c->policy.secrets_len; i++)
		if (secrets_add(set, c->policy.secrets[i].name, c->policy.secrets[i].pattern,
			    c->policy.secrets[i].keyword, why))
			return -1;
	buf_printf(&revisions, "%s\n^%s\n", c->head, c->base.oid);
	if (read_allowed(c, &allow, why))
		return -1;
	secrets_add_environ(set, (const char *const *)environ);
	if (secret_search_commits(&search, &call, &revisions, NULL, why))
		return -1;
	annotate_secrets(c, &search);
	secrets_stage_end(&c->secrets, &search, started_ms);
	if (search.open)
		buf_add(&c->secrets.red, c->secrets.sum.data, c->secrets.sum.len);
	return 0;
}

/* --- the stages -------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool knows(void *state, const char *path)
{
	const struct vec *files = state;

	return bsearch(&path, files->items, files->len, sizeof *files->items, compare_names);
}

static int list_files(struct check *c, struct fault *why)
{
	struct git_call call = {.git_dir = c->repo->git_dir};
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (git_do(&call, &text, why, "ls-tree", "-r", "-z", "--name-only", c->head, NULL))
		return -1;
	for (const char *name = text.data; name < text.data + text.len; name += strlen(name) + 1)
		vec_push(&c->files, name);
	vec_sort(&c->files);
	return 0;
}

static void annotate_stage(struct check *c, const struct gate_result *r, const char *output)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT;

	gate_put_detail(r, &detail);
	if (r->flaky)
		annotate(&c->notes, ANNOTATE_WARNING, r->stage->name, NULL, 0,
			"flaky: it was red, and then green on the same tree");
	if (r->status != GATE_RED && r->status != GATE_BROKEN)
		return;
	annotate(&c->notes, ANNOTATE_ERROR, r->stage->name, NULL, 0,
		detail.len ? detail.data : gate_status_name(r->status));
	annotate_output(&c->notes, r->stage->name, output, NAMED_MAX, knows, &c->files);
}

/* A line of a stage's that a workflow would obey is only shown. */
static void disarm(struct buf *text)
{
	text_replace(text, "\n::", "\n ::");
	text_replace(text, "##[", "## [");
}

static int show_stage(
	struct check *c, const struct gate *g, const struct gate_result *r, struct fault *why)
{
	CLEANUP(buf_release) struct buf output = BUF_INIT, text = BUF_INIT;
	struct gate one = *g;
	struct gate_result copy = *r;

	if (r->status != GATE_RED && r->status != GATE_BROKEN) {
		annotate_stage(c, r, "");
		return 0;
	}
	one.results = &copy;
	one.len = 1;
	if (gate_failure(&one, OUTPUT_MAX, &output, why) < 0)
		return -1;
	annotate_stage(c, r, output.data);
	if (c->format->document || c->o->json)
		return 0;
	disarm(&output);
	c->format->open(r->stage->name, (long)time(NULL), &text);
	buf_add(&text, output.data, output.len);
	c->format->close(r->stage->name, (long)time(NULL), &text);
	term_out(text.data, text.len);
	return 0;
}

static int run_stages(struct check *c, struct judging *j, struct fault *why)
{
	if (!c->policy.stages_len) {
		j->gate.green = true;
		return 0;
	}
	if (judging_run(j, why) < 0)
		return -1;
	if (!j->gate.green && list_files(c, why) < 0)
		return -1;
	for (size_t i = 0; i < j->gate.len; i++)
		if (show_stage(c, &j->gate, &j->gate.results[i], why) < 0)
			return -1;
	c->red = c->red || (!j->gate.green && !j->gate.broken);
	return 0;
}

/* --- what is said ------------------------------------------------------------------------------ */

static const char *verdict(const struct check *c, const struct gate *g)
{
	return c->refused ? "refused" : c->red ? "red" : g->broken ? "broken" : "green";
}

static void print_json(const struct check *c, const struct gate *g)
{
	static const char *const levels[] = {"notice", "warning", "error"};
	CLEANUP(json_free) struct json *whole = judge_json(g);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct json *list = json_array();

	secrets_stage_push(&c->secrets, json_get(json_get(whole, "gate"), "stages"));
	for (size_t i = 0; i < c->notes.len; i++) {
		const struct annotation *n = &c->notes.items[i];
		struct json *one = json_object();

		json_set_text(one, "level", levels[n->level]);
		json_set_text(one, "rule", n->rule);
		json_set_text(one, "path", n->path);
		json_set_int(one, "line", n->line);
		json_set_text(one, "message", n->text);
		json_push(list, one);
	}
	json_set_text(whole, "commit", c->head);
	json_set_text(whole, "base", c->base.oid);
	json_set_text(whole, "base_by", c->base.how);
	json_set_text(whole, "policy", c->policy.origin);
	json_set_text(whole, "verdict", verdict(c, g));
	json_set(whole, "annotations", list);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

static void print_notes(const struct check *c, const struct gate *g)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (c->o->json) {
		print_json(c, g);
		return;
	}
	c->format->put(&c->notes, &text);
	term_out(text.data, text.len);
	if (!c->format->document)
		term_outf("gate %s\n", verdict(c, g));
}

static int judge_all(struct check *c, struct fault *why)
{
	struct judging j = {.repo = c->repo,
		.store = c->store,
		.policy = &c->policy,
		.commit = c->head,
		.changes = &c->changes,
		.level = -1,
		.foreign = true,
		.no_cache = c->o->no_cache};
	int done = run_stages(c, &j, why);

	j.gate.green = j.gate.green && !c->secrets.red.len;
	if (!done)
		print_notes(c, &j.gate);
	if (!done)
		done = c->refused      ? EXIT_REFUSED
		       : c->red        ? EXIT_RED
		       : j.gate.broken ? EXIT_FATAL
				       : EXIT_DONE;
	if (c->policy.stages_len)
		judging_release(&j);
	return done;
}

int ci_run(struct repo *repo, struct store *store, const struct ci_options *o, struct fault *why)
{
	CLEANUP(check_release)
	struct check c = {.repo = repo,
		.store = store,
		.o = o,
		.notes = ANNOTATIONS_INIT,
		.files = VEC_INIT,
		.secrets = SECRETS_STAGE_INIT};

	policy_init(&c.policy);
	if (find_head(&c, why) || ci_base_find(&c.base, repo, c.head, o->base, why) ||
		find_fork(&c, why))
		return -1;
	c.format = annotate_format(o->format ? o->format : c.base.format);
	if (read_policy(&c, why) < 0 || find_agent(&c, why))
		return -1;
	term_say("gate on %.10s for %s, by the policy of %.10s (%s)", c.head, c.base.place,
		c.base.oid, c.base.how);
	if (check_paths(&c, why) || check_evidence(&c, why) || check_secrets(&c, why))
		return -1;
	return judge_all(&c, why);
}
