/* One pass of the agent: the prompt in, the program in its box, what it left out again. */
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/box_hint.h"
#include "core/guard_paths.h"
#include "core/harvest.h"
#include "core/lfs.h"
#include "core/login.h"
#include "core/network.h"
#include "core/opened.h"
#include "core/prompt.h"
#include "core/redact_log.h"
#include "core/settings.h"
#include "flow/attempt.h"
#include "flow/attempt_box.h"
#include "flow/attempt_failure.h"
#include "flow/attempt_words.h"
#include "port/clock.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TAIL_MAX 65536 /* of the agent's output, to tell why it failed */
#define TICK_MS  100

/* The pass whose gate's logs are under in/. */
static int last_judged(const struct attempt *a)
{
	size_t i = a->run.passes_len;

	while (i && !a->run.passes[i - 1].gate[0])
		i--;
	return (int)i;
}

static int write_prompt(struct attempt *a, const struct agent *agent, const struct brief *brief,
	int pass, struct buf *text, char **path, struct fault *why)
{
	CLEANUP(str_free) char *memory = fs_join(a->store->dir, "memory.md");
	CLEANUP(str_free) char *record = attempt_file(a, "prompt", pass, ".md");
	CLEANUP(buf_release) struct buf logs = BUF_INIT;
	CLEANUP(attempt_words_release) struct attempt_words words = {BUF_INIT, BUF_INIT, BUF_INIT};
	struct prompt p = {.brief = brief,
		.heals = a->run.kind == RUN_KIND_HEAL,
		.policy = &a->policy,
		.agent = agent,
		.base = a->run.base_oid,
		.memory = memory,
		.failure = a->failure.len ? a->failure.data : NULL,
		.base_failure = !last_judged(a),
		.cut_off = a->kept && pass > 1 && strcmp(a->run.passes[pass - 2].end, "done") != 0,
		.pass = pass};
	char name[32];

	buf_printf(&logs, "%s/gate-%d", a->workspace.in, last_judged(a));
	p.failure_logs = logs.data;
	if (attempt_words(a, &words, why) < 0)
		return -1;
	p.asked = words.asked.len ? words.asked.data : NULL;
	p.diff = words.diff.data;
	p.report = words.report.data;
	snprintf(name, sizeof name, "prompt-%d.md", pass);
	*path = fs_join(a->workspace.in, name);
	if (prompt_write(&p, a->repo, text, why) < 0 ||
		fs_write_derived(*path, text->data, text->len, why) < 0)
		return -1;
	return fs_write_derived(record, text->data, text->len, why);
}

static int start_agent(struct attempt *a, const struct agent *agent, const struct buf *prompt,
	const char *prompt_path, struct redact_log *log, struct box *box, struct proc **p,
	struct fault *why)
{
	if (attempt_box(a, agent, prompt, prompt_path, box, why) < 0)
		return -1;
	box->merge = true;
	box->log = redact_log_write;
	box->log_state = log;
	box->keep_max = TAIL_MAX;
	return sandbox_start(box, p, why);
}

/* What was refused to the agent is the likelier reason than any other that is not its own. */
static bool hint_network(const struct attempt *a, struct fault *why)
{
	CLEANUP(network_release) struct network n = NETWORK_INIT;
	CLEANUP(str_free) char *log = attempt_network(a);
	CLEANUP(buf_release) struct buf hint = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (network_read(&n, log, "agent", &ignored) < 0 || !network_hint(&n, &hint))
		return false;
	fault_hint(why, "%s", hint.data);
	return true;
}

/* Where nothing better is known of why it failed: whether its box was in the way. */
static void hint_box(
	struct attempt *a, const struct box *box, const struct proc *p, struct fault *why)
{
	CLEANUP(vec_release) struct vec closed = VEC_INIT;
	CLEANUP(buf_release) struct buf hint = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	struct box_keys keys = {.section = "[agent]",
		.network = "network",
		.env = "env",
		.file = a->policy.file,
		.closed = &closed};

