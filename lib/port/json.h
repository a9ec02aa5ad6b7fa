/*
 * json: JSON values, by jansson. Reading refuses duplicate keys, bad UTF-8, NUL and trailing text;
 * integers are exact to 64 bits. Writing keeps the order in which keys were set.
 *
 * A `struct json *` from json_parse or json_object/json_array is owned by the caller (json_free); one from json_get or
 * json_at is borrowed from its parent. json_set and json_push take over the value they are given.
 */
#ifndef PORT_JSON_H
#define PORT_JSON_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* jansson exports these three names itself: to the linker ours are others. */
#define json_object port_json_object
#define json_array  port_json_array
#define json_real   port_json_real

int json_parse(const char *text, size_t len, struct json **out, struct fault *why);
void json_free(struct json **value);

struct json *json_object(void);
struct json *json_array(void);

void json_set(struct json *object, const char *key,
	struct json *value); /* takes value; NULL: JSON null */
void json_set_text(struct json *object, const char *key,
	const char *text); /* NULL: JSON null; bytes that are not UTF-8 become '?' */
void json_set_int(struct json *object, const char *key, int64_t number);
void json_set_real(struct json *object, const char *key, double number);
void json_set_bool(struct json *object, const char *key, bool value);
void json_set_list(struct json *object, const char *key, const struct vec *list);
void json_push(struct json *array, struct json *value);
void json_push_text(struct json *array, const char *text);

/* Members and elements; NULL where there is none, or where the parent is not of the kind (NULL too). */
struct json *json_get(const struct json *object, const char *key);
void json_keys(
	const struct json *object, struct vec *out); /* pushes the members' names, in order */
size_t json_len(const struct json *array);
struct json *json_at(const struct json *array, size_t i);

/* Values, with what to give where the member is missing or of another kind. Strings are borrowed. */
const char *json_text(const struct json *object, const char *key, const char *otherwise);
int64_t json_int(const struct json *object, const char *key, int64_t otherwise);
double json_real(const struct json *object, const char *key, double otherwise);
bool json_bool(const struct json *object, const char *key, bool otherwise);
void json_list(const struct json *object, const char *key,
	struct vec *out);                           /* pushes the strings of an array */
const char *json_as_text(const struct json *value); /* NULL: not a string */

/*
 * A copy of those members of an object, and of the objects in it, whose path `wants`; arrays are taken whole. NULL: none is
 * wanted, or it is no object.
 */
struct json *json_pick(
	const struct json *object, bool (*wants)(void *state, const struct vec *path), void *state);

/* Appends the value, compact on one line, or indented by two; no newline at the end. */
void json_write(const struct json *value, bool indent, struct buf *out);

/* Of jansson. */
const char *json_version(void);

#endif
