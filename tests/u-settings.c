#include "base/alloc.h"
#include "core/settings.h"
#include "port/toml.h"
#include "tap.h"

#include <stdint.h>
#include <stdlib.h>

static struct fault why = FAULT_INIT;

/* What is picked of a text by these patterns. */
static void picks(const char *carry, const char *text, const char *want, const char *name)
{
	CLEANUP(vec_release) struct vec keys = VEC_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	vec_push_split(&keys, carry);
	ok(settings_pick("config.toml", text, strlen(text), &keys, &out, &why) == 0, "%s: read",
		name);
	is(out.data, want, name);
}

static void test_values(void)
{
	picks("a, b, c, d, e",
		"a = \"x\"\nb = 'y # no'\nc = -1_000.5e3 # yes\nd=true\r\ne = 2024-01-02T03:04:05Z",
		"a = \"x\"\nb = 'y # no'\nc = -1_000.5e3\nd = true\ne = 2024-01-02T03:04:05Z\n",
		"values of one line");
	picks("a", "\xef\xbb\xbf# first\n\n  a = \"\\\"q\\\\\" \t# c\n", "a = \"\\\"q\\\\\"\n",
		"escapes, blanks, a byte order mark");
	picks("model", "model = \"m\"\nmodel_x = 1\nxmodel = 2\n[model]\ny = 1\n",
		"model = \"m\"\n", "only the key that is named");
	picks("a", "a\n= 1\na = \n a 1\na = 1 2\na = \"open\na = 'open\n= 1\na.=1\n", "",
		"what is no pair");
	picks("a", "a = \"\x01\"\na = \"\xff\"\na = b\xc3\n", "", "what is no text");
}

static void test_tables(void)
{
	static const char text[] =
		"model = \"m\"\n"
		"[model_providers.mine]\nbase_url = \"http://x\"\nkey = \"s3cret\"\n"
		"[ model_providers . \"with.dot\" ]\nbase_url = 'u'\n"
		"[mcp_servers.docs]\ncommand = \"rm\"\nmodel = \"not this\"\n"
		"[model_providers.mine.query_params]\napi-version = \"1\"\n"
		"[[model_providers]]\nbase_url = \"no\"\n"
		"[model_providers.broken\nbase_url = \"no\"\n"
		"[]\nmodel = \"no\"\n";

	picks("model, model_providers.*.base_url, model_providers.*.query_params.*", text,
		"model = \"m\"\n[model_providers.mine]\nbase_url = \"http://x\"\n"
		"[model_providers.\"with.dot\"]\nbase_url = 'u'\n"
		"[model_providers.mine.query_params]\napi-version = \"1\"\n",
		"tables, headers in order");
	picks("p.*.u", "p.a.u = 1\np.a.v = 2\n p . 'b c' . u = 3\n[p.d]\nu = 4\ne.u = 5\n",
		"p.a.u = 1\np.\"b c\".u = 3\n[p.d]\nu = 4\n", "dotted keys");
	picks("*", "a = 1\n\"b\\u0020\" = 2\n\"\" = 3\n[t]\nc = 4\n", "a = 1\n[t]\nc = 4\n",
		"quoted keys with escapes are left out");
}

static void test_passed_over(void)
{
	picks("a, b, model", "a = [\n  \"]\", # ]\n  'model = 1',\n  [1, 2],\n]\nmodel = \"m\"\n",
		"model = \"m\"\n", "arrays of many lines");
	picks("a, b, a.b", "a = { b = 1, c = [ { d = \"}\" } ] }\nb = 2\n", "b = 2\n",
		"inline tables");
	picks("a, b", "a = \"\"\"\nb = 1\n\\\"\"\"\"\nb = 2\n", "b = 2\n", "strings of many lines");
	picks("a, b", "a = '''\nb = 1\n'\\'''\nb = 2\n", "b = 2\n", "the other kind");
	picks("a, b", "a = '''x'''''\nb = 2\n", "b = 2\n", "with quotes at their end");
	picks("a, b", "a = [ '''\n]\n''', \"\"\"]\"\"\" ]\nb = 2\n", "b = 2\n", "within an array");
	picks("b", "a = \"\"\"\nb = 1\n", "", "one that does not end takes the rest");
	picks("b", "a = [ 1,\nb = 1\n", "", "so does an array");
}

struct wanted {
	struct vec paths;
};

static bool note(void *state, const struct vec *path)
{
	struct wanted *w = state;
	CLEANUP(buf_release) struct buf joined = BUF_INIT;

	for (size_t i = 0; i < path->len; i++)
		buf_printf(&joined, "%s|", path->items[i]);
	vec_push(&w->paths, joined.data);
	return true;
}

