#include "base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message is one line wherever it comes from: git's own errors may hold several. */
static void one_line(char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
}

int fault_set(struct fault *why, enum exit_code exit, const char *fmt, ...)
{
	va_list args;

	fault_clear(why);
	why->exit = exit;
	va_start(args, fmt);
	vsnprintf(why->message, sizeof why->message, fmt, args);
	va_end(args);
	one_line(why->message);
	return -1;
}

int fault_errno(struct fault *why, const char *fmt, ...)
{
	int saved = errno;
	va_list args;
	size_t len;

	fault_clear(why);
	why->exit = EXIT_FATAL;
	va_start(args, fmt);
	vsnprintf(why->message, sizeof why->message, fmt, args);
	va_end(args);
	one_line(why->message);
	len = strlen(why->message);
	snprintf(why->message + len, sizeof why->message - len, ": %s", strerror(saved));
	if (saved == ENOSPC)
		fault_hint(why, "free some disk space and run the command again");
	if (saved == EROFS)
		fault_hint(why, "findmnt -O ro shows what is mounted read-only");
	return -1;
}

int fault_wrap(struct fault *why, const char *fmt, ...)
{
	char inner[sizeof why->message];
	va_list args;
	size_t len;

	memcpy(inner, why->message, sizeof inner);
	va_start(args, fmt);
	vsnprintf(why->message, sizeof why->message, fmt, args);
	va_end(args);
	one_line(why->message);
	len = strlen(why->message);
	snprintf(why->message + len, sizeof why->message - len, ": %s", inner);
	return -1;
}

int fault_hint(struct fault *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why->hint, sizeof why->hint, fmt, args);
	va_end(args);
	one_line(why->hint);
	return -1;
}

int fault_reason(struct fault *why, const char *reason)
{
	snprintf(why->reason, sizeof why->reason, "%s", reason);
	return -1;
}

void fault_clear(struct fault *why)
{
	memset(why, 0, sizeof *why);
}
