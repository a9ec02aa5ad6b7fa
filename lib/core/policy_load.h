/*
 * policy_load: the policy in force for a base commit, with all its layers, from a repository.
 */
#ifndef CORE_POLICY_LOAD_H
#define CORE_POLICY_LOAD_H

#include "base/fault.h"
#include "core/policy.h"
#include "port/repo.h"

struct policy_override { /* a value given on the command line; value NULL: not given */
	const char *key; /* "limits.fixes" */
	const char *value;
	const char *flag; /* "--fixes" */
};

/*
 * Reads the policy of `commit` (the file there, else .git/agent/policy, else the built-ins), lays git config, the
 * environment and `flags` (ends with key NULL; NULL: none) over it and seals it. A policy file that lies in the
 * working tree but not in the commit, and is not .git/agent/policy either, is a fault with the commands to type.
 */
int policy_load(struct policy *p, struct repo *repo, const char *commit,
	const struct policy_override *flags, struct fault *why);

/*
 * policy_load for a base that may have no policy yet: the built-ins count then, whatever lies in the working tree or in
 * .git/agent/policy, and 1 is returned.
 */
int policy_load_committed(
	struct policy *p, struct repo *repo, const char *commit, struct fault *why);

/* The policy file's name: ".gitagent", unless agent.policyFile renames it. Borrowed. */
const char *policy_file(const struct repo *repo);

/*
 * Appends the text of `file` at the commit, or of `policy` in a directory of that name; *name becomes the path that was
 * looked at last, to be freed by the caller. 1: the commit has neither.
 */
int policy_committed(struct repo *repo, const char *commit, const char *file, struct buf *text,
	char **name, struct fault *why);

/* Appends its text in the person's working tree, committed or not, likewise. 1: there is none. */
int policy_present(const struct repo *repo, const char *file, struct buf *text, struct fault *why);

/*
 * Makes *p the built-in policy with what the person's configuration says of one key ("agent.keepfor", in lower case) and the
 * environment of all: for what belongs to no base commit. A value that is none counts as not given.
 */
void policy_now(struct policy *p, const struct repo *repo, const char *key);

#endif
