#include "base/alloc.h"
#include "base/fault.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

static void test_set(void)
{
	struct fault why = FAULT_INIT;

	fault_hint(&why, "old hint");
	fault_reason(&why, "old");
	ok(fault_set(&why, EXIT_REFUSED, "path '%s' is protected", "a b") == -1, "set returns -1");
	is(why.message, "path 'a b' is protected", "the message is formatted");
	ok(why.exit == EXIT_REFUSED, "the exit code is kept");
	ok(!why.hint[0] && !why.reason[0], "what was there is gone");
	ok(fault_hint(&why, "run '%s'", "x") == -1 && fault_reason(&why, "protected") == -1,
		"hint and reason return -1");
	is(why.hint, "run 'x'", "hint");
	is(why.reason, "protected", "reason");
	fault_clear(&why);
	ok(why.exit == EXIT_DONE && !why.message[0] && !why.hint[0], "clear is no fault");
}

static void test_one_line(void)
{
	struct fault why = FAULT_INIT;

	fault_set(&why, EXIT_FATAL, "first\nsecond\tthird\r\n\n");
	is(why.message, "first second third ", "a message is one line");
	fault_hint(&why, "do\nthis\n");
	is(why.hint, "do this", "a hint too");
	fault_set(&why, EXIT_FATAL, "%s", "\n\n");
	is(why.message, "", "newlines alone are nothing");
}

static void test_errno(void)
{
	struct fault why = FAULT_INIT;

	errno = ENOENT;
	ok(fault_errno(&why, "cannot open '%s'", "x") == -1, "errno returns -1");
	is(why.message, "cannot open 'x': No such file or directory", "errno's text follows");
	ok(why.exit == EXIT_FATAL && !why.hint[0], "it is fatal, without a hint");
	errno = ENOSPC;
	fault_errno(&why, "cannot write");
	ok(strstr(why.hint, "disk space") != NULL, "a full disk says what to do");
}

static void test_wrap(void)
{
	struct fault why = FAULT_INIT;

	fault_set(&why, EXIT_BUSY, "locked");
	fault_hint(&why, "wait");
	fault_reason(&why, "busy");
	ok(fault_wrap(&why, "cannot start run '%s'", "r1") == -1, "wrap returns -1");
	is(why.message, "cannot start run 'r1': locked", "context comes before the message");
	ok(why.exit == EXIT_BUSY && !strcmp(why.hint, "wait") && !strcmp(why.reason, "busy"),
		"the rest stays");
}

static void test_long(void)
{
	struct fault why = FAULT_INIT;
	char *text = xcalloc(10001, 1);

	memset(text, 'x', 10000);
	fault_set(&why, EXIT_FATAL, "%s", text);
	ok(strlen(why.message) == sizeof why.message - 1, "a long message is cut");
	fault_wrap(&why, "context");
	ok(!strncmp(why.message, "context: xxx", 12) &&
			strlen(why.message) == sizeof why.message - 1,
		"wrapping it keeps the context");
	fault_wrap(&why, "%s", text);
	errno = EIO;
	fault_errno(&why, "%s", text);
	fault_hint(&why, "%s", text);
	fault_reason(&why, text);
	ok(strlen(why.message) < sizeof why.message && strlen(why.hint) == sizeof why.hint - 1 &&
			strlen(why.reason) == sizeof why.reason - 1,
		"nothing runs over");
	free(text);
}

static void test_percent(void)
{
	struct fault why = FAULT_INIT;

	fault_set(&why, EXIT_FATAL, "%s", "100%s%n");
	fault_wrap(&why, "in");
	is(why.message, "in: 100%s%n", "a message is never a format");
}

int main(void)
{
	test_set();
	test_one_line();
	test_errno();
	test_wrap();
	test_long();
	test_percent();
	return tap_done();
}
