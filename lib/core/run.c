#include "core/run.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[RUN_STATES] = {
	[RUN_QUEUED] = "queued",
	[RUN_PREPARING] = "preparing",
	[RUN_WORKING] = "working",
	[RUN_GATING] = "gating",
	[RUN_PROPOSED] = "proposed",
	[RUN_PUSHED] = "pushed",
	[RUN_OPENED] = "opened",
	[RUN_MERGED] = "merged",
	[RUN_CLOSED] = "closed",
	[RUN_REJECTED] = "rejected",
	[RUN_GAVE_UP] = "gave-up",
	[RUN_FAILED] = "failed",
	[RUN_REFUSED] = "refused",
	[RUN_INTERRUPTED] = "interrupted",
	[RUN_STOPPED] = "stopped",
	[RUN_DROPPED] = "dropped",
};

static const char *const event_names[RUN_EVENTS] = {
	[RUN_EV_PREPARE] = "prepare",
	[RUN_EV_WORK] = "work",
	[RUN_EV_GATE] = "gate",
	[RUN_EV_GREEN] = "green",
	[RUN_EV_RED] = "red",
	[RUN_EV_GIVE_UP] = "give-up",
	[RUN_EV_FAIL] = "fail",
	[RUN_EV_REFUSE] = "refuse",
	[RUN_EV_INTERRUPT] = "interrupt",
	[RUN_EV_STOP] = "stop",
	[RUN_EV_DROP] = "drop",
	[RUN_EV_PUSH] = "push",
	[RUN_EV_OPEN] = "open",
	[RUN_EV_MERGED] = "merged",
	[RUN_EV_CLOSE] = "close",
};

static const char *const kind_names[] = {
	[RUN_KIND_ISSUE] = "issue",
	[RUN_KIND_TRY] = "try",
	[RUN_KIND_HEAL] = "heal",
};

/* Where an event leads. A state that is 0 in the table (RUN_QUEUED) is never a target: nothing goes back there. */
#define ENDINGS                                                    \
	[RUN_EV_FAIL] = RUN_FAILED, [RUN_EV_REFUSE] = RUN_REFUSED, \
	[RUN_EV_INTERRUPT] = RUN_INTERRUPTED, [RUN_EV_STOP] = RUN_STOPPED

static const unsigned char next_state[RUN_STATES][RUN_EVENTS] = {
	[RUN_QUEUED] = {[RUN_EV_PREPARE] = RUN_PREPARING, [RUN_EV_DROP] = RUN_DROPPED, ENDINGS},
	[RUN_PREPARING] = {[RUN_EV_WORK] = RUN_WORKING, [RUN_EV_GATE] = RUN_GATING, ENDINGS},
	[RUN_WORKING] = {[RUN_EV_GATE] = RUN_GATING, ENDINGS},
	[RUN_GATING] = {[RUN_EV_WORK] = RUN_WORKING,
		[RUN_EV_GREEN] = RUN_PROPOSED,
		[RUN_EV_RED] = RUN_REJECTED,
		[RUN_EV_GIVE_UP] = RUN_GAVE_UP,
		ENDINGS},
	[RUN_PROPOSED] = {[RUN_EV_PREPARE] = RUN_PREPARING,
		[RUN_EV_PUSH] = RUN_PUSHED,
		[RUN_EV_OPEN] = RUN_OPENED,
		[RUN_EV_MERGED] = RUN_MERGED,
		[RUN_EV_CLOSE] = RUN_CLOSED,
		[RUN_EV_DROP] = RUN_DROPPED},
	[RUN_PUSHED] = {[RUN_EV_PREPARE] = RUN_PREPARING,
		[RUN_EV_OPEN] = RUN_OPENED,
		[RUN_EV_MERGED] = RUN_MERGED,
		[RUN_EV_CLOSE] = RUN_CLOSED,
		[RUN_EV_DROP] = RUN_DROPPED},
	[RUN_OPENED] = {[RUN_EV_PREPARE] = RUN_PREPARING,
		[RUN_EV_MERGED] = RUN_MERGED,
		[RUN_EV_CLOSE] = RUN_CLOSED,
		[RUN_EV_DROP] = RUN_DROPPED},
	[RUN_MERGED] = {[RUN_EV_DROP] = RUN_DROPPED},
	[RUN_CLOSED] = {[RUN_EV_PREPARE] = RUN_PREPARING,
		[RUN_EV_OPEN] = RUN_OPENED,
		[RUN_EV_DROP] = RUN_DROPPED},
	[RUN_REJECTED] = {[RUN_EV_PREPARE] = RUN_PREPARING, [RUN_EV_DROP] = RUN_DROPPED},
	[RUN_GAVE_UP] = {[RUN_EV_PREPARE] = RUN_PREPARING, [RUN_EV_DROP] = RUN_DROPPED},
	[RUN_FAILED] = {[RUN_EV_PREPARE] = RUN_PREPARING, [RUN_EV_DROP] = RUN_DROPPED},
	[RUN_REFUSED] = {[RUN_EV_PREPARE] = RUN_PREPARING, [RUN_EV_DROP] = RUN_DROPPED},
	[RUN_INTERRUPTED] = {[RUN_EV_PREPARE] = RUN_PREPARING,
		[RUN_EV_STOP] = RUN_STOPPED,
		[RUN_EV_DROP] = RUN_DROPPED},
	[RUN_STOPPED] = {[RUN_EV_PREPARE] = RUN_PREPARING, [RUN_EV_DROP] = RUN_DROPPED},
	[RUN_DROPPED] = {[RUN_EV_DROP] = RUN_DROPPED},
};

