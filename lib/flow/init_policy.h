/*
 * init_policy: which text is the repository's policy, or will be: the first that is found of the file at HEAD, the file in the
 * working tree, .git/agent/policy, and one drafted from what the repository's files say.
 */
#ifndef FLOW_INIT_POLICY_H
#define FLOW_INIT_POLICY_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/policy.h"
#include "port/repo.h"

enum init_source { INIT_HEAD, INIT_FILE, INIT_LOCAL, INIT_NEW };

struct init_policy {
	enum init_source source;
	char *file;       /* path below the top: ".gitagent", ".gitagent/policy" */
	struct buf text;  /* of the file */
	struct buf local; /* of .git/agent/policy */
	bool has_local;
	char head[OID_MAX];   /* "" on an unborn branch */
	struct policy policy; /* the text with the layers above it */
	struct vec unused;    /* of `gate`, what a policy that was there lacks */
};

void init_policy_start(struct init_policy *p);
void init_policy_release(struct init_policy *p);

/* Finds or drafts it, and checks it. `gate` as in struct init_options. Writes nothing. */
int init_policy_find(
	struct init_policy *p, struct repo *repo, const struct vec *gate, struct fault *why);

/* For people and for --json: "HEAD", "working tree", ".git/agent/policy", "detected". */
const char *init_source_name(enum init_source source);

#endif
