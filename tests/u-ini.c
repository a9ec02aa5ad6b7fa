#include "base/alloc.h"
#include "base/buf.h"
#include "port/ini.h"
#include "tap.h"

#include <stdint.h>
#include <stdlib.h>

/* Everything told, as "section|name|key|value|line;". A key "stop" ends it with a fault. */
static int record(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	buf_printf(state, "%s|%s|%s|%s|%d;", section, name, key ? key : "-", value ? value : "-",
		line);
	if (key && !strcmp(key, "stop"))
		return fault_set(why, EXIT_FATAL, "told to stop");
	return 0;
}

static const struct {
	const char *text, *want; /* what is told; "!..." is the fault, after what was told before */
} table[] = {
	{"", ""},
	{"\n\n  \n\t\n", ""},
	{"# c\n; d\n   # e\n\t; f\n", ""},
	{"[a]\nk = v\n", "a||k|v|2;"},
	{"[a]\nk = v", "a||k|v|2;"},
	{"[a]\r\nk = v\r\n", "a||k|v|2;"},
	{"\xef\xbb\xbf[a]\nk=v\n", "a||k|v|2;"},
	{"k = v\n", "||k|v|1;"},
	{"[gate \"tests\"]\nrun = pytest -q\n", "gate|tests|run|pytest -q|2;"},
	{"[ gate  \"tests\" ]\nrun=x\n", "gate|tests|run|x|2;"},
	{"[gate \"unit tests\"]\nrun=x\n", "gate|unit tests|run|x|2;"},
	{"[a]\n\tk = v\n\tl = w\n", "a||k|v|2;a||l|w|3;"},
	{"[a]\nk = v\n  continued = no\n", "a||k|v|2;a||continued|no|3;"},
	{"[w]\nsetup = cd web ; npm test\n", "w||setup|cd web ; npm test|2;"},
	{"[w]\nsetup = a # b ;c #d\n", "w||setup|a # b ;c #d|2;"},
	{"[w]\nsetup = ; x\n", "w||setup|; x|2;"},
	{"[w]\nk = a = b : c == d\n", "w||k|a = b : c == d|2;"},
	{"[w]\nk = \"quoted 'text' \"\n", "w||k|\"quoted 'text' \"|2;"},
	{"[w]\nk = [not a header]\n", "w||k|[not a header]|2;"},
	{"[w]\nk =\nl=\n", "w||k||2;w||l||3;"},
	{"[w]\nk =   v \t \n", "w||k|v|2;"},
	{"[w]\nk = v\\\nl = w\n", "w||k|v\\|2;w||l|w|3;"},
	{"[w]\nk = one\ttwo\n", "w||k|one\ttwo|2;"},
	{"[w]\nk = \xc3\xa9\n", "w||k|\xc3\xa9|2;"},
	{"[w]\nk = 1\nk = 2\n", "w||k|1|2;w||k|2|3;"},
	{"[worktree]\nsetup.network = open\n", "worktree||setup.network|open|2;"},
	{"[a]\n[b]\nk = v\n[c \"d\"]\n", "a||-|-|1;b||k|v|3;c|d|-|-|4;"},
	{"[a]\nkey\n", "!f:2: expected 'key = value'"},
	{"[a]\nk: v\n", "!f:2: expected 'key = value'"},
	{"[a]\nk:x = v\n", "!f:2: expected 'key = value'"},
	{"[a]\n= v\n", "!f:2: expected 'key = value'"},
	{"[a]\nk = v\n\n  = v\n", "a||k|v|2;!f:4: expected 'key = value'"},
	{"[a\nk = v\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[ ]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a] # c\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a \"b]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a \"\"]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a \"b\" c]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a\"b\"]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[\"b\"]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a b]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a \"b\"c\"]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a]]\n", "!f:1: expected '[section]' or '[section \"name\"]'"},
	{"[a]\nk = \xff\n", "!f:2: expected UTF-8 text, found other bytes"},
	{"# \xff\n", "!f:1: expected UTF-8 text, found other bytes"},
	{"[a]\nk = a\x1b[31m\n", "!f:2: expected text, found a control character"},
	{"[a]\nk = a\rb\n", "!f:2: expected text, found a control character"},
	{"[a]\nk = 1\nstop = 2\nl = 3\n", "a||k|1|2;a||stop|2|3;!f:3: told to stop"},
	{"[a]\nstop = 2\nbroken\n[", "a||stop|2|2;!f:2: told to stop"},
};

