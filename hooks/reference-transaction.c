/*
 * reference-transaction: keeps what belongs to an agent's run from moving protected branches of this repository. For everybody
 * else it only runs the hook that was there before. Arguments and input as in githooks(5).
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/guard_local.h"
#include "core/hook_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX (256 * 1024 * 1024) /* bytes */

HOOK_MARK("reference-transaction");

int main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf input = BUF_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	bool asked = argc > 1 && strcmp(argv[1], "prepared") == 0;
	int code = EXIT_DONE;

	if (fs_read_fd(STDIN_FILENO, &input, INPUT_MAX, &why) ||
		hook_chain("reference-transaction", argv + 1, input.data, input.len, &code, &why) <
			0) {
		fprintf(stderr, "error: refused: %s\n", why.message);
		return EXIT_RED;
	}
	if (code != EXIT_DONE || !asked || !getenv("GIT_AGENT_RUN"))
		return code;
	code = guard_local_judge(&input, &text);
	fs_write_fd(STDERR_FILENO, text.data, text.len);
	return code;
}
