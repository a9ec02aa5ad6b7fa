/* The transition table, every pair of it, and the record's way through JSON and back. */
#include "base/alloc.h"
#include "core/run.h"
#include "tap.h"

#include <stdlib.h>

/*
 * What may follow what, written as a person would say it: per state the events it knows and where they lead. Everything not
 * listed is refused.
 */
static const struct {
	enum run_state from;
	enum run_event event;
	enum run_state to;
} allowed[] = {
	{RUN_QUEUED, RUN_EV_PREPARE, RUN_PREPARING},
	{RUN_QUEUED, RUN_EV_DROP, RUN_DROPPED},
	{RUN_PREPARING, RUN_EV_WORK, RUN_WORKING},
	{RUN_PREPARING, RUN_EV_GATE, RUN_GATING},
	{RUN_WORKING, RUN_EV_GATE, RUN_GATING},
	{RUN_GATING, RUN_EV_WORK, RUN_WORKING},
	{RUN_GATING, RUN_EV_GREEN, RUN_PROPOSED},
	{RUN_GATING, RUN_EV_RED, RUN_REJECTED},
	{RUN_GATING, RUN_EV_GIVE_UP, RUN_GAVE_UP},
	{RUN_PROPOSED, RUN_EV_PUSH, RUN_PUSHED},
	{RUN_PROPOSED, RUN_EV_OPEN, RUN_OPENED},
	{RUN_PROPOSED, RUN_EV_MERGED, RUN_MERGED},
	{RUN_PROPOSED, RUN_EV_CLOSE, RUN_CLOSED},
	{RUN_PUSHED, RUN_EV_OPEN, RUN_OPENED},
	{RUN_PUSHED, RUN_EV_MERGED, RUN_MERGED},
	{RUN_PUSHED, RUN_EV_CLOSE, RUN_CLOSED},
	{RUN_OPENED, RUN_EV_MERGED, RUN_MERGED},
	{RUN_OPENED, RUN_EV_CLOSE, RUN_CLOSED},
	{RUN_CLOSED, RUN_EV_OPEN, RUN_OPENED},
	{RUN_INTERRUPTED, RUN_EV_STOP, RUN_STOPPED},
};

/* Any run at work can end badly in one of four ways. */
static const struct {
	enum run_event event;
	enum run_state to;
} endings[] = {
	{RUN_EV_FAIL, RUN_FAILED},
	{RUN_EV_REFUSE, RUN_REFUSED},
	{RUN_EV_INTERRUPT, RUN_INTERRUPTED},
	{RUN_EV_STOP, RUN_STOPPED},
};

static int expected(enum run_state from, enum run_event event)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		if (allowed[i].from == from && allowed[i].event == event)
			return (int)allowed[i].to;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (!run_is_over(from) && endings[i].event == event)
			return (int)endings[i].to;
	/* What is over can be taken up again or dropped, but for what was merged or dropped for good. */
	if (event == RUN_EV_PREPARE && run_is_over(from) && from != RUN_MERGED &&
		from != RUN_DROPPED)
		return RUN_PREPARING;
	if (event == RUN_EV_DROP && run_is_over(from))
		return RUN_DROPPED;
	return -1;
}

static void test_exit(void)
{
	static const struct {
		enum run_state state;
		int error_exit, want;
	} rows[] = {{RUN_PROPOSED, 0, EXIT_DONE}, {RUN_MERGED, 0, EXIT_DONE},
		{RUN_REJECTED, 0, EXIT_RED}, {RUN_GAVE_UP, 0, EXIT_GAVE_UP},
		{RUN_FAILED, EXIT_AGENT, EXIT_AGENT}, {RUN_FAILED, EXIT_FATAL, EXIT_FATAL},
		{RUN_FAILED, 0, EXIT_AGENT}, {RUN_REFUSED, 0, EXIT_REFUSED},
		{RUN_INTERRUPTED, 0, EXIT_INTERRUPTED}, {RUN_STOPPED, 0, EXIT_INTERRUPTED},
		{RUN_WORKING, 0, EXIT_BUSY}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct run r = {.state = rows[i].state, .error_exit = rows[i].error_exit};

		ok(run_exit(&r) == rows[i].want, "a run that is %s: exit code %d",
			run_state_name(r.state), rows[i].want);
	}
}

static void test_table(void)
{
	for (int s = 0; s < RUN_STATES; s++)
		for (int e = 0; e < RUN_EVENTS; e++) {
			enum run_state from = (enum run_state)s;
			enum run_event event = (enum run_event)e;
			int want = expected(from, event);

			ok(run_next(from, event) == want, "%s, %s -> %s", run_state_name(from),
				run_event_name(event),
				want < 0 ? "refused" : run_state_name((enum run_state)want));
		}
}

