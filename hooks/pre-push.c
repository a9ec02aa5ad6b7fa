/*
 * pre-push: refuses pushes to protected branches, of the bookkeeping of runs, and what else core/guard_push.h names. Arguments
 * and input as in githooks(5).
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/guard_push.h"
#include "core/hook_chain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX (256 * 1024 * 1024) /* bytes: more than a million refs */

HOOK_MARK("pre-push");

/* git gives the URL twice where the push names no remote, and no remote's name holds a colon. */
static const char *remote_name(int argc, char **argv)
{
	if (argc < 3 || strcmp(argv[1], argv[2]) == 0 || strchr(argv[1], ':'))
		return NULL;
	return argv[1];
}

static int refuse(const struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	guard_put_fault(why, &text);
	fs_write_fd(STDERR_FILENO, text.data, text.len);
	return EXIT_RED;
}

static int decide(struct guard_push *push, const struct buf *input, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int refused = guard_refs_parse(input->data, input->len, &push->updates, why);

	if (!refused)
		refused = guard_push_check(push, why);
	if (refused < 0)
		return refuse(why);
	if (refused)
		guard_put_refusal(&push->refusals[0], &text);
	guard_put_unseen(push, &text);
	fs_write_fd(STDERR_FILENO, text.data, text.len);
	return refused ? EXIT_RED : EXIT_DONE;
}

int main(int argc, char **argv)
{
	CLEANUP(guard_push_release) struct guard_push push;
	CLEANUP(buf_release) struct buf input = BUF_INIT;
	struct fault why = FAULT_INIT;
	int code = EXIT_DONE;

	guard_push_init(&push);
	push.hard = true;
	push.remote = remote_name(argc, argv);
	push.url = argc > 2 ? argv[2] : "";
	if (fs_read_fd(STDIN_FILENO, &input, INPUT_MAX, &why) ||
		hook_chain("pre-push", argv + 1, input.data, input.len, &code, &why) < 0)
		return refuse(&why);
	if (code != EXIT_DONE)
		return code;
	/* What stands in for another object here does not on the other side. */
	setenv("GIT_NO_REPLACE_OBJECTS", "1", 1);
	/* The hook that was there before may have asked a person: its time is its own. */
	guard_push_start(&push);
	return decide(&push, &input, &why);
}
