/*
 * update: the same as pre-receive, for one ref: `update <ref> <old id> <new id>`. For servers that keep pre-receive for
 * themselves; the other refs of the push are judged by themselves.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/guard_server.h"
#include "core/hook_chain.h"

#include <string.h>
#include <unistd.h>

HOOK_MARK("update");

/* The arguments as a line of pre-receive's. A newline in one of them would make two, and none has one. */
static int take(int argc, char **argv, struct buf *line, struct fault *why)
{
	if (argc != 4 || strchr(argv[1], '\n'))
		return fault_set(why, EXIT_REFUSED, "what git says it receives does not parse");
	buf_printf(line, "%s %s %s\n", argv[2], argv[3], argv[1]);
	return 0;
}

int main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	int code = EXIT_DONE;

	if (take(argc, argv, &line, &why) ||
		hook_chain("update", argv + 1, NULL, 0, &code, &why) < 0) {
		guard_put_fault(&why, &text);
		code = EXIT_RED;
	} else if (code == EXIT_DONE) {
		code = guard_server_judge(&line, &text);
	}
	fs_write_fd(STDERR_FILENO, text.data, text.len);
	return code;
}
