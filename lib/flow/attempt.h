/*
 * attempt: one run from its claim to its end: the steps `issue` and `try` share. The record is durable before anything
 * is reported; whatever goes wrong after the claim ends in a state that says so, with the work kept.
 *
 *   attempt_open -> attempt_claim -> attempt_begin -> attempt_prepare -> [attempt_work] -> attempt_judge ->
 *   attempt_propose -> attempt_end
 */
#ifndef FLOW_ATTEMPT_H
#define FLOW_ATTEMPT_H

#include "base/fault.h"
#include "base/fs.h"
#include "base/vec.h"
#include "core/agent.h"
#include "core/brief.h"
#include "core/gate.h"
#include "core/layer.h"
#include "core/policy.h"
#include "core/policy_load.h"
#include "core/run.h"
#include "core/slot.h"
#include "core/store.h"
#include "core/witness.h"
#include "core/workspace.h"
#include "port/proc.h"
#include "port/repo.h"

#include <stdbool.h>

struct attempt_options {         /* what the command line says; all borrowed */
	const char *base;        /* --base; NULL: agent.base, else HEAD */
	const char *name;        /* --name; NULL: found from the brief */
	const char *level;       /* --sandbox */
	const char *fixes;       /* --fixes */
	struct vec allow;        /* --allow-path */
	bool trust;              /* --trust */
	bool keep;               /* --keep */
	bool no_cache;           /* --no-cache */
	const char *on_red_base; /* --on-red-base: "go" or "stop"; NULL: asked, or stop */
	bool detach;             /* --detach */
	bool no_wait;            /* --no-wait */
};

struct base_stage { /* what a stage said of the base */
	char *name, *detail;
	enum gate_status status;
	char failure[HASH_HEX_SIZE]; /* of a red one: tells it from others */
};

struct attempt {
	struct repo *repo;   /* borrowed */
	struct store *store; /* borrowed */
	const struct attempt_options *options;
	struct policy policy;
	struct run run;
	struct workspace workspace;
	struct proxy *agent_proxy, *gate_proxy; /* the second for setup too; NULL: not made yet */
	struct checkout checkout;               /* the agent's; path NULL: none made */
	struct checkout view; /* the gate's first, made while the agent's work is taken over */
	struct layer
		layer;    /* of the base; no name: setup runs in each checkout, or there is none */
	struct layer own; /* of what is judged, where that changes what setup depends on */
	/* While they are asked: what of the person's own state the run will not see, and who commits. */
	struct git_child *status, *identity;
	struct fs_lock lock;
	struct slot slot;               /* limits.concurrent */
	const struct gate_stage *extra; /* the simulation's own stage */
	enum sandbox_level level;
	struct witness *witness; /* of the repository before the run; NULL: nothing is compared */
	struct repo_changes changes;      /* base to what is judged */
	char tree[OID_MAX];               /* of what is judged */
	int most;                         /* passes that may follow a red one: limits.fixes */
	size_t first;                     /* passes of the record that went before this go of it */
	struct buf failure;               /* what the red gate printed, for the next pass */
	char base_failure[HASH_HEX_SIZE]; /* of what heals: tells the base's failure from others */
	struct buf secrets;               /* found, a line each, where they make the gate red */
	struct buf secrets_sum;           /* what looking for them came to */
	int64_t secrets_ms;               /* and how long it took */
	const struct vec
		*may_change; /* what the brief declares of the evidence; borrowed; NULL: nothing */
	char since[32];      /* when the agent started, for find(1); "": none has */
	struct vec left;     /* what it left where git ignores it */
	struct evidence_rules *rules; /* NULL: not read yet */
	struct vec author;            /* GIT_AUTHOR_* of the seal; empty: the user */
	struct vec subjects;          /* of the commits that went into the change */
	char from[OID_MAX];      /* commit whose files the agent's checkout gets; "": the base */
	struct base_stage *base; /* the gate at the base */
	size_t base_len;
	bool base_known;
	struct proc *beside; /* the gate at the base, while the agent works; NULL: none */
	bool kept;           /* the checkout is the one that an earlier go of the run left */
	bool claimed, announced;
};

void attempt_init(struct attempt *a, struct repo *repo, struct store *store,
	const struct attempt_options *options, enum run_kind kind);
void attempt_release(struct attempt *a);

/*
 * Before anything is made: the base commit, the policy in force, that it is trusted (asks on a terminal), that it has a gate (or
 * `extra`), the sandbox level, who commits, and that nothing blocks the branch.
 */
int attempt_open(struct attempt *a, struct fault *why);

/*
 * Runs the gate at the base (gate.baseline = before), where its verdicts are not known. Red: asks on a terminal whether to go on, or as
 * --on-red-base says; else a fault of EXIT_RED. What is red there becomes a flag. Broken is a fault of EXIT_FATAL.
 */
int attempt_baseline(struct attempt *a, struct fault *why);

/*
 * With gate.baseline = concurrent starts the gate at the base beside the agent: a process of its own, which leaves the verdicts where
 * attempt_charge finds them.
 */
int attempt_beside(struct attempt *a, struct fault *why);

/* After a gate: a red stage that was red at the base in the same way is excused; what no tree causes makes the gate broken. */
int attempt_charge(struct attempt *a, struct gate *g, struct fault *why);
void attempt_release_base(struct attempt *a);

