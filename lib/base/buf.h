/*
 * buf: a growing run of bytes that always ends in a NUL the length does not count, so that it is a
 * C string wherever it holds no NUL of its own. Owns its memory.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data; /* never NULL after BUF_INIT; not to be freed by hand */
	size_t len; /* bytes, without the closing NUL */
	size_t cap; /* bytes allocated; 0: `data` is the shared empty string */
};

extern char buf_empty[1];

#define BUF_INIT                \
	{                       \
		buf_empty, 0, 0 \
	}

/* Gives the memory back; the buffer is empty and usable again. */
void buf_release(struct buf *b);

/* Forgets the bytes, keeps the memory. */
void buf_clear(struct buf *b);

/* Makes room for `more` bytes beyond len. */
void buf_reserve(struct buf *b, size_t more);

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Replaces the `cut` bytes at `pos` by `len` others; pos + cut <= len of the buffer. */
void buf_splice(struct buf *b, size_t pos, size_t cut, const void *bytes, size_t len);

/* Shortens to `len` bytes (no effect if shorter already). */
void buf_cut(struct buf *b, size_t len);

/* Drops trailing newlines and blanks. */
void buf_rtrim(struct buf *b);

/* Hands the string over to the caller, who frees it; the buffer is empty again. */
char *buf_take(struct buf *b);

#endif
