#include "base/alloc.h"
#include "core/diff_lines.h"
#include "core/guard_secrets.h"
#include "core/secret_allow.h"
#include "core/secret_check.h"
#include "tap.h"

static bool holds(unsigned char check, const char *secret)
{
	const struct secret_rule rule = {.name = "r", .check = check};

	return secret_check(&rule, secret, strlen(secret));
}

static void check_structures(void)
{
	char digits[7];

	/* The published example of an expired token, without what would make it look like one. */
	secret_crc62("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", 30, 6, digits);
	is(digits, "0mLq17", "the checksum of GitHub's and npm's tokens");
	ok(secret_crc32("123456789", 9) == 0xcbf43926, "CRC-32's own check value");
	ok(holds(SECRET_CRCHEX, "123456789cbf43926") && !holds(SECRET_CRCHEX, "123456789cbf43927"),
		"and in hex behind what it is of");
	ok(secret_entropy("aaaa", 4) < 0.001 && secret_entropy("abcdefgh", 8) > 2.99 &&
			secret_entropy("abcdefgh", 8) < 3.01 && secret_entropy("", 0) < 0.001,
		"entropy of what is known");
	ok(holds(SECRET_JWT, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln"), "a token's two objects");
	ok(!holds(SECRET_JWT, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0"),
		"not without the third part");
	ok(!holds(SECRET_JWT, "eyJmb28iOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln"),
		"not without its algorithm");
	ok(holds(SECRET_SNOWFLAKE, "MTIzNDU2NzIzNDU2NzIzNDU2.x.y") &&
			!holds(SECRET_SNOWFLAKE, "aGVsbG8.x.y"),
		"whose number");
	ok(holds(SECRET_MIXED, "x9Kq2LmZ") && !holds(SECRET_MIXED, "getAccessToken") &&
			!holds(SECRET_MIXED, "my-own-name-2024") &&
			!holds(SECRET_MIXED, "SOME_CONSTANT_1"),
		"chance, and what is written by people");
	ok(holds(SECRET_CHANCE, "x9Kq2LmZw4Rt8VbN") && holds(SECRET_CHANCE, "k3j9d8s7f6g5h4j3") &&
			!holds(SECRET_CHANCE, "tokenSecretKeyRef12Name") &&
			!holds(SECRET_CHANCE, "my-own-name-2024"),
		"chance, and names in camel case");
	ok(!holds(SECRET_BASIC, "dXNlcjpwYXNzd29yZDE=") &&
			holds(SECRET_BASIC, "dXNlcjpoN0drMm1QcQ==") &&
			holds(SECRET_BASIC, "x9Kq2LmZw4Rt8VbN"),
		"a name and a password in base64: the password counts");
	ok(!holds(SECRET_ANY, "eyJraWQiOiJTajV3...") && !holds(SECRET_ANY, "key_1234") &&
			!holds(SECRET_ANY, "Password1") && holds(SECRET_ANY, "key_1243"),
		"what is cut short, and a word with a count behind it");
	ok(!holds(SECRET_ANY, "sk-1234567890") &&
			holds(SECRET_ANY, "t1234567890ab1cde2f3ab456c7d89efab4g"),
		"what is counted up, and what only has it in it");
	ok(!holds(SECRET_ANY, "my-example-value") && !holds(SECRET_ANY, "xxxxxxxxxxxx") &&
			!holds(SECRET_ANY, "${TOKEN}") && !holds(SECRET_ANY, "password") &&
			holds(SECRET_ANY, "h7Gk-2mP"),
		"what documentation writes");
}

static void check_allow(void)
{
	struct secret_allow allow = SECRET_ALLOW_INIT;
	const char *text = "# why\n\n0123456789abcdef  of a test \npath:doc/** made up\r\n";
	struct fault why = FAULT_INIT;
	char a[SECRET_PRINT_SIZE], b[SECRET_PRINT_SIZE];
	char *reason;

	ok(!secret_allow_read(&allow, text, strlen(text), "f", &why), "a file with both forms");
	is(secret_allow_find(&allow, "0123456789abcdef", NULL), "of a test", "by fingerprint");
	is(secret_allow_find(&allow, "ffffffffffffffff", "doc/a/b"), "made up", "by path");
	ok(!secret_allow_find(&allow, "ffffffffffffffff", "src/doc"), "nothing else");
	ok(secret_allow_read(&allow, "0123456789abcdef\n", 17, "f", &why) < 0 &&
			strstr(why.message, "f:1: "),
		"no reason: %s", why.message);
	ok(secret_allow_read(&allow, "\n0123 x\n", 8, "f", &why) < 0 &&
			strstr(why.message, "f:2: "),
		"no fingerprint: %s", why.message);
	secret_allow_release(&allow);
	secret_print("r", "p", "s", 1, a);
	secret_print("r", "q", "s", 1, b);
	ok(strcmp(a, b) != 0 && strlen(a) == SECRET_PRINT_DIGITS,
		"another path, another fingerprint");
	reason = secret_allow_inline("k = 1; /* git-agent: allow-secret made up */", 44);
	is(reason, "made up", "a reason in a comment");
	str_free(&reason);
	ok(!secret_allow_inline("k = 1; /* git-agent: allow-secret */", 36), "none in it");
}

static void count(void *state, const struct secret_hit *hit)
{
	*(size_t *)state += hit->variable != NULL;
}

static void check_environ(void)
{
	static const char *const env[] = {"A_TOKEN=h7Gk2mPq", "B_PASSWORD=postgres",
		"C_KEY=/etc/ssl/key1", "D_SECRET=short1", "EDITOR=vim12345",
		"F_API_KEY=aaaaaaaaaaaa", NULL};
	const char *text =
		"h7Gk2mPq postgres /etc/ssl/key1 short1 vim12345 aaaaaaaaaaaa aDdHazJtUHE=";
	CLEANUP(secrets_free) struct secrets *s = secrets_new();
	size_t found = 0;

	secrets_add_environ(s, env);
	secrets_scan(s, text, strlen(text), count, &found);
	ok(found == 1, "of the environment what may be one: %zu", found);
}

static int on_added(
	void *state, const char *path, size_t line, const char *text, size_t len, struct fault *why)
{
	(void)why;
	buf_printf(state, "%s:%zu:%.*s|", path, line, (int)len - 1, text);
	return 0;
}

static void read_diff(const char *text, size_t len, const char *want, const char *name)
{
	CLEANUP(buf_release) struct buf told = BUF_INIT, bytes = BUF_INIT;
	const struct diff_sink sink = {.state = &told, .added = on_added};
	CLEANUP(diff_lines_release) struct diff_lines d;
	struct fault why = FAULT_INIT;

	diff_lines_init(&d, &sink);
	buf_add(&bytes, text, len);
	if (diff_lines_feed(&d, &bytes, &why) || diff_lines_end(&d, &why)) {
		buf_clear(&told);
		buf_puts(&told, "fault");
	}
	is(told.data, want, name);
}

#define DIFF(text, want, name) read_diff(text, sizeof(text) - 1, want, name)

static void check_diff(void)
{
	DIFF("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n-b\n+c\n+d\n@@ -9,0 +10 @@\n+e\n",
		"x:1:c\nd|x:10:e|", "hunks");
	DIFF("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,3 @@\n+++ b/y\n+@@ -1 +1 @@\n+diff --git a/z b/z\n",
		"x:1:++ b/y\n@@ -1 +1 @@\ndiff --git a/z b/z|",
		"lines that look like the diff's own");
	DIFF("diff --git \"a/t\\tb\" \"b/t\\tb\"\n--- /dev/null\n+++ \"b/t\\tb\\303\\251\"\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n",
		"t\tb\xc3\xa9:1:x|", "a name in quotes");
	DIFF("diff --cc m\n--- a/m\n+++ b/m\n@@@ -1,1 -1,1 +1,3 @@@\n++both\n +ours\n  old\n",
		"m:1:both\nours|", "a merge");
	DIFF("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,3 @@\n+a\n", "fault",
		"a hunk that ends early");
	DIFF("@@ -x +1 @@\n", "fault", "a head that is none");
}

int main(void)
{
	check_structures();
	check_allow();
	check_environ();
	check_diff();
	return tap_done();
}
