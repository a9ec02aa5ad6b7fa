#include "flow/attempt.h"
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/opened.h"
#include "core/redact.h"
#include "core/spare.h"
#include "flow/approve.h"
#include "flow/attempt_place.h"
#include "port/git.h"
#include "port/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void attempt_init(struct attempt *a, struct repo *repo, struct store *store,
	const struct attempt_options *options, enum run_kind kind)
{
	*a = (struct attempt){.repo = repo,
		.store = store,
		.options = options,
		.lock = FS_LOCK_INIT,
		.slot = SLOT_INIT,
		.failure = BUF_INIT,
		.secrets = BUF_INIT,
		.secrets_sum = BUF_INIT,
		.author = VEC_INIT,
		.subjects = VEC_INIT,
		.left = VEC_INIT};
	policy_init(&a->policy);
	run_init(&a->run);
	layer_init(&a->layer);
	layer_init(&a->own);
	a->run.kind = kind;
}

void attempt_release(struct attempt *a)
{
	proc_hold(-1);
	fs_unlock(&a->lock);
	slot_release(&a->slot);
	proxy_free(&a->agent_proxy);
	proxy_free(&a->gate_proxy);
	policy_release(&a->policy);
	run_release(&a->run);
	workspace_release(&a->workspace);
	checkout_release(&a->checkout);
	checkout_release(&a->view);
	layer_release(&a->layer);
	layer_release(&a->own);
	git_child_free(&a->status);
	git_child_free(&a->identity);
	witness_free(&a->witness);
	repo_changes_release(&a->changes);
	attempt_release_base(a);
	proc_free(&a->beside);
	buf_release(&a->failure);
	vec_release(&a->left);
	evidence_rules_free(&a->rules);
	buf_release(&a->secrets);
	buf_release(&a->secrets_sum);
	vec_release(&a->author);
	vec_release(&a->subjects);
}

char *attempt_file(const struct attempt *a, const char *kind, int pass, const char *suffix)
{
	char name[64];

	snprintf(name, sizeof name, "%s-%d%s", kind, pass, suffix);
	return store_path(a->store, a->run.id, name);
}

char *attempt_network(const struct attempt *a)
{
	return store_path(a->store, a->run.id, "network.ndjson");
}

/* --base, agent.base, HEAD: which commit, and what to call it. */
static int find_base(struct attempt *a, struct fault *why)
{
	const char *named =
		a->options->base ? a->options->base : repo_config(a->repo, "agent.base");
	CLEANUP(str_free) char *branch = NULL;
	char id[OID_MAX];
	int found;

	if (named) {
		found = repo_commit(a->repo, named, a->run.base_oid, why);
		if (found == 1) {
			fault_set(why, EXIT_FATAL, "unknown revision '%s'", named);
			fault_hint(why, "git branch --all lists what there is");
		}
		str_replace(&a->run.base, named);
		return found ? -1 : 0;
	}
	found = repo_commit(a->repo, "HEAD", a->run.base_oid, why);
	if (found == 1) {
		fault_set(why, EXIT_FATAL, "this repository has no commit yet");
		fault_hint(why, "git commit --allow-empty -m \"First commit\"");
	}
	if (found || repo_head_branch(a->repo, &branch, why) < 0)
		return -1;
	repo_short(a->run.base_oid, id);
	str_replace(&a->run.base, branch ? branch : id);
	return 0;
}

/* A branch `agent` is a file where `agent/x` needs a directory: said before any agent time is spent. */
static int check_prefix(struct attempt *a, struct fault *why)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT;
	const char *prefix = a->policy.branch_prefix;

	for (const char *slash = strchr(prefix, '/'); slash; slash = strchr(slash + 1, '/')) {
		char oid[OID_MAX];
		int found;

		buf_clear(&ref);
		buf_printf(&ref, "refs/heads/%.*s", (int)(slash - prefix), prefix);
		found = repo_ref(a->repo, ref.data, oid, why);
		if (found < 0)
			return -1;
		if (found == 1)
			continue;
		fault_set(why, EXIT_FATAL, "a branch called '%.*s' is in the way of '%s<name>'",
			(int)(slash - prefix), prefix, prefix);
		return fault_hint(why,
			"git branch -m %.*s <another name>, or git config agent.branchPrefix <prefix>",
			(int)(slash - prefix), prefix);
	}
	return 0;
}

