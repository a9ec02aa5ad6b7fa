#include "flow/init.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "base/term.h"
#include "base/text.h"
#include "core/harvest.h"
#include "core/hook_install.h"
#include "core/policy_load.h"
#include "core/trust.h"
#include "flow/ahead.h"
#include "flow/init_policy.h"
#include "flow/judge.h"
#include "port/git.h"
#include "port/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BRANCH     "agent/init"
#define BRANCH_REF "refs/heads/" BRANCH

static const char commit_message[] = "Add a policy for git agent\n\n"
				     "It names the gate every proposal has to pass.\n";

struct init {
	struct repo *repo;
	struct store *store;
	const struct init_options *o;
	struct init_policy policy;
	struct vec changes; /* what was done, one line each */
	struct vec kept;    /* what was right already */
	struct vec asks;    /* what is left to the person */
	struct json *verdict;
	const char *gate; /* "green", "red", "not-run" */
	struct fault gate_fault;
};

static void init_release(struct init *in)
{
	init_policy_release(&in->policy);
	vec_release(&in->changes);
	vec_release(&in->kept);
	vec_release(&in->asks);
	json_free(&in->verdict);
}

/* --- the branch ------------------------------------------------------------------------------- */

static int refuse_branch(struct fault *why)
{
	fault_set(why, EXIT_FATAL, "a branch named '%s' already exists", BRANCH);
	return fault_hint(why, "git merge %s, or git branch -D %s", BRANCH, BRANCH);
}

/* HEAD's tree with the file added, through an index that is no one's. */
static int make_tree(struct init *in, const char *index, char tree[OID_MAX], struct fault *why)
{
	const struct init_policy *p = &in->policy;
	struct git_call call = {.git_dir = in->repo->git_dir,
		.index = index,
		.input = p->text.data,
		.input_len = p->text.len};
	CLEANUP(buf_release) struct buf blob = BUF_INIT, entry = BUF_INIT, out = BUF_INIT;

	if (git_do(&call, &blob, why, "hash-object", "-w", "--stdin", NULL) < 0)
		return -1;
	buf_rtrim(&blob);
	buf_printf(&entry, "100644,%s,%s", blob.data, p->file);
	call.input = NULL;
	call.input_len = 0;
	if (git_do(&call, NULL, why, "-c", "core.splitIndex=false", "read-tree", p->head, NULL) <
			0 ||
		git_do(&call, NULL, why, "-c", "core.splitIndex=false", "update-index", "--add",
			"--cacheinfo", entry.data, NULL) < 0 ||
		git_do(&call, &out, why, "write-tree", "--missing-ok", NULL) < 0)
		return -1;
	buf_rtrim(&out);
	snprintf(tree, OID_MAX, "%s", out.data);
	return 0;
}

static int make_branch(struct init *in, struct fault *why)
{
	CLEANUP(buf_release) struct buf index = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	char tree[OID_MAX], commit[OID_MAX];
	int done;

	buf_printf(&index, "%s/agent-init-index.%ld", in->repo->git_dir, (long)getpid());
	done = make_tree(in, index.data, tree, why);
	fs_remove(index.data, &ignored);
	if (done < 0 || harvest_seal(in->repo, tree, in->policy.head, commit_message, NULL, commit,
				why) < 0)
		return -1;
	done = repo_ref_set(in->repo, BRANCH_REF, commit, "", "agent: init", why);
	return done == 1 ? refuse_branch(why) : done;
}

static int commit_policy(struct init *in, struct fault *why)
{
	char oid[OID_MAX];
	int found;

	if (!in->o->commit)
		return 0;
	if (!in->policy.head[0]) {
		fault_set(why, EXIT_FATAL,
			"--commit needs a commit to stand on, and this branch has none yet");
		return fault_hint(why, "git agent init, then commit %s with your first files",
			in->policy.file);
	}
	if (in->policy.source == INIT_HEAD)
		return 0;
	found = repo_ref(in->repo, BRANCH_REF, oid, why);
	if (found < 1)
		return found < 0 ? -1 : refuse_branch(why);
	vec_pushf(&in->changes, "committed %s on the new branch %s", in->policy.file, BRANCH);
	vec_pushf(&in->asks, "git push -u origin %s, or git merge %s", BRANCH, BRANCH);
	return in->o->dry_run ? 0 : make_branch(in, why);
}

/* --- the steps, in an order that leaves nothing half made ---------------------------------------- */

static int make_state(struct init *in, struct fault *why)
{
	if (fs_is_dir(in->store->dir))
		return 0;
	vec_pushf(&in->changes, "created %s", in->store->dir);
	return in->o->dry_run ? 0 : fs_mkdirs(in->store->dir, 0755, why);
}