int run_next(enum run_state state, enum run_event event)
{
	int next = next_state[state][event];

	return next ? next : -1;
}

bool run_is_over(enum run_state state)
{
	return state > RUN_GATING;
}

bool run_needs_person(enum run_state state)
{
	return state == RUN_PROPOSED || (state >= RUN_REJECTED && state <= RUN_INTERRUPTED);
}

int run_exit(const struct run *r)
{
	switch (r->state) {
	case RUN_REJECTED:
		return EXIT_RED;
	case RUN_GAVE_UP:
		return EXIT_GAVE_UP;
	case RUN_FAILED:
		return r->error_exit ? r->error_exit : EXIT_AGENT;
	case RUN_REFUSED:
		return EXIT_REFUSED;
	case RUN_INTERRUPTED:
	case RUN_STOPPED:
	case RUN_DROPPED:
		return EXIT_INTERRUPTED;
	default:
		return run_is_over(r->state) ? EXIT_DONE : EXIT_BUSY;
	}
}

const char *run_state_name(enum run_state state)
{
	return state_names[state];
}

static int find_name(const char *const *names, int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], word))
			return i;
	return -1;
}

int run_state_parse(const char *word)
{
	return find_name(state_names, RUN_STATES, word);
}

const char *run_event_name(enum run_event event)
{
	return event_names[event];
}

const char *run_kind_name(enum run_kind kind)
{
	return kind_names[kind];
}

bool run_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > RUN_NAME_MAX || name[0] == '-' || name[len - 1] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

void run_init(struct run *r)
{
	*r = (struct run){.flags = VEC_INIT,
		.evidence = EVIDENCE_INIT,
		.overrides = VEC_INIT,
		.input_tokens = -1,
		.output_tokens = -1,
		.cost_usd = -1};
}

void run_release(struct run *r)
{
	char **owned[] = {&r->id, &r->title, &r->branch, &r->base, &r->policy_hash,
		&r->policy_origin, &r->agent, &r->model, &r->sandbox, &r->work_dir, &r->url,
		&r->error_code, &r->error_message};

	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		str_free(owned[i]);
	run_clear_stages(r);
	evidence_release(&r->evidence);
	free(r->stages);
	free(r->passes);
	vec_release(&r->flags);
	vec_release(&r->overrides);
	run_init(r);
}

struct run_pass *run_add_pass(struct run *r)
{
	GROW(r->passes, r->passes_len, r->passes_cap);
	r->passes[r->passes_len] = (struct run_pass){.number = (int)r->passes_len + 1};
	return &r->passes[r->passes_len++];
}

struct run_stage *run_add_stage(struct run *r, const char *name)
{
	GROW(r->stages, r->stages_len, r->stages_cap);
	r->stages[r->stages_len] = (struct run_stage){.name = xstrdup(name)};
	return &r->stages[r->stages_len++];
}

void run_clear_stages(struct run *r)
{
	for (size_t i = 0; i < r->stages_len; i++) {
		str_free(&r->stages[i].name);
		str_free(&r->stages[i].detail);
	}
	r->stages_len = 0;
}

void run_flag(struct run *r, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text && !vec_has(&r->flags, text))
		vec_push(&r->flags, text);
	free(text);
}

bool run_is_stale(const struct run *r)
{
	for (size_t i = 0; i < r->flags.len; i++)
		if (strncmp(r->flags.items[i], RUN_STALE, strlen(RUN_STALE)) == 0)
			return true;
	return false;
}

const char *run_tip(const struct run *r)
{
	if (r->state != RUN_PROPOSED && r->state != RUN_PUSHED && r->state != RUN_OPENED)
		return "";
	/* What a later pass has sealed and the gate has not let through is not on the branch. */
	return r->proposed_oid[0] ? r->proposed_oid : r->head_oid;
}

void run_met_tip(struct run *r, const char *tip)
{
	const char *judged = run_tip(r);

	if (*judged && strcmp(judged, tip) != 0 && !run_is_stale(r))
		run_flag(r, RUN_STALE "the verdict speaks for %.7s, not for the branch's tip",
			judged);
}
