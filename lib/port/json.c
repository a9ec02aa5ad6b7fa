/* Before our own header, which gives three of jansson's names to ours: values are made with json_pack. */
#include <jansson.h>

#include "base/alloc.h"
#include "base/text.h"
#include "port/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REAL_DIGITS 6

static json_t *in(const struct json *value)
{
	return (json_t *)value;
}

static struct json *out_of(json_t *value)
{
	if (!value) { /* what is packed here is well formed: memory is out */
		fputs("fatal: out of memory\n", stderr);
		abort();
	}
	return (struct json *)value;
}

int json_parse(const char *text, size_t len, struct json **out, struct fault *why)
{
	json_error_t error;
	json_t *parsed = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	CLEANUP(str_free) char *said = NULL;

	*out = (struct json *)parsed;
	if (parsed)
		return 0;
	said = text_cleaned(error.text); /* quotes the input */
	return fault_set(why, EXIT_FATAL, "bad JSON at line %d, column %d: %s", error.line,
		error.column, said);
}

void json_free(struct json **value)
{
	json_decref(in(*value));
	*value = NULL;
}

struct json *json_object(void)
{
	return out_of(json_pack("{}"));
}

struct json *json_array(void)
{
	return out_of(json_pack("[]"));
}

/* Each byte that is no part of a UTF-8 character becomes '?'. */
static struct json *text_value(const char *text)
{
	CLEANUP(str_free) char *copy = NULL;
	size_t len;

	if (!text)
		return out_of(json_null());
	len = strlen(text);
	if (text_is_utf8(text, len))
		return out_of(json_stringn(text, len));
	copy = xstrdup(text);
	for (size_t i = 0, n; i < len; i += n) {
		for (n = 1; n <= 4 && i + n <= len && !text_is_utf8(copy + i, n); n++)
			;
		if (n > 4 || i + n > len) {
			copy[i] = '?';
			n = 1;
		}
	}
	return out_of(json_stringn(copy, len));
}

void json_set(struct json *object, const char *key, struct json *value)
{
	json_object_set_new(in(object), key, value ? in(value) : json_null());
}

void json_set_text(struct json *object, const char *key, const char *text)
{
	json_set(object, key, text_value(text));
}

void json_set_int(struct json *object, const char *key, int64_t number)
{
	json_set(object, key, out_of(json_integer(number)));
}

void json_set_real(struct json *object, const char *key, double number)
{
	json_set(object, key, isfinite(number) ? out_of(json_pack("f", number)) : NULL);
}

void json_set_bool(struct json *object, const char *key, bool value)
{
	json_set(object, key, out_of(json_boolean(value)));
}

void json_set_list(struct json *object, const char *key, const struct vec *list)
{
	struct json *array = json_array();

	for (size_t i = 0; i < list->len; i++)
		json_push_text(array, list->items[i]);
	json_set(object, key, array);
}

void json_push(struct json *array, struct json *value)
{
	json_array_append_new(in(array), value ? in(value) : json_null());
}

void json_push_text(struct json *array, const char *text)
{
	json_push(array, text_value(text));
}

struct json *json_get(const struct json *object, const char *key)
{
	return (struct json *)json_object_get(in(object), key);
}

void json_keys(const struct json *object, struct vec *out)
{
	for (void *at = json_object_iter(in(object)); at;
		at = json_object_iter_next(in(object), at))
		vec_push(out, json_object_iter_key(at));
}

size_t json_len(const struct json *array)
{
	return json_array_size(in(array));
}

struct json *json_at(const struct json *array, size_t i)
{
	return (struct json *)json_array_get(in(array), i);
}

const char *json_text(const struct json *object, const char *key, const char *otherwise)
{
	const char *text = json_as_text(json_get(object, key));

	return text ? text : otherwise;
}

int64_t json_int(const struct json *object, const char *key, int64_t otherwise)
{
	const json_t *value = in(json_get(object, key));

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

double json_real(const struct json *object, const char *key, double otherwise)
{
	const json_t *value = in(json_get(object, key));

	return json_is_number(value) ? json_number_value(value) : otherwise;
}

bool json_bool(const struct json *object, const char *key, bool otherwise)
{
	const json_t *value = in(json_get(object, key));

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

void json_list(const struct json *object, const char *key, struct vec *out)
{
	const struct json *array = json_get(object, key);

	for (size_t i = 0; i < json_len(array); i++) {
		const char *text = json_as_text(json_at(array, i));

		if (text)
			vec_push(out, text);
	}
}

const char *json_as_text(const struct json *value)
{
	return json_string_value(in(value));
}

static int append(const char *bytes, size_t len, void *into)
{
	buf_add(into, bytes, len);
	return 0;
}

void json_write(const struct json *value, bool indent, struct buf *out)
{
	size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS);

	json_dump_callback(
		in(value), append, out, flags | (indent ? JSON_INDENT(2) : JSON_COMPACT));
}

/* --- picking ---------------------------------------------------------------------------------- */

static json_t *pick_below(const json_t *object, struct vec *path,
	bool (*wants)(void *state, const struct vec *path), void *state)
{
	json_t *picked = NULL;

	for (void *at = json_object_iter((json_t *)object); at;
		at = json_object_iter_next((json_t *)object, at)) {
		json_t *value = json_object_iter_value(at);

		vec_push(path, json_object_iter_key(at));
		if (json_is_object(value))
			value = pick_below(value, path, wants, state);
		else
			value = wants(state, path) ? json_deep_copy(value) : NULL;
		vec_pop(path);
		if (!value)
			continue;
		if (!picked)
			picked = in(json_object());
		json_object_set_new(picked, json_object_iter_key(at), value);
	}
	return picked;
}

struct json *json_pick(
	const struct json *object, bool (*wants)(void *state, const struct vec *path), void *state)
{
	CLEANUP(vec_release) struct vec path = VEC_INIT;

	return (struct json *)pick_below(in(object), &path, wants, state);
}

const char *json_version(void)
{
	return jansson_version_str();
}