/*
 * Takes one of the places that limits.concurrent gives, where one is free; with --no-wait it is EXIT_BUSY where none is. Then
 * takes a name (from `wanted`, made a slug; options->name exactly).
 */
int attempt_claim(struct attempt *a, const char *wanted, const char *title, struct fault *why);

/* Says, once, where the run starts and what of the person's own state it will not see. */
void attempt_announce(struct attempt *a);

/* Waits in line for a place, if attempt_claim got none. Makes the workspace; with `checkout` git begins to fill the agent's. */
int attempt_begin(struct attempt *a, bool checkout, struct fault *why);

/* The same with the checkout that an earlier go of the run has left, whose agent is gone. */
int attempt_rejoin(struct attempt *a, struct fault *why);

/* Records it, pins the base, announces the run, and waits for the checkout, which is then set up. */
int attempt_prepare(struct attempt *a, struct fault *why);

/*
 * One pass of the agent: prompt, run, reason if it failed (EXIT_AGENT), import of what it left.
 * a->tree, a->changes and the pass's record say what it made.
 */
int attempt_work(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why);

/* Brings in what the checkout holds now (after attempt_work, or after a patch was applied). `changed` tells whether it differs from the base. */
int attempt_take(struct attempt *a, bool *changed, struct fault *why);

/*
 * Guards, seals (unless the last pass has its seal already) and gates a->tree. 0: green; 1: red, a->failure and the last pass's
 * fingerprint are set.
 */
int attempt_judge(struct attempt *a, const struct agent *agent, struct fault *why);

/*
 * What a red gate printed, for the next pass: into a->failure, and the logs under in/. For a run that is taken up again: a->tree and
 * a->changes of the last pass, whose work was taken over; and what the gate of a pass printed that was the last to be judged, and red (0: the base's, of what heals).
 */
int attempt_keep_failure(struct attempt *a, const struct gate *g, struct fault *why);
int attempt_recall_tree(struct attempt *a, struct fault *why);
int attempt_recall_failure(struct attempt *a, int pass, struct fault *why);

/* What a gate said of each stage, into the record. */
void attempt_record_stages(struct attempt *a, const struct gate *g);

/*
 * What the change (a->changes, to a->tree) does to the evidence: into the record and its flags. Before the guards, so that what they
 * refuse is named all the same.
 */
int attempt_evidence(struct attempt *a, struct fault *why);

/*
 * After a green gate: runs the stages that prove the code on the change with the evidence of the base, and on the base with the change's new
 * tests; each where there is something to find out. What they tell is added to the findings.
 */
int attempt_replay(struct attempt *a, const struct gate *g, struct fault *why);

/* Adds a finding of no one file. */
void attempt_evidence_add(
	struct attempt *a, const char *name, long base, long now, const char *detail);

/* Some finding makes the change red. */
bool attempt_evidence_blocked(const struct attempt *a);

/* After the gate, before its verdict is durable: in mode block a stage of the record's own, red where evidence was changed that nobody declared. */
void attempt_evidence_judge(struct attempt *a);

/*
 * A stage of our own makes the gate and the last pass red, but where the gate could not judge. The failure is another one than what the
 * other stages say: `what` tells it.
 */
void attempt_make_red(struct attempt *a, const struct buf *what);

/* Appends what the next pass is to read of it; nothing where nothing is blocked. */
void attempt_evidence_failure(const struct attempt *a, struct buf *out);

/*
 * Looks for secrets in what the change brings, commit by commit: flags of the run, and a stage of the record's own, which with
 * secrets.mode = block is red where there is one. In three steps as for the evidence: before the gate, after it, and what the next pass is to read.
 */
int attempt_secrets(struct attempt *a, struct fault *why);
void attempt_secrets_judge(struct attempt *a);
void attempt_secrets_failure(const struct attempt *a, struct buf *out);

/* Makes the branch by compare and swap; the run is proposed. */
int attempt_propose(struct attempt *a, struct fault *why);

/*
 * The end, good or bad: with `why` holding a fault the run gets the state that fits it. Writes report.md, removes the
 * checkouts that need not be kept and prints the report, or with `json` the record. Returns the exit code.
 */
int attempt_end(struct attempt *a, bool json, struct fault *why);

/* Takes what is red for good as the run's end (rejected; gave up, where it heals); `note` says why no further pass is made. */
int attempt_reject(struct attempt *a, const char *note, struct fault *why);

/* The same right after a pass whose tree was judged red before: it is not judged twice. */
int attempt_reject_again(struct attempt *a, const char *note, struct fault *why);

/* Tells the reviewer where the agent or the gate saw files as they are stored. */
void attempt_flag_filters(struct attempt *a);

/*
 * Below level full: pictures the repository before anything of the run is started, and compares when all of it has been killed.
 * What has changed and is not a person's work is a fault of EXIT_REFUSED that replaces any other, and flags of the run.
 */
int attempt_picture(struct attempt *a, struct fault *why);
int attempt_compare(struct attempt *a, struct fault *why);

/* Path of the run's network.ndjson, where its proxies log; the caller frees. */
char *attempt_network(const struct attempt *a);

/* Path of "<kind>-<pass><suffix>" in the run's directory; the caller frees. */
char *attempt_file(const struct attempt *a, const char *kind, int pass, const char *suffix);

#endif
