/* One pass of the agent: the prompt in, the program in its box, what it left out again. */
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/guard_paths.h"
#include "core/harvest.h"
#include "core/prompt.h"
#include "core/setup.h"
#include "flow/attempt.h"
#include "port/clock.h"
#include "port/match.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_MAX 65536 /* of the agent's output, to tell why it failed */
#define TICK_MS  100
#define WAKE_MS \
	(120 * 1000) /* a failure so soon after the machine woke up is the sleep's, not the agent's */

static int write_prompt(struct attempt *a, const struct agent *agent, const struct brief *brief,
	int pass, struct buf *text, char **path, struct fault *why)
{
	CLEANUP(str_free) char *memory = fs_join(a->store->dir, "memory.md");
	CLEANUP(str_free) char *record = attempt_file(a, "prompt", pass, ".md");
	CLEANUP(buf_release) struct buf logs = BUF_INIT;
	struct prompt p = {.brief = brief,
		.policy = &a->policy,
		.agent = agent,
		.base = a->run.base_oid,
		.memory = memory,
		.failure = a->failure.len ? a->failure.data : NULL,
		.pass = pass};
	char name[32];

	buf_printf(&logs, "%s/gate-%d", a->workspace.in, pass - 1);
	p.failure_logs = logs.data;
	snprintf(name, sizeof name, "prompt-%d.md", pass);
	*path = fs_join(a->workspace.in, name);
	if (prompt_write(&p, a->repo, text, why) < 0 ||
		fs_write_derived(*path, text->data, text->len, why) < 0)
		return -1;
	return fs_write(record, text->data, text->len, 0644, why);
}

/* Files the command names are what the person runs: "sh /my/agent.sh". */
static void push_files(struct vec *exec, const struct agent *agent)
{
	struct stat st;

	for (size_t i = 0; i < agent->words.len; i++)
		if (agent->words.items[i][0] == '/' && stat(agent->words.items[i], &st) == 0 &&
			S_ISREG(st.st_mode))
			vec_push(exec, agent->words.items[i]);
}

static int start_agent(struct attempt *a, const struct agent *agent, const struct buf *prompt,
	const char *prompt_path, int log_fd, struct proc **p, struct fault *why)
{
	CLEANUP(box_release) struct box box;

	setup_box(&box, &a->checkout, &a->workspace, a->repo, NETWORK_OPEN);
	vec_push(&box.read, a->workspace.in);
	push_files(&box.exec, agent);
	if (!agent_command(agent, prompt_path, &box.argv)) {
		box.input = prompt->data;
		box.input_len = prompt->len;
	}
	for (size_t i = 0; i < agent->pass.len; i++)
		vec_push(&box.pass, agent->pass.items[i]);
	vec_pushf(&box.set, "GIT_AGENT_RUN=%s", a->run.id);
	box.merge = true;
	box.log_fd = log_fd;
	box.keep_max = TAIL_MAX;
	box.wall_ms = a->policy.wall_ms;
	box.idle_ms = a->policy.idle_ms;
	box.output_max = (size_t)a->policy.output_bytes;
	return sandbox_start(&box, p, why);
}

static int fail(struct fault *why, const char *reason)
{
	why->exit = EXIT_AGENT;
	return fault_reason(why, reason);
}

/* What agents print when it is not their work that failed; looked for in the end of their output. */
static const struct {
	const char *pattern, *reason, *text, *hint;
} known_failures[] = {
	{"rate limit|rate_limit|too many requests|status: 429|quota exceeded|usage limit",
		"rate_limited", "was rate limited", "wait, or use another account or model"},
	{"401 unauthorized|invalid api key|authentication_error|not logged in|please log in",
		"auth_failed", "could not log in",
		"log the agent in, or pass its key: [agent] env = <NAME>"},
};

static int fail_exit(const struct agent *agent, struct proc *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT;
	char reason[32];

	for (size_t i = 0; i < ARRAY_LEN(known_failures); i++) {
		if (!match_search(known_failures[i].pattern, p->out.data, p->out.len))
			continue;
		fault_set(why, EXIT_AGENT, "the agent '%s' %s (exit %d)", agent->name,
			known_failures[i].text, p->code);
		fault_hint(why, "%s", known_failures[i].hint);
		return fail(why, known_failures[i].reason);
	}
	proc_describe(p, &how);
	snprintf(
		reason, sizeof reason, "%s_%d", p->end == PROC_EXITED ? "exit" : "signal", p->code);
	fault_set(why, EXIT_AGENT, "the agent '%s' %s%s", agent->name,
		p->end == PROC_SIGNALED ? "was " : "", how.data);
	return fail(why, reason);
}

