#include "base/buf.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char buf_empty[1];

void buf_release(struct buf *b)
{
	if (b->cap)
		free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1;

	if (need <= b->cap)
		return;
	if (need < b->cap * 2)
		need = b->cap * 2;
	if (need < 64)
		need = 64;
	b->data = xrealloc(b->cap ? b->data : NULL, need);
	b->cap = need;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!len)
		return;
	buf_reserve(b, len);
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int need;

	va_start(args, fmt);
	need = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (need <= 0)
		return;
	buf_reserve(b, (size_t)need);
	va_start(args, fmt);
	vsnprintf(b->data + b->len, (size_t)need + 1, fmt, args);
	va_end(args);
	b->len += (size_t)need;
}

void buf_splice(struct buf *b, size_t pos, size_t cut, const void *bytes, size_t len)
{
	if (len > cut)
		buf_reserve(b, len - cut);
	if (!b->cap)
		return;
	memmove(b->data + pos + len, b->data + pos + cut, b->len - pos - cut + 1);
	if (len)
		memcpy(b->data + pos, bytes, len);
	b->len = b->len - cut + len;
}

void buf_cut(struct buf *b, size_t len)
{
	if (!b->cap || len > b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

void buf_rtrim(struct buf *b)
{
	size_t len = b->len;

	while (len && strchr(" \t\r\n", b->data[len - 1]))
		len--;
	buf_cut(b, len);
}

char *buf_take(struct buf *b)
{
	char *text = b->cap ? b->data : xstrdup("");

	*b = (struct buf)BUF_INIT;
	return text;
}