/* Every state can be reached, and from every state at work there is a way to an end. */
static void test_reach(void)
{
	bool reached[RUN_STATES] = {[RUN_QUEUED] = true};

	for (int round = 0; round < RUN_STATES; round++)
		for (int s = 0; s < RUN_STATES; s++)
			for (int e = 0; reached[s] && e < RUN_EVENTS; e++) {
				int next = run_next((enum run_state)s, (enum run_event)e);

				if (next >= 0)
					reached[next] = true;
			}
	for (int s = 0; s < RUN_STATES; s++)
		ok(reached[s], "%s can be reached", run_state_name((enum run_state)s));
}

static void test_names(void)
{
	static const char *const bad[] = {"", "-a", "a-", "A", "a b", "a/b", "..", "a_b",
		"\xc3\xa4", "a123456789012345678901234567890123456789012345678901"};
	static const char *const good[] = {"a", "issue", "issue-2", "0", "a-b-c",
		"a1234567890123456789012345678901234567890123456789"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(!run_name_valid(bad[i]), "'%s' is no name", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ok(run_name_valid(good[i]), "'%s' is a name", good[i]);
	for (int s = 0; s < RUN_STATES; s++)
		ok(run_state_parse(run_state_name((enum run_state)s)) == s, "state %d reads back",
			s);
	ok(run_state_parse("nonsense") == -1, "nonsense is no state");
}

static void fill(struct run *r)
{
	struct run_pass *pass;
	struct run_stage *stage;

	str_replace(&r->id, "issue-2");
	str_replace(&r->title, "A \"title\"\nwith lines");
	str_replace(&r->branch, "agent/issue-2");
	str_replace(&r->base, "main");
	str_replace(&r->agent, "claude");
	str_replace(&r->sandbox, "none");
	str_replace(&r->error_code, "red");
	str_replace(&r->error_message, "why");
	r->kind = RUN_KIND_TRY;
	r->state = RUN_REJECTED;
	snprintf(r->base_oid, sizeof r->base_oid, "%040d", 7);
	snprintf(r->started, sizeof r->started, "2026-01-02T03:04:05Z");
	pass = run_add_pass(r);
	snprintf(pass->end, sizeof pass->end, "done");
	pass->seconds = 1.5;
	snprintf(pass->gate, sizeof pass->gate, "red");
	snprintf(pass->tree, sizeof pass->tree, "%040d", 8);
	snprintf(pass->failed, sizeof pass->failed, "tests: 1 is not 2");
	snprintf(pass->failure, sizeof pass->failure, "%064d", 9);
	stage = run_add_stage(r, "tests");
	snprintf(stage->status, sizeof stage->status, "red");
	str_replace(&stage->detail, "exit 1");
	snprintf(r->gate_status, sizeof r->gate_status, "red");
	evidence_add(&r->evidence, "tests-deleted", "tests/a.py", 3, 4, 2, "'test_a' is gone");
	evidence_add(&r->evidence, "not-counted", NULL, 0, -1, -1, NULL);
	run_flag(r, "look at %d", 1);
	run_flag(r, "look at %d", 1);
	r->input_tokens = INT64_MAX;
	r->owner.pid = 42;
	r->owner.start = 123456789012345;
	snprintf(r->owner.boot, sizeof r->owner.boot, "boot-id");
}

static void test_json(void)
{
	CLEANUP(run_release) struct run r, back;
	CLEANUP(json_free) struct json *json = NULL;
	CLEANUP(json_free) struct json *again = NULL;
	CLEANUP(buf_release) struct buf one = BUF_INIT;
	CLEANUP(buf_release) struct buf two = BUF_INIT;
	struct fault why = FAULT_INIT;

	run_init(&r);
	run_init(&back);
	fill(&r);
	ok(r.flags.len == 1, "a flag is kept once");
	json = run_to_json(&r);
	json_write(json, false, &one);
	ok(run_from_json(&back, json, &why) == 0, "a record reads back");
	again = run_to_json(&back);
	json_write(again, false, &two);
	is(two.data, one.data, "and is the same, to the letter");
	ok(back.input_tokens == INT64_MAX && back.owner.start == 123456789012345,
		"numbers are exact");
}

static void test_bad_json(void)
{
	static const char *const texts[] = {"{}", "{\"id\":\"a\"}",
		"{\"id\":\"a\",\"state\":\"x\"}", "{\"id\":\"../a\",\"state\":\"queued\"}",
		"{\"id\":7,\"state\":\"queued\"}", "[]"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CLEANUP(run_release) struct run r;
		CLEANUP(json_free) struct json *json = NULL;
		struct fault why = FAULT_INIT;

		run_init(&r);
		ok(json_parse(texts[i], strlen(texts[i]), &json, &why) == 0 &&
				run_from_json(&r, json, &why) < 0 && why.message[0],
			"no record: %s", texts[i]);
	}
}

int main(void)
{
	test_table();
	test_exit();
	test_reach();
	test_names();
	test_json();
	test_bad_json();
	return tap_done();
}
