/*
 * alloc: memory that never fails to come back (running out aborts here, in one place), and the one
 * idiom for giving it back: `CLEANUP(buf_release) struct buf b = BUF_INIT;`.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

/* Runs `fn(&variable)` when the variable leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t max);

/* Frees a string through its address and sets it to NULL; for CLEANUP. */
void str_free(char **text);

/* Replaces an owned string by a copy of `text` (NULL allowed); the two may be the same. */
void str_replace(char **owned, const char *text);

/* Closes a descriptor through its address when it is >= 0 and sets it to -1; for CLEANUP. */
void fd_close(int *fd);

/* Hands a descriptor over: returns it and sets the variable to -1. */
int fd_take(int *fd);

/* Makes room for one more element in an array of `len` elements with capacity `cap`. */
#define GROW(array, len, cap)                                                 \
	do {                                                                  \
		if ((len) == (cap)) {                                         \
			(cap) = (cap) ? (cap)*2 : 8;                          \
			(array) = xrealloc((array), (cap) * sizeof *(array)); \
		}                                                             \
	} while (0)

#endif
