/* The built-in stage of a gate that looks for secrets, for a commit that a person asks about. */
#ifndef FLOW_JUDGE_SECRETS_H
#define FLOW_JUDGE_SECRETS_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/policy.h"
#include "port/repo.h"

/*
 * Looks into the commits up to `oid` that no remote is known to have, or where there is no remote into that one. What `oid` itself
 * allows is allowed. Appends a line for each that is found and makes the gate red; *told gets those that only are to be told.
 */
int judge_secrets(struct repo *repo, const struct policy *p, const char *oid, struct buf *red,
	struct buf *told, struct fault *why);

#endif