/* What a second look still asks for is the person's to do, such as a line in the configuration of another tool. */
static int install_hooks(struct init *in, struct fault *why)
{
	CLEANUP(str_free) char *binaries = install_libexec("hooks");
	int (*put)(const struct repo *, const char *, bool, struct vec *, struct fault *) =
		in->o->strict ? hook_install_strict : hook_install;
	CLEANUP(vec_release) struct vec lines = VEC_INIT, left = VEC_INIT;
	size_t before = in->changes.len;

	if (put(in->repo, binaries, in->o->dry_run, &lines, why) < 0 ||
		(!in->o->dry_run && put(in->repo, binaries, true, &left, why) < 0))
		return -1;
	for (size_t i = 0; i < lines.len; i++)
		vec_push(vec_has(&left, lines.items[i]) ? &in->asks : &in->changes, lines.items[i]);
	if (in->changes.len == before)
		vec_push(&in->kept, "the hooks are up to date");
	return 0;
}

static int trust_policy(struct init *in, struct fault *why)
{
	if (in->policy.source != INIT_NEW)
		return 0;
	vec_pushf(&in->changes, "approved the commands of %s", in->policy.file);
	return in->o->dry_run ? 0 : trust_add(in->store->dir, &in->policy.policy, why);
}

static int write_local(struct init *in, struct fault *why)
{
	const struct init_policy *p = &in->policy;
	CLEANUP(str_free) char *path = fs_join(in->store->dir, "policy");

	if (p->source == INIT_HEAD)
		return 0;
	if (p->has_local && !strcmp(p->local.data, p->text.data)) {
		vec_pushf(&in->kept, "%s is in force until %s is committed", path, p->file);
		return 0;
	}
	vec_pushf(&in->changes, "wrote %s, in force until %s is committed", path, p->file);
	return in->o->dry_run ? 0 : fs_write(path, p->text.data, p->text.len, 0644, why);
}

static int write_file(struct init *in, struct fault *why)
{
	const struct init_policy *p = &in->policy;
	CLEANUP(str_free) char *path = fs_join(in->repo->work_tree, p->file);

	if (p->source == INIT_HEAD || p->source == INIT_FILE) {
		vec_pushf(&in->kept, "%s is there already and is kept as it is", p->file);
		return 0;
	}
	if (in->o->local || in->o->commit)
		return 0;
	vec_pushf(&in->changes, "wrote %s", p->file);
	vec_pushf(&in->asks, "git add %s && git commit -m 'Add %s'", p->file, p->file);
	return in->o->dry_run ? 0 : fs_write(path, p->text.data, p->text.len, 0644, why);
}

/* --- the gate --------------------------------------------------------------------------------- */

/* Why it need not or cannot be run; NULL: it is run. */
static const char *why_no_gate(const struct init *in)
{
	if (in->o->no_gate)
		return "the gate was not run (--no-gate)";
	if (!in->policy.head[0])
		return "the gate was not run: there is no commit yet";
	if (!in->changes.len)
		return "the gate was not run again: git agent gate";
	return NULL;
}

