/*
 * hook_tool: the tools that own hooks (husky, lefthook, pre-commit, or the person by a core.hooksPath in the
 * repository). One row of data each: how a hook of theirs is known, where a call of ours would stand, the line that makes it.
 */
#ifndef CORE_HOOK_TOOL_H
#define CORE_HOOK_TOOL_H

#include "base/buf.h"
#include "port/repo.h"

#include <stdbool.h>

struct hook_tool;

/* Who owns <dir>/<hook>; NULL: nobody. `theirs`: `dir` is a core.hooksPath of the repository, so somebody does. */
const struct hook_tool *hook_tool_owning(const char *dir, const char *hook, bool theirs);

/* The tool's configuration already calls our copy in <common dir>/agent/hooks. */
bool hook_tool_calls_us(
	const struct hook_tool *tool, const struct repo *repo, const char *dir, const char *hook);

/* Appends one line: who owns the hook, and the line to add and where. */
void hook_tool_advice(const struct hook_tool *tool, const struct repo *repo, const char *dir,
	const char *hook, struct buf *out);

/* Appends the file that line stands in, or belongs in. */
void hook_tool_where(const struct hook_tool *tool, const struct repo *repo, const char *dir,
	const char *hook, struct buf *out);

#endif
