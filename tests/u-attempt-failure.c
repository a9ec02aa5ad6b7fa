/* What the end of an agent's process says of its pass, where the machine has slept meanwhile. */
#include "base/alloc.h"
#include "flow/attempt_failure.h"
#include "tap.h"

#define MINUTE INT64_C(60000)

/* A real process that ended in its own way, so long after the machine woke; 0: it has not slept. */
static enum exit_code end_after(
	const char *script, int64_t wall_ms, int64_t since_ms, struct fault *why)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;
	struct agent agent;
	int done;

	spec.argv = argv;
	spec.capture = spec.merge = true;
	spec.wall_ms = wall_ms;
	fault_clear(why);
	if (proc_run(&spec, &p, why) < 0)
		return EXIT_FATAL;
	p->woke_ms = since_ms ? p->ended_ms - since_ms : 0;
	agent_init(&agent);
	str_replace(&agent.name, "someone");
	done = attempt_agent_ended(&agent, p, why);
	agent_release(&agent);
	return done ? why->exit : EXIT_DONE;
}

int main(void)
{
	static const struct {
		const char *script;
		int64_t wall_ms;
	} failures[] = {{"echo connection reset by peer; exit 1", 0}, {"kill -9 $$", 0},
		{"sleep 60", 100}, {"echo 429 too many requests; exit 1", 0}};
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		const char *script = failures[i].script;
		int64_t wall = failures[i].wall_ms;

		ok(end_after(script, wall, MINUTE, &why) == EXIT_INTERRUPTED &&
				strstr(why.message, "slept"),
			"a failure a minute after the machine woke is an interruption: %s",
			why.message);
		ok(end_after(script, wall, 3 * MINUTE, &why) == EXIT_AGENT && why.reason[0],
			"three minutes after it is the agent's: %s", why.message);
		ok(end_after(script, wall, 0, &why) == EXIT_AGENT,
			"and so it is where nothing slept");
	}
	ok(end_after("exit 0", 0, MINUTE, &why) == EXIT_DONE, "an agent that ended well has");
	return tap_done();
}