static void check(const char *text, size_t len, const char *want, const char *name)
{
	CLEANUP(buf_release) struct buf got = BUF_INIT;
	struct fault why = FAULT_INIT;
	int rc = ini_read(text, len, "f", record, &got, &why);

	if (rc)
		buf_printf(&got, "!%s", why.message);
	is(got.data, want, name);
	ok(!rc == !strchr(want, '!'), "the return tells of it");
}

static void test_nul(void)
{
	static const char *const want = "!f:2: expected text, found a control character";

	check("[a]\nk\0 = v\n", 11, want, "a NUL in a key");
	check("[a]\n\0k = v\n", 11, want, "a NUL first");
	check("[a]\nk = v\0\n", 11, want, "a NUL last");
	check("[a]\nk = v\0", 10, want, "a NUL at the end of the text");
}

/* Long lines, values, keys, sections and names come through whole or are refused, never cut. */
static void test_long(void)
{
	static const size_t lens[] = {49, 50, 51, 190, 197, 198, 199, 200, 201, 1000,
		INI_LINE_MAX - 5, INI_LINE_MAX - 4, INI_LINE_MAX - 3, INI_LINE_MAX,
		INI_LINE_MAX + 1, 70000};
	char *x = calloc(1, 70001);

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT, want = BUF_INIT;
		bool fits = lens[i] + 4 <= INI_LINE_MAX;

		memset(x, 'x', 70000);
		x[lens[i]] = '\0';
		buf_printf(&text, "[a]\nk = %s\n", x);
		if (fits)
			buf_printf(&want, "a||k|%s|2;", x);
		else
			buf_printf(&want, "!f:2: the line is longer than %d bytes", INI_LINE_MAX);
		check(text.data, text.len, want.data, "a long value");

		buf_clear(&text);
		buf_clear(&want);
		buf_printf(&text, "[a]\n%s = v\n", x);
		if (fits)
			buf_printf(&want, "a||%s|v|2;", x);
		else
			buf_printf(&want, "!f:2: the line is longer than %d bytes", INI_LINE_MAX);
		check(text.data, text.len, want.data, "a long key");

		buf_clear(&text);
		buf_clear(&want);
		buf_printf(&text, "[%s \"%s\"]\nk = v\n", x, x);
		if (2 * lens[i] + 5 <= INI_LINE_MAX)
			buf_printf(&want, "%s|%s|k|v|2;", x, x);
		else
			buf_printf(&want, "!f:1: the line is longer than %d bytes", INI_LINE_MAX);
		check(text.data, text.len, want.data, "a long section and name");
	}
	free(x);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Texts of the table, damaged: whatever comes, it returns, and a fault names file and line. */
static void test_mutations(void)
{
	uint32_t seed = 20240601;
	size_t unnamed = 0, refused = 0;

	for (int round = 0; round < 20000; round++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT, got = BUF_INIT;
		struct fault why = FAULT_INIT;

		for (uint32_t parts = 1 + next_random(&seed) % 3; parts; parts--)
			buf_puts(&text, table[next_random(&seed) % ARRAY_LEN(table)].text);
		for (uint32_t hits = next_random(&seed) % 6; hits && text.len; hits--) {
			size_t at = next_random(&seed) % text.len;
			char c = (char)(next_random(&seed) % 256);

			if (next_random(&seed) % 2)
				text.data[at] = c;
			else
				buf_splice(&text, at, next_random(&seed) % 2,
					&"[]\"=\n;\\"[next_random(&seed) % 7], 1);
		}
		if (!ini_read(text.data, text.len, "f", record, &got, &why))
			continue;
		refused++;
		unnamed += strncmp(why.message, "f:", 2) || why.message[2] < '1' ||
			   why.message[2] > '9';
	}
	ok(refused > 1000 && refused < 20000, "20000 damaged texts: some are refused (%zu)",
		refused);
	ok(!unnamed, "each fault names file and line");
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		check(table[i].text, strlen(table[i].text), table[i].want, "a table row");
	test_nul();
	test_long();
	test_mutations();
	return tap_done();
}
