/*
 * run: the record of one run, its states and the one table of how they follow each other. Pure: no
 * disk, no clock (core/store keeps it).
 */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/evidence.h"
#include "port/hash.h"
#include "port/json.h"
#include "port/proc.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_VERSION  1
#define RUN_NAME_MAX 50 /* bytes of a slug */

enum run_state {
	RUN_QUEUED,
	RUN_PREPARING,
	RUN_WORKING,
	RUN_GATING,
	RUN_PROPOSED,
	RUN_PUSHED,
	RUN_OPENED,
	RUN_MERGED,
	RUN_CLOSED,
	RUN_REJECTED,
	RUN_GAVE_UP,
	RUN_FAILED,
	RUN_REFUSED,
	RUN_INTERRUPTED,
	RUN_STOPPED,
	RUN_DROPPED,
	RUN_STATES, /* how many there are */
};

enum run_event {
	RUN_EV_PREPARE,   /* a supervisor takes it up */
	RUN_EV_WORK,      /* the agent starts */
	RUN_EV_GATE,      /* its work is sealed, the gate starts */
	RUN_EV_GREEN,     /* the branch was made */
	RUN_EV_RED,       /* red, and no pass is left (issue, try) */
	RUN_EV_GIVE_UP,   /* red, and no pass is left (heal) */
	RUN_EV_FAIL,      /* the agent or the machine failed */
	RUN_EV_REFUSE,    /* a rule forbids it */
	RUN_EV_INTERRUPT, /* a signal, or the owner is gone */
	RUN_EV_STOP,      /* a person stopped it */
	RUN_EV_DROP,      /* a person discards it */
	RUN_EV_PUSH,
	RUN_EV_OPEN,
	RUN_EV_MERGED,
	RUN_EV_CLOSE, /* what a forge tells; nothing here merges */
	RUN_EVENTS,
};

enum run_kind { RUN_KIND_ISSUE, RUN_KIND_TRY, RUN_KIND_HEAL };

struct run_pass {             /* one go of the agent */
	int number;           /* from 1 */
	char end[32];         /* "done" or the reason it failed */
	double seconds;       /* of the agent */
	char tip[OID_MAX];    /* what was imported */
	char tree[OID_MAX];   /* its tree */
	char sealed[OID_MAX]; /* what was judged */
	char gate[16];        /* "", "green", "red", "broken" */
	char failed
		[256]; /* the stage that was red, and the first line that says what failed; "" unless red */
	char failure[HASH_HEX_SIZE]; /* tells one failure of the gate from another; "" unless red */
};

struct run_stage { /* one gate stage of the last gate */
	char *name;
	char status[16]; /* "green", "red", "skipped", "broken" */
	char *detail;    /* "exit 1", "timed out after 10m", ...; NULL if nothing to say */
	double seconds;
	bool cached, flaky;
};

struct run {
	char *id;
	enum run_kind kind;
	enum run_state state;
	char *title;
	char *branch; /* short name the proposal has or will have */
	char *base;   /* what the base was called: "main", or an id */
	char base_oid[OID_MAX];
	char head_oid[OID_MAX]; /* sealed commit judged last, "" if none */
	char *policy_hash;
	char *policy_origin;
	char *agent;    /* "simulate", "claude", ...; NULL for try */
	char *model;    /* NULL: not known */
	char *sandbox;  /* the level in force */
	char *work_dir; /* <work root>/<run>; absolute */
	struct run_pass *passes;
	size_t passes_len, passes_cap;
	struct run_stage *stages;
	size_t stages_len, stages_cap;
	char gate_status[16];     /* "", "green", "red", "broken" */
	struct vec flags;         /* what a reviewer must read, one line each */
	struct evidence evidence; /* what the change does to the tests and what runs them */
	struct vec overrides;
	int64_t input_tokens, output_tokens; /* -1: not known */
	double cost_usd;                     /* < 0: not known */
	bool pushed;
	char proposed_oid[OID_MAX]; /* what the branch was given last; "" while it was never made */
	char *url;
	char *error_code; /* stable word, NULL: none */
	char *error_message;
	int error_exit; /* exit code of the command that ended it with the error; 0: not known */
	char started[24], finished[24]; /* RFC 3339; "" while not */
	struct proc_owner owner;        /* pid 0: nobody */
};

void run_init(struct run *r);
void run_release(struct run *r);

/* The table: the state after `event` in `state`; -1: it cannot happen there. */
int run_next(enum run_state state, enum run_event event);

/* The run is over: nothing works on it any more (proposed counts as over). */
bool run_is_over(enum run_state state);

/* A person has something to do: proposed, rejected, gave-up, failed, refused, interrupted. */
bool run_needs_person(enum run_state state);

/* The exit code of the command that made it (base/fault.h), whoever asks. */
int run_exit(const struct run *r);

const char *run_state_name(enum run_state state);
int run_state_parse(const char *word); /* -1: none */
const char *run_event_name(enum run_event event);
const char *run_kind_name(enum run_kind kind);

/* A name that may be a run's: [a-z0-9-], 1 to RUN_NAME_MAX bytes, no dash at the ends. */
bool run_name_valid(const char *name);

/* The record as in share/schema/runs.json. */
struct json *run_to_json(const struct run *r);
int run_from_json(struct run *r, const struct json *json, struct fault *why);

struct run_pass *run_add_pass(struct run *r);
struct run_stage *run_add_stage(struct run *r, const char *name);
void run_clear_stages(struct run *r);
void run_flag(struct run *r, const char *fmt, ...) PRINTF(2, 3); /* adds a flag once */

/* How the flag begins that says the branch shows more than was judged, and whether the run has it. */
#define RUN_STALE "a person committed on top: "
bool run_is_stale(const struct run *r);

/* What the branch of a proposal was given last: what the gate has judged; "" where there is no proposal. */
const char *run_tip(const struct run *r);

/* Its branch is at `tip` now: flags it where that is not what was judged. */
void run_met_tip(struct run *r, const char *tip);

#endif