/* The seal is made in the person's name at the very end: that there is one is asked at the start. */
static int ask_identity(struct attempt *a, struct fault *why)
{
	static const char *const words[] = {"var", "GIT_COMMITTER_IDENT", NULL};
	struct git_call call = {.git_dir = a->repo->git_dir, .keep_config = true};
	CLEANUP(vec_release) struct vec args = VEC_INIT;

	vec_push_all(&args, words);
	return git_start(&call, &args, true, &a->identity, why);
}

static int check_identity(struct attempt *a, struct fault *why)
{
	if (git_finish(&a->identity, NULL, why) == 0)
		return 0;
	return fault_hint(why,
		"git config --global user.name \"Your Name\" && git config --global user.email you@example.com");
}

static int check_gate(struct attempt *a, struct fault *why)
{
	if (a->policy.stages_len || a->extra)
		return 0;
	fault_set(why, EXIT_FATAL,
		"no gate: %s has no [gate \"<name>\"] stage to judge a change with",
		a->policy.origin);
	return fault_hint(why, "git agent init");
}

/* Asked early and read late: looking at every file takes as long as the rest before it. What cannot be told is not said. */
static void ask_status(struct attempt *a)
{
	/* On one core: the others are for what the run waits for. */
	static const char *const words[] = {"-c", "core.preloadIndex=false", "status",
		"--porcelain", "-z", "--no-renames", "--ignore-submodules=dirty", NULL};
	struct git_call call = {.git_dir = a->repo->git_dir, .work_tree = a->repo->work_tree};
	CLEANUP(vec_release) struct vec args = VEC_INIT, env = VEC_INIT;
	struct fault ignored = FAULT_INIT;

	vec_push_all(&args, words);
	checkout_quiet_env(a->repo, &env);
	call.env = (const char *const *)env.items;
	if (a->repo->work_tree)
		git_start(&call, &args, true, &a->status, &ignored);
}

/* What heals has one cap, the base's: whatever is laid over it may only lower it. */
static int cap(const struct attempt *a)
{
	struct policy base;
	struct fault ignored = FAULT_INIT;
	int most = a->policy.fixes;

	if (a->run.kind != RUN_KIND_HEAL)
		return most;
	policy_init(&base);
	if (a->policy.blob)
		policy_read(
			&base, a->policy.blob, strlen(a->policy.blob), a->policy.file, &ignored);
	if (most > base.fixes)
		term_warn("limits.fixes = %d: %s allows %d, and that can only be lowered", most,
			a->policy.origin, base.fixes);
	most = most < base.fixes ? most : base.fixes;
	policy_release(&base);
	return most;
}

int attempt_open(struct attempt *a, struct fault *why)
{
	const struct policy_override flags[] = {{"limits.fixes", a->options->fixes, "--fixes"},
		{"sandbox.require", a->options->level, "--sandbox"}, {NULL, NULL, NULL}};

	/* git answers these while the rest is read. */
	ask_status(a);
	if (ask_identity(a, why) < 0 || find_base(a, why) < 0)
		return -1;
	if (policy_load(&a->policy, a->repo, a->run.base_oid, flags, why) < 0)
		return -1;
	for (size_t i = 0; i < a->policy.warnings.len; i++)
		term_warn("%s", a->policy.warnings.items[i]);
	if (check_gate(a, why) < 0 || sandbox_require(a->policy.require, &a->level, why) < 0 ||
		opened_check(a->repo, &a->policy, why) < 0 || check_identity(a, why) < 0 ||
		check_prefix(a, why) < 0)
		return -1;
	a->most = cap(a);
	str_replace(&a->run.policy_hash, a->policy.hash);
	str_replace(&a->run.policy_origin, a->policy.origin);
	str_replace(&a->run.sandbox, sandbox_level_name(a->level));
	vec_copy(&a->run.overrides, &a->policy.overrides);
	return approve_policy(a->repo, a->store->dir, &a->policy, a->options->trust, why);
}