	if (why->exit == EXIT_AGENT && !why->hint[0] && !hint_network(a, why) &&
		opened_never(a->repo, &a->policy, &closed, &ignored) == 0 &&
		box_hint(box, &keys, p->out.data, p->out.len, &hint))
		fault_hint(why, "%s", hint.data);
}

/* Until the agent has ended, and all it started with it. */
static void watch(struct proc *p, struct logins *logins, const char *label)
{
	while (proc_poll(&p, 1, TICK_MS) < 0) {
		int64_t now = clock_now_ms();

		/* A signal from before it started is not seen by proc_poll. */
		if (proc_stop_requested())
			proc_cancel(p);
		logins_carry(logins);
		term_live(label, now - p->started_ms, now - p->active_ms);
	}
	term_live_end();
}

static void say_key(const struct agent *agent)
{
	const char *key = agent_key(agent);

	if (key && agent->login.len)
		term_detail("login: %s is set, so that %s does not come along", key,
			agent->login.items[0]);
}

/* Carries its login over for the last time; what was not is for the reviewer to know. */
static void close_logins(struct attempt *a, struct logins *logins)
{
	CLEANUP(vec_release) struct vec notes = VEC_INIT;

	logins_close(logins, &notes);
	for (size_t i = 0; i < notes.len; i++)
		run_flag(&a->run, "login: %s", notes.items[i]);
}