/* Its outcome is told, whatever it is; only an interruption ends the command. */
static int run_gate(struct init *in, struct fault *why)
{
	struct judge_options options = {
		.json = in->o->json, .verdict = in->o->json ? &in->verdict : NULL};
	const char *not = why_no_gate(in);
	int code;

	in->gate = "not-run";
	if (not ) {
		term_say("%s", not );
		return 0;
	}
	code = judge_run(in->repo, in->store, &options, &in->gate_fault);
	if (code < 0 && in->gate_fault.exit == EXIT_INTERRUPTED) {
		*why = in->gate_fault;
		return -1;
	}
	if (code < 0) {
		term_warn("the gate was not run: %s", in->gate_fault.message);
		if (in->gate_fault.hint[0])
			term_hint("%s", in->gate_fault.hint);
		return 0;
	}
	in->gate = code == EXIT_DONE ? "green" : code == EXIT_RED ? "red" : "not-run";
	if (code == EXIT_RED)
		term_hint(
			"the gate is red before any agent has worked: mend it, edit %s, or let an agent: git agent heal",
			in->policy.file);
	return 0;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void say_stages(const struct init *in)
{
	const struct policy *p = &in->policy.policy;

	for (size_t i = 0; i < p->stages_len; i++)
		term_say("gate %s: %s", p->stages[i].name, p->stages[i].run);
	for (size_t i = 0; i < p->setup.len; i++)
		term_say("setup: %s", p->setup.items[i]);
}

static void say_done(const struct init *in)
{
	for (size_t i = 0; i < in->policy.policy.warnings.len; i++)
		term_warn("%s", in->policy.policy.warnings.items[i]);
	for (size_t i = 0; i < in->policy.unused.len; i++)
		term_warn("--gate '%s' is not used: %s is there already",
			in->policy.unused.items[i], in->policy.file);
	for (size_t i = 0; i < in->kept.len; i++)
		term_say("%s", in->kept.items[i]);
	for (size_t i = 0; i < in->changes.len; i++)
		term_say("%s", in->changes.items[i]);
	if (!in->changes.len)
		term_say("nothing to do");
	say_stages(in);
	for (size_t i = 0; i < in->asks.len; i++)
		term_hint("%s", in->asks.items[i]);
}

/* Paths are named by others. */
static void print_list(const char *indent, const struct vec *list)
{
	for (size_t i = 0; i < list->len; i++) {
		CLEANUP(str_free) char *line = text_cleaned(list->items[i]);

		term_outf("%s%s\n", indent, line);
	}
}

static void print_plan(const struct init *in)
{
	const struct buf *text = &in->policy.text;

	if (in->policy.source == INIT_NEW) {
		term_out(text->data, text->len);
		term_outf("\n");
	}
	print_list("", &in->kept);
	term_outf("%s\n", in->changes.len ? "without --dry-run:" : "nothing to do");
	print_list("  ", &in->changes);
	if (!why_no_gate(in))
		term_outf("  ran the gate\n");
}

static struct json *policy_json(const struct init_policy *p)
{
	struct json *json = json_object(), *stages = json_array();

	for (size_t i = 0; i < p->policy.stages_len; i++) {
		const struct gate_stage *s = &p->policy.stages[i];
		struct json *stage = json_object();

		json_set_text(stage, "name", s->name);
		json_set_text(stage, "run", s->run);
		json_set_bool(stage, "evidence", s->evidence);
		json_push(stages, stage);
	}
	json_set_text(json, "file", p->file);
	json_set_text(json, "source", init_source_name(p->source));
	json_set(json, "stages", stages);
	json_set_list(json, "setup", &p->policy.setup);
	json_set_text(json, "text", p->text.data);
	return json;
}

static void print_json(struct init *in)
{
	CLEANUP(json_free) struct json *json = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct json *gate = json_object();

	json_set_text(gate, "status", in->gate);
	json_set_text(gate, "error", in->gate_fault.message[0] ? in->gate_fault.message : NULL);
	json_set(gate, "verdict", in->verdict);
	in->verdict = NULL;
	json_set_int(json, "version", 1);
	json_set_bool(json, "dry_run", in->o->dry_run);
	json_set(json, "policy", policy_json(&in->policy));
	json_set_list(json, "kept", &in->kept);
	json_set_list(json, "changes", &in->changes);
	json_set_list(json, "asks", &in->asks);
	json_set(json, "gate", gate);
	json_write(json, false, &text);
	term_outf("%s\n", text.data);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int check_options(const struct repo *repo, const struct init_options *o, struct fault *why)
{
	if (o->local && o->commit)
		return fault_set(why, EXIT_USAGE, "--local and --commit exclude each other");
	if (repo->work_tree)
		return 0;
	fault_set(why, EXIT_FATAL, "this operation must be run in a work tree: '%s' is bare",
		repo->git_dir);
	return fault_hint(why, "git clone %s, and run it there", repo->name);
}

static int do_steps(struct init *in, struct fault *why)
{
	static int (*const steps[])(struct init * in, struct fault * why) = {
		commit_policy, make_state, install_hooks, trust_policy, write_local, write_file};

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i](in, why) < 0)
			return -1;
	return 0;
}

/* The first run is to start as fast as any. */
static void leave_spare(const struct init *in)
{
	CLEANUP(policy_release) struct policy p;
	struct fault ignored = FAULT_INIT;
	char head[OID_MAX];

	policy_now(&p, in->repo, "agent.workroot");
	p.spare = p.spare && repo_config_bool(in->repo, "agent.spare", true);
	if (repo_commit(in->repo, "HEAD", head, &ignored) == 0)
		ahead_make_spare(in->repo, &p, head);
}

static int finish(struct init *in, struct fault *why)
{
	in->gate = "not-run";
	if (in->o->dry_run && !in->o->json)
		print_plan(in);
	if (!in->o->dry_run) {
		say_done(in);
		if (run_gate(in, why) < 0)
			return -1;
		leave_spare(in);
	}
	if (in->o->json)
		print_json(in);
	return EXIT_DONE;
}

int init_run(
	struct repo *repo, struct store *store, const struct init_options *o, struct fault *why)
{
	CLEANUP(init_release)
	struct init in = {.repo = repo,
		.store = store,
		.o = o,
		.changes = VEC_INIT,
		.kept = VEC_INIT,
		.asks = VEC_INIT,
		.gate_fault = FAULT_INIT};

	init_policy_start(&in.policy);
	if (check_options(repo, o, why) < 0 ||
		init_policy_find(&in.policy, repo, &o->gate, why) < 0 || do_steps(&in, why) < 0)
		return -1;
	return finish(&in, why);
}