/* How the agent's process ended, as a fault with its reason; 0: well. */
static int judge_end(const struct agent *agent, struct proc *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	if (p->end == PROC_EXITED && !p->code)
		return 0;
	if (p->end == PROC_INTERRUPTED)
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	if (p->woke_ms && p->ended_ms - p->woke_ms < WAKE_MS)
		return fault_set(why, EXIT_INTERRUPTED,
			"the machine slept while the agent '%s' worked", agent->name);
	if (p->end == PROC_EXITED || p->end == PROC_SIGNALED)
		return fail_exit(agent, p, why);
	proc_describe(p, &how);
	fault_set(why, EXIT_AGENT, "the agent '%s' %s", agent->name, how.data);
	switch (p->end) {
	case PROC_TIMED_OUT:
		fault_hint(why, "give it longer: git config agent.limits.wall 2h");
		return fail(why, "timed_out");
	case PROC_STALLED:
		fault_hint(why, "allow longer silence: git config agent.limits.idle 30m");
		return fail(why, "stalled");
	case PROC_OVERFLOWED:
		fault_hint(why, "allow more output: git config agent.limits.output 256m");
		return fail(why, "output_limit");
	default:
		fault_hint(why,
			"the first line of a script names the program that runs it: is that one there?");
		return fail(why, "not_found");
	}
}

static int run_agent(struct attempt *a, const struct agent *agent, const struct buf *prompt,
	const char *prompt_path, struct run_pass *pass, struct fault *why)
{
	CLEANUP(str_free) char *log = attempt_file(a, "agent", pass->number, ".log");
	CLEANUP(fd_close) int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(buf_release) struct buf label = BUF_INIT;
	int done;

	if (fd < 0)
		return fault_errno(why, "cannot write '%s'", log);
	if (start_agent(a, agent, prompt, prompt_path, fd, &p, why) < 0)
		return -1;
	buf_printf(&label, "agent %s, pass %d:", agent->name, pass->number);
	while (proc_poll(&p, 1, TICK_MS) < 0) {
		int64_t now = clock_now_ms();

		/* A signal from before it started is not seen by proc_poll. */
		if (proc_stop_requested())
			proc_cancel(p);

		term_live(label.data, now - p->started_ms, now - p->active_ms);
	}
	term_live_end();
	pass->seconds = (double)(p->ended_ms - p->started_ms) / 1000;
	done = judge_end(agent, p, why);
	if (done < 0)
		fault_wrap(why, "pass %d", pass->number);
	return done;
}

int attempt_take(struct attempt *a, bool *changed, struct fault *why)
{
	CLEANUP(harvest_release) struct harvest h = {.subjects = VEC_INIT, .strays = VEC_INIT};

	if (harvest_take(
		    &h, &a->workspace, &a->checkout, a->repo, a->run.base_oid, a->run.id, why) < 0)
		return -1;
	for (size_t i = 0; i < h.strays.len; i++) {
		CLEANUP(str_free) char *shown = text_cleaned(h.strays.items[i]);

		run_flag(&a->run, "submodule '%s': what its directory holds is not in the proposal",
			shown);
	}
	*changed = h.changed;
	snprintf(a->last_tree, sizeof a->last_tree, "%s", a->tree);
	snprintf(a->tree, sizeof a->tree, "%s", h.tree);
	vec_copy(&a->subjects, &h.subjects);
	if (a->run.passes_len)
		snprintf(a->run.passes[a->run.passes_len - 1].tip, OID_MAX, "%s", h.tip);
	repo_changes_release(&a->changes);
	return repo_diff(a->repo, a->run.base_oid, a->tree, &a->changes, why);
}

static int fail_unchanged(const struct agent *agent, struct fault *why)
{
	fault_set(why, EXIT_AGENT, "the agent '%s' ended well but changed nothing", agent->name);
	return fail(why, "no_change");
}

/* Where the reason can be read when no other hint is better. */
static void hint_next(const struct attempt *a, struct fault *why)
{
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
	gate_prepare(&a->workspace, a->repo, &a->policy, name, a->run.base_oid, &a->view, &ignored);
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
