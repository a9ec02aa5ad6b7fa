/* The built-in stage of a gate that looks for secrets, for a commit that a person asks about. */
#ifndef FLOW_JUDGE_SECRETS_H
#define FLOW_JUDGE_SECRETS_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/policy.h"
#include "core/secret_search.h"
#include "port/json.h"
#include "port/repo.h"

#include <stdbool.h>

struct secrets_stage {
	bool on;     /* it was looked for */
	bool cached; /* it is known from before that there is none */
	double seconds;
	struct buf red;  /* a line for each that makes the gate red */
	struct buf told; /* and for what is only to be told */
	struct buf sum;  /* "none in 3 commits" */
};

#define SECRETS_STAGE_INIT                                    \
	{                                                     \
		false, false, 0, BUF_INIT, BUF_INIT, BUF_INIT \
	}

/*
 * Looks into the commits up to `oid` that no remote is known to have, or where there is no remote into that one. What `oid` itself
 * allows is allowed. With secrets.mode = off nothing is looked for; `fresh`: whatever is known from before.
 */
int judge_secrets(struct repo *repo, const struct policy *p, const char *oid, bool fresh,
	struct secrets_stage *out, struct fault *why);

/* Notes of a search that was made when it began and what it came to. */
void secrets_stage_end(
	struct secrets_stage *s, const struct secret_search *search, int64_t started_ms);
void secrets_stage_release(struct secrets_stage *s);

/* Pushes the stage, as the others of a gate are in JSON, to the list of them; nothing where it is off. */
void secrets_stage_push(const struct secrets_stage *s, struct json *stages);

#endif
