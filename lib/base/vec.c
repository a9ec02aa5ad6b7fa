#include "base/vec.h"
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *vec_empty[1];

void vec_release(struct vec *v)
{
	vec_clear(v);
	if (v->cap)
		free(v->items);
	*v = (struct vec)VEC_INIT;
}

void vec_clear(struct vec *v)
{
	for (size_t i = 0; i < v->len; i++)
		str_free(&v->items[i]);
	v->len = 0;
}

static void push_owned(struct vec *v, char *text)
{
	if (v->len + 1 >= v->cap) {
		v->cap = v->cap ? v->cap * 2 : 8;
		v->items = xrealloc(
			v->items == vec_empty ? NULL : v->items, v->cap * sizeof *v->items);
	}
	v->items[v->len++] = text;
	v->items[v->len] = NULL;
}

void vec_push(struct vec *v, const char *text)
{
	push_owned(v, xstrdup(text));
}

void vec_pushf(struct vec *v, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = xstrdup("");
	va_end(args);
	push_owned(v, text);
}

void vec_pop(struct vec *v)
{
	v->len--;
	free(v->items[v->len]);
	v->items[v->len] = NULL;
}

void vec_push_all(struct vec *v, const char *const *items)
{
	for (; *items; items++)
		vec_push(v, *items);
}

void vec_push_split(struct vec *v, const char *text)
{
	while (*text) {
		const char *end = strchrnul(text, ',');
		const char *next = *end ? end + 1 : end;

		while (text < end && strchr(" \t", *text))
			text++;
		while (end > text && strchr(" \t", end[-1]))
			end--;
		if (end > text)
			push_owned(v, xstrndup(text, (size_t)(end - text)));
		text = next;
	}
}

bool vec_has(const struct vec *v, const char *text)
{
	for (size_t i = 0; i < v->len; i++)
		if (!strcmp(v->items[i], text))
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void vec_sort(struct vec *v)
{
	qsort(v->items, v->len, sizeof *v->items, compare);
}

void vec_copy(struct vec *to, const struct vec *from)
{
	vec_clear(to);
	for (size_t i = 0; i < from->len; i++)
		vec_push(to, from->items[i]);
}
