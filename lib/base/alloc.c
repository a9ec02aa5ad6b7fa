#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *memory)
{
	static const char message[] = "fatal: out of memory\n";

	if (!memory) {
		if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
			_exit(128);
		_exit(128);
	}
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return checked(realloc(old, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return checked(strdup(text));
}

char *xstrndup(const char *text, size_t max)
{
	return checked(strndup(text, max));
}

void str_free(char **text)
{
	free(*text);
	*text = NULL;
}

void str_replace(char **owned, const char *text)
{
	char *copy = text ? xstrdup(text) : NULL;

	free(*owned);
	*owned = copy;
}

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
