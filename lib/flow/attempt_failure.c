#include "flow/attempt_failure.h"
#include "base/alloc.h"
#include "core/login.h"
#include "port/regex.h"

#include <stdio.h>
#include <string.h>

#define WAKE_MS \
	(120 * 1000) /* a failure so soon after the machine woke up is the sleep's, not the agent's */

static int fail(struct fault *why, const char *reason)
{
	why->exit = EXIT_AGENT;
	return fault_reason(why, reason);
}

static void hint_wait(const struct agent *agent, struct fault *why)
{
	(void)agent;
	fault_hint(why, "wait, or use another account or model");
}

static void hint_login(const struct agent *agent, struct fault *why)
{
	CLEANUP(vec_release) struct vec missing = VEC_INIT;
	const char *key = agent_key(agent);

	logins_missing(agent, &missing);
	if (key)
		fault_hint(why, "the key in %s is what it logged in with", key);
	else if (agent->login_command)
		fault_hint(why, "log in with `%s`%s%s%s%s", agent->login_command,
			missing.len ? ": there is no " : "", missing.len ? missing.items[0] : "",
			agent->keys.len ? ", or set " : "",
			agent->keys.len ? agent->keys.items[0] : "");
	else
		fault_hint(why,
			"log the agent in and name its file, [agent] login = <file>, or its key, env = <NAME>");
}

/* What agents print when it is not their work that failed; looked for where fail_said looks. */
static const struct {
	const char *pattern, *reason, *text;
	void (*hint)(const struct agent *agent, struct fault *why);
} known_failures[] = {
	{"rate limit|rate_limit|too many requests|(status|error):? 429|\\(429\\)|quota exceeded|usage limit",
		"rate_limited", "was rate limited", hint_wait},
	{"401 unauthorized|error:? 401|invalid api key|authentication_(error|failed)|not logged in|"
	 "please (log in|run /login)|sign in again|token (has )?expired",
		"auth_failed", "could not log in", hint_login},
};

/* The last line that is not empty: the last event of an agent that prints them. */
static struct buf last_line(const struct buf *out)
{
	struct buf line = BUF_INIT;
	size_t end = out->len, start;

	while (end && strchr("\r\n\t ", out->data[end - 1]))
		end--;
	for (start = end; start && out->data[start - 1] != '\n';)
		start--;
	buf_add(&line, out->data + start, end - start);
	return line;
}

/* What it said last is that it failed. Its exit status may say something else. */
static bool says_failed(const struct agent *agent, const struct buf *line)
{
	return agent->failure && regex_search(agent->failure, line->data, line->len);
}

static int fail_exit(const struct agent *agent, const struct proc *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT, line = last_line(&p->out);
	bool said = says_failed(agent, &line);
	const struct buf *text = said ? &line : &p->out;
	char reason[32];

	proc_describe(p, &how);
	for (size_t i = 0; i < ARRAY_LEN(known_failures); i++) {
		if (!regex_search(known_failures[i].pattern, text->data, text->len))
			continue;
		fault_set(why, EXIT_AGENT, "the agent '%s' %s (it %s)", agent->name,
			known_failures[i].text, how.data);
		known_failures[i].hint(agent, why);
		return fail(why, known_failures[i].reason);
	}
	snprintf(
		reason, sizeof reason, "%s_%d", p->end == PROC_EXITED ? "exit" : "signal", p->code);
	fault_set(why, EXIT_AGENT, "the agent '%s' %s%s%s", agent->name,
		p->end == PROC_SIGNALED ? "was " : "", how.data,
		said && !p->code ? ", and said that it had failed" : "");
	return fail(why, said && !p->code ? "agent_failed" : reason);
}

int attempt_agent_ended(const struct agent *agent, const struct proc *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT, line = last_line(&p->out);

	if (p->end == PROC_EXITED && !p->code && !says_failed(agent, &line))
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
	case PROC_DISK_FULL:
		fault_hint(why, "git agent drop --all, or lower limits.disk");
		return fail(why, "disk_full");
	case PROC_OVERFLOWED:
		fault_hint(why, "allow more output: git config agent.limits.output 256m");
		return fail(why, "output_limit");
	default:
		fault_hint(why,
			"the first line of a script names the program that runs it: is that one there?");
		return fail(why, "not_found");
	}
}
