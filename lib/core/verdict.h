/*
 * verdict: what the stages of a gate have said of a tree, kept in .git/agent/verdicts/ so that the same is not judged twice. A
 * verdict's file is named by the hash of everything that it depends on: the tree, the stage as it is in force, what its box is, what
 * setup leaves, and the tools it finds. It holds one line of JSON, the stage's whole log and what test runners reported, and is believed
 * only where all of it is whole.
 *
 * Only green and red are kept: a red one where it was red twice and nothing but the tree explains it. A verdict made at a weaker
 * sandbox level counts for nothing; red made at a stronger one neither, for the level may have been the reason.
 */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/policy.h"
#include "port/hash.h"
#include "port/repo.h"
#include "port/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

#define VERDICT_LOG_MAX     ((size_t)16 << 20) /* bytes of a log that is kept */
#define VERDICT_REPORTS_MAX ((size_t)4 << 20)  /* bytes of the reports */

struct verdicts {
	char *state; /* .git/agent */
	bool off;    /* nothing is known or kept: what is checked out is not the tree alone */
	bool fresh;  /* --no-cache: nothing is known, what is found out is kept */
	int level;   /* enum sandbox_level; -1: as strong as the machine gives, not looked at yet */
	char tree[OID_MAX];
	struct buf shared; /* what every stage depends on, as text */
};

#define VERDICTS_INIT                           \
	{                                       \
		.level = -1, .shared = BUF_INIT \
	}

struct verdict { /* one stage's */
	bool green;
	char *detail; /* as struct gate_result's; NULL: none */
	int64_t ms;   /* how long it took */
};

/* For the stages of `policy` on a commit (or tree). `state` is .git/agent. */
int verdicts_open(struct verdicts *v, struct repo *repo, const struct policy *policy,
	const char *state, const char *commit, struct fault *why);
void verdicts_release(struct verdicts *v);

/* What is known of a stage; its log is written to `log`, and its reports, if it has any, to `reports`: their directory is there. 1: nothing is. */
int verdict_find(struct verdicts *v, const struct gate_stage *stage, const char *log,
	const char *reports, struct verdict *out, struct fault *why);
void verdict_release(struct verdict *v);

/*
 * Keeps it, with the log at `log`; one that is too long is not kept. Of reports that are not there, or too long, it is not known any more what
 * they said.
 */
int verdict_keep(struct verdicts *v, const struct gate_stage *stage, const struct verdict *result,
	const char *log, const char *reports, struct fault *why);

/*
 * Removes what was not used for so long, and then what was not used for longest until the rest has no more bytes than that; looks at
 * most once an hour unless `now`. What cannot be removed stays.
 */
void verdicts_prune(const char *state, int64_t unused_ms, int64_t bytes, bool now);

#endif
