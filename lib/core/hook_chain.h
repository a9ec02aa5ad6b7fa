/*
 * hook_chain: the hook that was there before ours. It lies beside the running hook under the same name and
 * HOOK_BEFORE, and runs first with the same arguments and input.
 */
#ifndef CORE_HOOK_CHAIN_H
#define CORE_HOOK_CHAIN_H

#include "base/fault.h"

#include <stddef.h>

#define HOOK_BEFORE ".before-git-agent"

/*
 * The mark by which a file is known as our hook, in an ELF note, which the linker puts into the first page; one per hook,
 * at file scope.
 */
#define HOOK_MARK_START "git-agent-hook "
#define HOOK_MARK(hook)                                                                     \
	__attribute__((used, aligned(4), section(".note.git-agent"))) static const struct { \
		unsigned owner_len, text_len, type;                                         \
		char owner[12], text[64];                                                   \
	} hook_mark = {                                                                     \
		sizeof "git-agent", 64, 1, "git-agent", HOOK_MARK_START hook " " VERSION "\n"}

/*
 * Runs it to its end: *code is its exit status, or 128 and the signal that killed it. 1: there is none, or it may not be
 * executed (git passes over such a file too). Its output goes where ours goes.
 */
int hook_chain(const char *hook, char *const *args, const void *input, size_t len, int *code,
	struct fault *why);

#endif