/* By the layers, a branch, or the kept checkout of a run that this repository knows no more (it was cloned anew). */
static bool name_in_use(void *state, const char *name)
{
	struct attempt *a = state;
	CLEANUP(buf_release) struct buf ref = BUF_INIT, work = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	char oid[OID_MAX];

	if (!strcmp(name, LAYER_DIR) || !strcmp(name, SPARE_DIR))
		return true;
	if (!workspace_root(a->repo, &a->policy, &work, &ignored)) {
		buf_printf(&work, "/%s", name);
		if (fs_exists(work.data))
			return true;
	}
	buf_printf(&ref, "refs/heads/%s%s", a->policy.branch_prefix, name);
	return repo_ref(a->repo, ref.data, oid, &ignored) == 0;
}

static int name_taken(const char *name, struct fault *why)
{
	fault_set(why, EXIT_FATAL, "the name '%s' is taken by a run or a branch", name);
	return fault_hint(why, "git agent status %s, or choose another --name", name);
}

/* " (origin/main is 37 ahead)", if the base has an upstream and it is. */
static void put_ahead(const struct attempt *a, struct buf *out)
{
	struct git_call call = {.git_dir = a->repo->git_dir};
	CLEANUP(buf_release)
	struct buf upstream = BUF_INIT, name = BUF_INIT, range = BUF_INIT, count = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	buf_printf(&upstream, "%s@{upstream}", a->run.base);
	buf_printf(&range, "%s..%s", a->run.base_oid, upstream.data);
	if (git_ask(&call, &name, &ignored, "rev-parse", "--abbrev-ref", upstream.data, NULL) ||
		git_ask(&call, &count, &ignored, "rev-list", "--count", range.data, "--", NULL))
		return;
	buf_rtrim(&name);
	if (atol(count.data) > 0)
		buf_printf(out, " (%s is %ld ahead)", name.data, atol(count.data));
}

void attempt_announce(struct attempt *a)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, changed = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	char id[OID_MAX];
	long files = 0;

	if (a->announced)
		return;
	a->announced = true;
	repo_short(a->run.base_oid, id);
	buf_printf(&text, "run %s: base %s %s", a->run.id, a->run.base, id);
	put_ahead(a, &text);
	if (a->status && git_finish(&a->status, &changed, &ignored) == 0)
		for (size_t i = 0; i < changed.len; i++)
			files += changed.data[i] == '\0';
	if (files)
		buf_printf(&text, "; %ld uncommitted file%s not included", files,
			files == 1 ? " is" : "s are");
	term_say("%s", text.data);
	if (a->policy.local)
		term_say("policy: .git/agent/policy, until %s is committed", a->policy.file);
}

int attempt_claim(struct attempt *a, const char *wanted, const char *title, struct fault *why)
{
	CLEANUP(buf_release) struct buf slug = BUF_INIT, branch = BUF_INIT;
	CLEANUP(str_free) char *name = xstrdup(wanted);
	int done;

	/* A brief may quote a secret: neither its title nor its name goes into a commit or a branch with one. */
	redact_string(&name);
	if (workspace_check(a->repo, &a->policy, why) < 0)
		return -1;
	if (a->options->name && !run_name_valid(a->options->name)) {
		fault_set(why, EXIT_FATAL, "'%s' cannot be a run's name", a->options->name);
		return fault_hint(
			why, "use a to z, 0 to 9 and '-', at most %d bytes", RUN_NAME_MAX);
	}
	if (attempt_place_try(a, why) < 0)
		return -1;
	if (a->options->name)
		buf_puts(&slug, a->options->name);
	else
		text_slug(&slug, name, RUN_NAME_MAX);
	if (!slug.len)
		buf_puts(&slug, run_kind_name(a->run.kind));
	str_replace(&a->run.title, title);
	redact_string(&a->run.title);
	done = store_claim(a->store, &a->run, slug.data, !a->options->name, name_in_use, a, why);
	if (done)
		return done < 0 ? -1 : name_taken(slug.data, why);
	a->claimed = true;
	buf_printf(&branch, "%s%s", a->policy.branch_prefix, a->run.id);
	str_replace(&a->run.branch, branch.data);
	if (store_lock(a->store, a->run.id, &a->lock, why))
		return why->message[0] ? -1
				       : fault_set(why, EXIT_BUSY, "run '%s' is busy", a->run.id);
	proc_hold(a->lock.fd);
	return 0;
}