/* What is picked, read again, is the same: nothing it writes is more than it read. */
static bool is_stable(const char *text, size_t len)
{
	struct wanted first = {VEC_INIT}, second = {VEC_INIT};
	CLEANUP(buf_release) struct buf once = BUF_INIT, twice = BUF_INIT;
	bool same;

	toml_pick(text, len, note, &first, &once);
	toml_pick(once.data, once.len, note, &second, &twice);
	same = once.len == twice.len && !memcmp(once.data, twice.data, once.len) &&
	       first.paths.len == second.paths.len;
	for (size_t i = 0; same && i < first.paths.len; i++)
		same = !strcmp(first.paths.items[i], second.paths.items[i]);
	vec_release(&first.paths);
	vec_release(&second.paths);
	return same;
}

/* Texts put together at random from what TOML is made of; each is in memory of exactly its size, for the sanitizers. */
static void test_any_bytes(void)
{
	static const char *const pieces[] = {"a", "b.c", "\"q\"", "'l'", "\"\"\"", "'''", "[", "]",
		"[[", "]]", "{", "}", " = ", "=", "\n", "\r\n", "#", ",", ".", "1", "true", "\\",
		"\"", "'", "\t", " ", "\xff", "\xc3\xa9", "\x01", "[t]\n", "[t.u]\n", "k = 1\n",
		"k = \"v\"\n", "model = 'm'\n"};
	uint64_t seed = 1;
	size_t bad = 0;

	for (int round = 0; round < 20000; round++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		char *exact;

		for (int n = 0; n < 1 + round % 24; n++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			buf_puts(&text, pieces[(seed >> 33) % ARRAY_LEN(pieces)]);
		}
		exact = malloc(text.len ? text.len : 1);
		if (!exact)
			abort();
		memcpy(exact, text.data, text.len);
		if (!is_stable(exact, text.len) && !bad++)
			printf("# %s\n", text.data);
		free(exact);
	}
	ok(!bad, "20000 texts of any kind: what is picked reads the same again");
	ok(is_stable("a = 1\0b = 2\n", 12), "a NUL");
}

static void test_json(void)
{
	static const char text[] =
		"{\"model\":\"m\",\"hooks\":{\"Stop\":[]},\"env\":{\"ANTHROPIC_BASE_URL\":\"u\",\"ANTHROPIC_API_KEY\":\"k\","
		"\"PATH\":\"p\"},\"mcpServers\":{\"model\":1},\"permissions\":{\"allow\":[\"a\"]}}";
	CLEANUP(vec_release) struct vec keys = VEC_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	vec_push_split(&keys, "model, env.*_BASE_URL, permissions.*");
	ok(settings_pick("x.json", text, strlen(text), &keys, &out, &why) == 0, "JSON is read");
	is(out.data,
		"{\n  \"model\": \"m\",\n  \"env\": {\n    \"ANTHROPIC_BASE_URL\": \"u\"\n  },\n  \"permissions\": {\n    \"allow\": [\n"
		"      \"a\"\n    ]\n  }\n}\n",
		"what is named of it, with what is around");
	buf_clear(&out);
	ok(settings_pick("x.json", "{\"other\":1}", 11, &keys, &out, &why) == 0 && !out.len,
		"nothing is named: nothing is written");
	ok(settings_pick("x.json", "[1]", 3, &keys, &out, &why) == 0 && !out.len,
		"no object: nothing");
	ok(settings_pick("x.json", "{\"model\":", 9, &keys, &out, &why) < 0, "cut off: a fault, %s",
		why.message);
	ok(settings_pick("x.yaml", "model: m", 8, &keys, &out, &why) < 0,
		"another kind: a fault, %s", why.message);
}

static void test_hosts(void)
{
	CLEANUP(vec_release) struct vec hosts = VEC_INIT;
	struct agent a;

	agent_init(&a);
	vec_push(&a.served, "$U_SETTINGS_URL");
	vec_push(&a.served, "$U_SETTINGS_NONE");
	setenv("U_SETTINGS_URL",
		"https://user:p%40ss@gate.example.com:8443/v1?x=http://[::1]:11434/y http://127.0.0.1:80 "
		"https://no%20host/ http:// https://gate.example.com:8443",
		1);
	unsetenv("U_SETTINGS_NONE");
	ok(settings_hosts(&a, &hosts, &why) == 0 && hosts.len == 3, "hosts of URLs: %zu",
		hosts.len);
	if (hosts.len == 3) {
		is(hosts.items[0], "gate.example.com:8443", "without what is before an @");
		is(hosts.items[1], "[::1]:11434", "an IPv6 address");
		is(hosts.items[2], "127.0.0.1:80", "an IPv4 address");
	}
	agent_release(&a);
}

int main(void)
{
	test_hosts();
	test_values();
	test_tables();
	test_passed_over();
	test_any_bytes();
	test_json();
	return tap_done();
}
