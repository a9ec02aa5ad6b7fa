#include "base/alloc.h"
#include "port/json.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>

static void test_refused(void)
{
	static const struct {
		const char *text;
		size_t len; /* 0: strlen */
		const char *name;
	} table[] = {
		{"", 0, "nothing"},
		{"{", 0, "an open object"},
		{"{\"a\":1,\"a\":2}", 0, "a key twice"},
		{"{\"a\":{\"b\":1,\"b\":1}}", 0, "a key twice further in"},
		{"[1,]", 0, "a comma at the end"},
		{"{} {}", 0, "text after the value"},
		{"[\"\xff\"]", 0, "bytes that are not UTF-8"},
		{"[\"\xed\xa0\x80\"]", 0, "a surrogate as UTF-8"},
		{"[\"\\u0000\"]", 0, "an escaped NUL"},
		{"[\"a\0b\"]", 7, "a NUL"},
		{"[\"\\ud800\"]", 0, "half a surrogate pair"},
		{"[9223372036854775808]", 0, "an integer past 64 bits"},
		{"[1e999]", 0, "a real past its range"},
		{"[01]", 0, "a leading zero"},
		{"{a:1}", 0, "a bare key"},
		{"[\"\n\"]", 0, "a raw newline in a string"},
		{"NaN", 0, "no number"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fault why = FAULT_INIT;
		struct json *value = NULL;
		size_t len = table[i].len ? table[i].len : strlen(table[i].text);
		int rc = json_parse(table[i].text, len, &value, &why);

		ok(rc == -1 && !value && why.exit == EXIT_FATAL &&
				strstr(why.message, "bad JSON at line "),
			"refuses %s: %s", table[i].name, why.message);
		json_free(&value);
	}
}

static void test_place(void)
{
	struct fault why = FAULT_INIT;
	struct json *value = NULL;

	json_parse("{\n  \"a\": oops\n}", 15, &value, &why);
	ok(strstr(why.message, "line 2, column") != NULL, "tells the line: %s", why.message);
	json_parse("[\x1b]0;title\x07]", 12, &value, &why);
	ok(!strchr(why.message, 0x1b), "quotes no escape sequence: %s", why.message);
}

static void test_round_trip(void)
{
	static const char *const texts[] = {
		"{\"z\":1,\"a\":[true,false,null],\"m\":{\"x\":\"y\"}}",
		"[9223372036854775807,-9223372036854775808,9007199254740993]",
		"\"lone\"",
		"[]",
		"{}",
		"[\"\\u001b\\n\\t\\\"\\\\ \xc3\xa9 \xf0\x9f\x98\x80\"]",
	};
	static const char *const written[] = {NULL, NULL, NULL, NULL, NULL,
		"[\"\\u001B\\n\\t\\\"\\\\ \xc3\xa9 \xf0\x9f\x98\x80\"]"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fault why = FAULT_INIT;
		struct json *value = NULL;
		CLEANUP(buf_release) struct buf out = BUF_INIT;

		ok(!json_parse(texts[i], strlen(texts[i]), &value, &why), "reads %zu: %s", i,
			why.message);
		json_write(value, false, &out);
		is(out.data, written[i] ? written[i] : texts[i], "writes it as it was");
		json_free(&value);
		ok(!value, "free sets NULL");
	}
}

static void test_building(void)
{
	struct json *object = json_object(), *array = json_array();
	CLEANUP(vec_release) struct vec list = VEC_INIT, back = VEC_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	vec_push(&list, "one");
	vec_push(&list, "two");
	json_set_text(object, "text",
		"a\xff\xfe"
		"b\xc3");
	json_set_text(object, "none", NULL);
	json_set_int(object, "int", INT64_MIN);
	json_set_real(object, "real", 1.0 / 3);
	json_set_real(object, "nan", NAN);
	json_set_bool(object, "bool", true);
	json_set_list(object, "list", &list);
	json_push(array, NULL);
	json_push_text(array, "x");
	json_push(array, json_object());
	json_set(object, "array", array);
	json_set(object, "null", NULL);
	json_set_bool(object, "bool", false);
	json_write(object, false, &out);
	is(out.data,
		"{\"text\":\"a??b?\",\"none\":null,\"int\":-9223372036854775808,\"real\":0.333333,"
		"\"nan\":null,\"bool\":false,\"list\":[\"one\",\"two\"],\"array\":[null,\"x\",{}],"
		"\"null\":null}",
		"members in order of first setting, bad bytes replaced, six digits");
	json_list(object, "list", &back);
	ok(back.len == 2 && !strcmp(back.items[1], "two"), "reads a list");
	json_list(object, "array", &back);
	ok(back.len == 3, "a list takes strings only");
	json_list(object, "int", &back);
	json_list(NULL, "list", &back);
	ok(back.len == 3, "what is no array adds nothing");
	buf_clear(&out);
	json_write(json_get(object, "list"), true, &out);
	is(out.data, "[\n  \"one\",\n  \"two\"\n]", "indented by two, no newline at the end");
	json_free(&object);
}

static void test_reading(void)
{
	static const char text[] =
		"{\"t\":\"x\",\"i\":7,\"r\":2.5,\"b\":true,\"n\":null,\"a\":[1,\"q\"],\"big\":9007199254740993}";
	struct fault why = FAULT_INIT;
	struct json *o = NULL;

	ok(!json_parse(text, strlen(text), &o, &why), "reads an object");
	is(json_text(o, "t", "no"), "x", "a string");
	is(json_text(o, "i", "no"), "no", "a number is no string");
	is(json_text(o, "missing", NULL), NULL, "a missing member");
	is(json_text(NULL, "t", "no"), "no", "no object");
	is(json_text(json_get(o, "a"), "t", "no"), "no", "an array has no members");
	ok(json_int(o, "i", -1) == 7 && json_int(o, "r", -1) == -1, "an integer, and none");
	ok(json_int(o, "big", 0) == 9007199254740993, "exact past 2^53");
	ok(json_real(o, "r", 0) > 2.4 && json_real(o, "i", 0) > 6.9 && json_real(o, "t", -1) < 0,
		"reals; integers count as such");
	ok(json_bool(o, "b", false) && json_bool(o, "i", true) && !json_bool(o, "n", false),
		"booleans");
	ok(json_len(json_get(o, "a")) == 2 && json_len(o) == 0 && json_len(NULL) == 0, "length");
	is(json_as_text(json_at(json_get(o, "a"), 1)), "q", "an element");
	ok(!json_at(json_get(o, "a"), 2) && !json_at(o, 0) && !json_as_text(NULL), "no element");
	json_free(&o);
	json_free(&o);
}

static void test_depth(void)
{
	struct fault why = FAULT_INIT;
	struct json *value = NULL;
	char *deep = malloc(200000);

	memset(deep, '[', 200000);
	ok(json_parse(deep, 200000, &value, &why) == -1, "nesting without end is refused: %s",
		why.message);
	free(deep);
}

int main(void)
{
	test_refused();
	test_place();
	test_round_trip();
	test_building();
	test_reading();
	test_depth();
	return tap_done();
}
