/*
 * pre-receive: what a server refuses of a push as a whole; nothing of it is taken then. Input as in githooks(5); what is refused
 * is in core/guard_server.h.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/guard_server.h"
#include "core/hook_chain.h"

#include <unistd.h>

#define INPUT_MAX (64 * 1024 * 1024) /* bytes: some hundred thousand refs */

HOOK_MARK("pre-receive");

int main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf input = BUF_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	int code = EXIT_DONE;

	(void)argc;
	if (fs_read_fd(STDIN_FILENO, &input, INPUT_MAX, &why) ||
		hook_chain("pre-receive", argv + 1, input.data, input.len, &code, &why) < 0) {
		guard_put_fault(&why, &text);
		code = EXIT_RED;
	} else if (code == EXIT_DONE) {
		code = guard_server_judge(&input, &text);
	}
	fs_write_fd(STDERR_FILENO, text.data, text.len);
	return code;
}
