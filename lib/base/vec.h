/*
 * vec: a list of strings that owns its copies and always ends in a NULL the length does not count,
 * so that `items` serves as argv and envp.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

struct vec {
	char **items; /* never NULL after VEC_INIT */
	size_t len;
	size_t cap;
};

extern char *vec_empty[1];

#define VEC_INIT                \
	{                       \
		vec_empty, 0, 0 \
	}

void vec_release(struct vec *v);
void vec_clear(struct vec *v);
void vec_push(struct vec *v, const char *text);
void vec_pushf(struct vec *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Drops the last; there must be one. */
void vec_pop(struct vec *v);

/* Pushes each of a list that ends in NULL. */
void vec_push_all(struct vec *v, const char *const *items);

/* Pushes the pieces of `text` between commas, blanks around them dropped, empty ones left out. */
void vec_push_split(struct vec *v, const char *text);

bool vec_has(const struct vec *v, const char *text);

/* Byte order. */
void vec_sort(struct vec *v);

/* Replaces *to by a copy of *from. */
void vec_copy(struct vec *to, const struct vec *from);

#endif
