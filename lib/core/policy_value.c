#include "base/alloc.h"
#include "base/text.h"
#include "core/policy_keys.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define INT_LIMIT 10000

static void *place(const struct policy_key *key, void *base)
{
	return (char *)base + key->offset;
}

static const void *place_of(const struct policy_key *key, const void *base)
{
	return (const char *)base + key->offset;
}

static int expected(struct fault *why, const char *what, const char *value)
{
	return fault_set(why, EXIT_FATAL, "expected %s, got '%s'", what, value);
}

/* --- reading: one function per kind ----------------------------------------------------------- */

static int read_text(const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	char **text = into;
	bool keep_empty = key->builtin && !*key->builtin;

	if (key->check && *value && key->check(value, why))
		return -1;
	if (!*value && !keep_empty && key->builtin)
		return expected(why, "a value", value);
	str_replace(text, *value || keep_empty ? value : NULL);
	return 0;
}

static int read_int(const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	size_t digits = strspn(value, "0123456789");
	long number = digits && digits < 9 && !value[digits] ? strtol(value, NULL, 10) : -1;

	if (number < key->min || number > INT_LIMIT)
		return fault_set(why, EXIT_FATAL, "expected a number from %d to %d, got '%s'",
			key->min, INT_LIMIT, value);
	*(int *)into = (int)number;
	return 0;
}

static int read_bool(const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	int answer = *value ? text_bool(value) : -1;

	(void)key;
	if (answer < 0)
		return expected(why, "true or false", value);
	*(bool *)into = answer;
	return 0;
}

static int read_duration(
	const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	int64_t ms = text_duration(value);

	(void)key;
	if (ms < 0)
		return expected(why, "a duration such as 30m", value);
	*(int64_t *)into = ms;
	return 0;
}

static int read_size(const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	int64_t bytes = text_size(value);

	(void)key;
	if (bytes < 0)
		return expected(why, "a size such as 64m", value);
	*(int64_t *)into = bytes;
	return 0;
}

static int read_list(const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	CLEANUP(vec_release) struct vec items = VEC_INIT;
	struct vec *list = into;

	vec_push_split(&items, value);
	for (size_t i = 0; i < items.len; i++) {
		if (key->check && key->check(items.items[i], why))
			return -1;
		if (!vec_has(list, items.items[i]))
			vec_push(list, items.items[i]);
	}
	return 0;
}

static int read_lines(
	const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	(void)key;
	(void)why;
	if (*value)
		vec_push(into, value);
	return 0;
}

static int read_level(
	const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	(void)key;
	if (sandbox_level_parse(value, into))
		return expected(why, "none, external, partial or full", value);
	return 0;
}

static int read_network(
	const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	(void)key;
	if (sandbox_network_parse(value, into))
		return expected(why, "none, proxy or open", value);
	return 0;
}

static int read_choice(
	const struct policy_key *key, void *into, const char *value, struct fault *why)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;

	for (size_t i = 0; key->choices[i]; i++) {
		if (!strcmp(key->choices[i], value)) {
			str_replace(into, value);
			return 0;
		}
		buf_printf(&words, "%s%s", i ? (key->choices[i + 1] ? ", " : " or ") : "",
			key->choices[i]);
	}
	return expected(why, words.data, value);
}

/* --- writing ---------------------------------------------------------------------------------- */

struct unit {
	int64_t size;
	const char *name;
};

/* In the largest unit that holds it exactly; the last one always does. */
static void put_units(struct buf *out, int64_t amount, const struct unit *unit)
{
	while (unit->size > 1 && (!amount || amount % unit->size))
		unit++;
	buf_printf(out, "%" PRId64 "%s", amount / unit->size, unit->name);
}

static void write_text(const void *from, struct buf *out)
{
	const char *text = *(char *const *)from;

	buf_puts(out, text ? text : "");
}

static void write_int(const void *from, struct buf *out)
{
	buf_printf(out, "%d", *(const int *)from);
}

static void write_bool(const void *from, struct buf *out)
{
	buf_puts(out, *(const bool *)from ? "true" : "false");
}

static void write_duration(const void *from, struct buf *out)
{
	static const struct unit units[] = {
		{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};

	put_units(out, *(const int64_t *)from, units);
}

static void write_size(const void *from, struct buf *out)
{
	static const struct unit units[] = {
		{1 << 30, "g"}, {1 << 20, "m"}, {1 << 10, "k"}, {1, ""}};

	put_units(out, *(const int64_t *)from, units);
}

static void write_list(const void *from, struct buf *out)
{
	const struct vec *list = from;

	for (size_t i = 0; i < list->len; i++)
		buf_printf(out, "%s%s", i ? ", " : "", list->items[i]);
}

static void write_level(const void *from, struct buf *out)
{
	buf_puts(out, sandbox_level_name(*(const enum sandbox_level *)from));
}

static void write_network(const void *from, struct buf *out)
{
	buf_puts(out, sandbox_network_name(*(const enum sandbox_network *)from));
}

/* --- by kind ---------------------------------------------------------------------------------- */

static const struct {
	int (*read)(const struct policy_key *key, void *into, const char *value, struct fault *why);
	void (*write)(const void *from, struct buf *out);
} kinds[] = {
	[KEY_TEXT] = {read_text, write_text},
	[KEY_INT] = {read_int, write_int},
	[KEY_BOOL] = {read_bool, write_bool},
	[KEY_DURATION] = {read_duration, write_duration},
	[KEY_SIZE] = {read_size, write_size},
	[KEY_LIST] = {read_list, write_list},
	[KEY_LINES] = {read_lines, write_list},
	[KEY_LEVEL] = {read_level, write_level},
	[KEY_NETWORK] = {read_network, write_network},
	[KEY_CHOICE] = {read_choice, write_text},
	[KEY_FOREIGN] = {NULL, NULL},
};

int policy_value_read(
	const struct policy_key *key, void *base, const char *value, struct fault *why)
{
	return kinds[key->kind].read ? kinds[key->kind].read(key, place(key, base), value, why) : 0;
}

void policy_value_write(const struct policy_key *key, const void *base, struct buf *out)
{
	if (kinds[key->kind].write)
		kinds[key->kind].write(place_of(key, base), out);
}

void policy_value_clear(const struct policy_key *key, void *base)
{
	if (policy_key_is_many(key))
		vec_release(place(key, base));
	else if (key->kind == KEY_TEXT || key->kind == KEY_CHOICE)
		str_free(place(key, base));
}