/* Of its first pass: what it left beside its work stays for those that follow. */
static void note_start(struct attempt *a)
{
	struct timespec now;

	if (a->since[0] || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return;
	snprintf(a->since, sizeof a->since, "@%lld.%03ld", (long long)now.tv_sec,
		now.tv_nsec / 1000000);
}

static int run_agent(struct attempt *a, const struct agent *agent, const struct buf *prompt,
	const char *prompt_path, struct run_pass *pass, struct fault *why)
{
	CLEANUP(str_free) char *path = attempt_file(a, "agent", pass->number, ".log");
	CLEANUP(redact_log_free) struct redact_log *log = NULL;
	CLEANUP(logins_release) struct logins logins = LOGINS_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(buf_release) struct buf label = BUF_INIT;
	CLEANUP(box_release) struct box box;
	int done;

	box_init(&box);
	if (redact_log_open(&log, path, false, why) < 0)
		return -1;
	say_key(agent);
	note_start(a);
	if (settings_carry(agent, a->checkout.home, why) < 0 ||
		logins_open(&logins, agent, a->checkout.home, why) < 0 ||
		start_agent(a, agent, prompt, prompt_path, log, &box, &p, why) < 0)
		return -1;
	buf_printf(&label, "agent %s, pass %d:", agent->name, pass->number);
	watch(p, &logins, label.data);
	close_logins(a, &logins);
	pass->seconds = (double)(p->ended_ms - p->started_ms) / 1000;
	done = attempt_agent_ended(agent, p, why);
	if (done < 0) {
		fault_wrap(why, "pass %d", pass->number);
		hint_box(a, &box, p, why);
	}
	return done;
}

/* What its pointers point at. */
static int take_lfs(struct attempt *a, struct fault *why)
{
	CLEANUP(vec_release) struct vec missing = VEC_INIT;
	const char *store = a->workspace.filters.lfs;

	if (!store)
		return 0;
	if (lfs_import(a->repo, &a->changes, a->tree, store, a->checkout.git, &missing, why) < 0)
		return -1;
	for (size_t i = 0; i < missing.len; i++)
		run_flag(&a->run, "git-lfs: the content of '%s' is not there: push it, or fetch it",
			missing.items[i]);
	return 0;
}

int attempt_take(struct attempt *a, bool *changed, struct fault *why)
{
	CLEANUP(harvest_release)
	struct harvest h = {.subjects = VEC_INIT, .strays = VEC_INIT, .left = VEC_INIT};

	if (harvest_take(&h, &a->workspace, &a->checkout, a->repo, a->run.base_oid, a->run.id,
		    a->since, why) < 0)
		return -1;
	vec_copy(&a->left, &h.left);
	for (size_t i = 0; i < h.strays.len; i++) {
		CLEANUP(str_free) char *shown = text_cleaned(h.strays.items[i]);

		run_flag(&a->run, "submodule '%s': what its directory holds is not in the proposal",
			shown);
	}
	*changed = h.changed;
	snprintf(a->tree, sizeof a->tree, "%s", h.tree);
	vec_copy(&a->subjects, &h.subjects);
	if (a->run.passes_len) {
		snprintf(a->run.passes[a->run.passes_len - 1].tip, OID_MAX, "%s", h.tip);
		snprintf(a->run.passes[a->run.passes_len - 1].tree, OID_MAX, "%s", h.tree);
	}
	repo_changes_release(&a->changes);
	return repo_diff(a->repo, a->run.base_oid, a->tree, &a->changes, why) < 0
		       ? -1
		       : take_lfs(a, why);
}

static int fail_unchanged(const struct agent *agent, struct fault *why)
{
	fault_set(why, EXIT_AGENT, "the agent '%s' ended well but changed nothing", agent->name);
	return fault_reason(why, "no_change");
}

/* Where the reason can be read when no other hint is better. */
static void hint_next(const struct attempt *a, struct fault *why)
{
	if (why->exit == EXIT_AGENT && hint_network(a, why))
		return;
	if (why->exit == EXIT_AGENT)
		fault_hint(why, "git agent log %s", a->run.id);
	else if (why->exit == EXIT_REFUSED)
		fault_hint(why, "what the agent left is in %s", a->checkout.tree);
}

/* The agent is gone: from here to the gate nothing runs that could reach the gate's checkout. Without one it makes its own. */
static void prepare_gate(struct attempt *a, int pass)
{
	struct fault ignored = FAULT_INIT;
	char name[32];

	snprintf(name, sizeof name, "gate-%d", pass);
	gate_prepare(&a->workspace, a->repo, name, a->run.base_oid, &a->view, &ignored);
}

/* At level full it is held; without a box what the tree is may be a link to anywhere. */
static int relink(struct attempt *a, struct fault *why)
{
	return a->level == SANDBOX_PARTIAL ? checkout_relink(&a->checkout, why) : 0;
}

int attempt_work(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why)
{
	struct run_pass *pass = run_add_pass(&a->run);
	CLEANUP(buf_release) struct buf prompt = BUF_INIT, time = BUF_INIT;
	CLEANUP(str_free) char *prompt_path = NULL;
	bool changed = false;
	int done;

	if (store_apply(a->store, &a->run, RUN_EV_WORK, NULL, why) < 0 ||
		write_prompt(a, agent, brief, pass->number, &prompt, &prompt_path, why) < 0)
		return -1;
	done = proc_stop_requested() ? fault_set(why, EXIT_INTERRUPTED, "interrupted")
				     : run_agent(a, agent, &prompt, prompt_path, pass, why);
	if (attempt_compare(a, why) < 0 || (!done && relink(a, why) < 0))
		done = -1;
	if (!done) {
		prepare_gate(a, pass->number);
		done = attempt_take(a, &changed, why);
	}
	if (!done && !changed)
		done = fail_unchanged(agent, why);
	if (done < 0 && !why->hint[0])
		hint_next(a, why);
	snprintf(pass->end, sizeof pass->end, "%s",
		!done                           ? "done"
		: why->reason[0]                ? why->reason
		: why->exit == EXIT_INTERRUPTED ? "interrupted"
						: "failed");
	text_put_duration(&time, (int64_t)(pass->seconds * 1000));
	if (!done)
		term_mark(true, "agent %s %s", agent->name, time.data);
	return done;
}
