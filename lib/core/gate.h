/*
 * gate: runs a policy's stages on exactly one commit, each in a checkout and a box of its own, side by side, and
 * says green or red. It does not care who made the commit.
 */
#ifndef CORE_GATE_H
#define CORE_GATE_H

#include "base/fault.h"
#include "base/vec.h"
#include "core/layer.h"
#include "core/policy.h"
#include "core/verdict.h"
#include "core/workspace.h"
#include "port/repo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Broken: it could not be judged here, which says nothing of the change. */
enum gate_status { GATE_WAITING, GATE_RUNNING, GATE_GREEN, GATE_RED, GATE_SKIPPED, GATE_BROKEN };

/* What made a stage red, where the tree need not have. */
enum gate_cause {
	CAUSE_TREE,
	CAUSE_MISSING, /* the program that the stage starts is not on this machine */
	CAUSE_NETWORK, /* its box refused the network */
	CAUSE_KILLED,  /* it was taken down: by a limit, or for want of memory */
	CAUSE_DISK,    /* there is no room */
};

struct gate_result {                    /* one stage */
	const struct gate_stage *stage; /* borrowed */
	enum gate_status status;
	char *detail; /* "exit 1", "timed out after 10m", "'pytest' was not found: ..."; NULL for green */
	char *hint; /* the key of the policy that was in its way, for a person; NULL: none is known */
	char *log;   /* path of its log */
	bool cached; /* nothing was run: the verdict was known, the times are those it was made in */
	bool again;  /* it was red and was run once more; `first` is how it ended before */
	bool flaky;  /* it was red and then green, on the same tree */
	bool excused; /* red, but so was the base, in the same way: not charged, nobody's failure */
	enum gate_cause cause;
	bool certain; /* red, and nothing but the tree explains it */
	char *first;
	int64_t started_ms, active_ms, ended_ms; /* clock_now_ms */
};

struct gate;

/* Told as it goes; any may be NULL. */
struct gate_watch {
	void *state;
	void (*started)(void *state, const struct gate_result *r);
	void (*again)(void *state, const struct gate_result *r); /* red, and runs once more */
	void (*ended)(void *state, const struct gate_result *r);
	void (*tick)(
		void *state, const struct gate *g); /* ten times a second while anything runs */
};

struct gate {
	/* Given by the caller, borrowed. */
	struct repo *repo;
	const struct policy *policy;
	struct workspace *workspace;
	const char *name; /* directory of the checkouts below the workspace: "gate-1" */
	const char *commit;
	const char *log_dir;                /* where <stage>.log files go; made if it is missing */
	const struct repo_changes *changes; /* for `when`; NULL: every stage runs */
	const struct layer
		*layer; /* of the commit, held, or one with no name: setup runs in each checkout */
	const struct gate_stage *extra; /* one more stage (the simulation's); NULL: none */
	struct verdicts *
		verdicts; /* what is known of the commit's tree, and is kept of it; NULL: nothing */
	struct gate_watch watch;
	struct checkout *prepared; /* from gate_prepare, used up by gate_run; NULL or empty: none */

	/* Filled by gate_run. */
	struct gate_result *results;
	size_t len;
	bool green;
	bool broken; /* a stage could not be judged: the whole is neither green nor red */
};

/* How many stages there would be. */
size_t gate_count(const struct gate *g);

/*
 * Starts ahead of time what the first stage of gate `name` needs: a checkout of the base, which gate_run brings to the commit it
 * judges. Nothing that is not trusted may run between the two where it could reach the work root. The caller releases *c.
 */
int gate_prepare(struct workspace *w, struct repo *repo, const char *name, const char *base,
	struct checkout *c, struct fault *why);

/*
 * Looks up which stages' verdicts are known, and tells g->watch of them; needs no workspace. *left: how many must run. Where none
 * must, that is the verdict.
 */
int gate_recall(struct gate *g, size_t *left, struct fault *why);

/*
 * Runs them, but for those whose verdict is known (gate_recall, unless that was called before). A stage that is red runs once more in a
 * fresh checkout (gate.rerun): green then, it is flaky. 0: judged, g->green says how. Red is an answer, not a fault; a fault is what kept the gate from judging
 * (no disk, interrupted: EXIT_INTERRUPTED). The checkouts are removed.
 */
int gate_run(struct gate *g, struct fault *why);
void gate_release(struct gate *g);

/* Where a stage's log is, by g->log_dir; the caller frees. */
char *gate_log(const struct gate *g, const char *stage);

/* Appends a result's detail, and its hint after it. */
void gate_put_detail(const struct gate_result *r, struct buf *out);

/*
 * What the tree need not have caused makes a red stage, and the gate, broken: it was killed, there is no room; or, unless `was_green` says
 * that the stage could be judged on this machine before, a program is missing or the network refused. For runs: a person reads
 * red, and what to do.
 */
void gate_blame(struct gate *g, struct gate_result *r, bool was_green);

/* The fault of a gate that is broken: EXIT_FATAL with the reason "infrastructure", and its hint. Returns -1. */
int gate_fault_broken(const struct gate *g, struct fault *why);

/* "green", "red" or "broken" of the whole. */
const char *gate_verdict(const struct gate *g);

/* Appends the output of stages that are red or broken, each cut in the middle to `max` bytes, for a person or an agent to read. */
int gate_failure(const struct gate *g, size_t max, struct buf *out, struct fault *why);

/* Cuts `text` in the middle to `max` bytes and takes out what differs between two runs of the same failure. */
void gate_normalise(struct buf *text, size_t max);

/* Of normalised text keeps the lines that say what failed, with those around them; all of it where none does. */
void gate_pick(struct buf *text);

/* Appends the first line of a stage's output that says what failed; false: none does. The text is changed. */
bool gate_first_failure(struct buf *text, struct buf *out);

/* Appends what identifies the failure: the red stages' names and output with line numbers, times, addresses,
 * paths of the checkout and temporary names taken out. Two equal fingerprints: the same failure. */
int gate_fingerprint(const struct gate *g, struct buf *out, struct fault *why);

/* The same of one stage. */
int gate_fingerprint_of(const struct gate_result *r, struct buf *out, struct fault *why);

const char *gate_status_name(enum gate_status status);

#endif
