/*
 * verdict_key: everything a stage's verdict depends on, as text to be hashed. What stands in it: the tree; how files are written in a
 * checkout (configuration, filter drivers, attributes of the clone); worktree.setup and worktree.copy; limits and what [sandbox] opens;
 * the stage as it is in force; its whole environment; which toolchains there are, and which file each word of its command is that PATH
 * knows, with the interpreter a script names; the machine and the state of its package manager. Used by verdict.c alone.
 */
#ifndef CORE_VERDICT_KEY_H
#define CORE_VERDICT_KEY_H

#include "base/buf.h"
#include "base/fault.h"
#include "core/policy.h"
#include "port/repo.h"

int verdict_put_shared(const struct repo *repo, const struct policy *policy, const char *tree,
	struct buf *out, struct fault *why);
void verdict_put_stage(const struct gate_stage *stage, struct buf *out);

#endif
