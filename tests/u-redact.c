#include "core/redact.h"
#include "secret-rows.h"
#include "tap.h"

static void put_all(struct buf *text, struct vec *secrets, const struct secret_rows *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		CLEANUP(buf_release) struct buf secret = BUF_INIT;

		put_example(&secret, rows->items[i].good.items[0]);
		buf_printf(text, "line %zu of a log\n", i);
		put_planted(text, &rows->items[i], secret.data, (int)(i % PLACES));
		vec_push(secrets, secret.data);
	}
}

/* Of whatever is a secret by itself, the last 12 bytes are never to be seen again. */
static size_t left_over(const struct buf *text, const struct vec *secrets)
{
	size_t left = 0;

	for (size_t i = 0; i < secrets->len; i++) {
		size_t len = strlen(secrets->items[i]);
		const char *tail = secrets->items[i] + (len > 12 ? len - 12 : 0);

		/* those that bring their surroundings end in them */
		if (strpbrk(secrets->items[i], "\"' =\n@;"))
			continue;
		if (strstr(text->data, tail)) {
			left++;
			printf("# left: %s\n", tail);
		}
	}
	return left;
}

static void check_whole(const struct secret_rows *rows)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, copy = BUF_INIT;
	CLEANUP(vec_release) struct vec secrets = VEC_INIT;
	size_t wrong = 0;

	put_all(&text, &secrets, rows);
	buf_add(&copy, text.data, text.len);
	redact(&text);
	ok(!left_over(&text, &secrets), "no secret of %zu is left", secrets.len);
	ok(strstr(text.data, "[redacted: github-pat]"), "its rule stands in its place");
	for (size_t i = 0; i < rows->len; i++) {
		char line[64];

		snprintf(line, sizeof line, "line %zu of a log\n", i);
		wrong += !strstr(text.data, line);
	}
	ok(!wrong, "every other line stays");
	for (size_t piece = 1; piece < 5000; piece = piece * 3 + 1) {
		struct redact_stream s = REDACT_STREAM_INIT;
		CLEANUP(buf_release) struct buf out = BUF_INIT;

		for (size_t at = 0; at < copy.len; at += piece)
			redact_feed(&s, copy.data + at,
				copy.len - at < piece ? copy.len - at : piece, &out);
		redact_end(&s, &out);
		redact_release(&s);
		ok(out.len == text.len && !memcmp(out.data, text.data, out.len),
			"the same in pieces of %zu", piece);
		for (size_t i = 0; i < out.len && i < text.len; i++)
			if (out.data[i] != text.data[i]) {
				printf("# differs at %zu: %.80s\n", i, out.data + i);
				break;
			}
	}
}

static void check_key(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_puts(&text, "before\n");
	put_example(&text,
		"-----BEGIN{} PRIVATE KEY-----\\nMIIE{b64:60}\\n{b64:64}\\nSecondToLast{b64:20}\\n-----END PRIVATE KEY-----\\nafter\\n");
	redact(&text);
	ok(!strstr(text.data, "SecondToLast") && strstr(text.data, "before\n") &&
			strstr(text.data, "\nafter\n"),
		"a private key goes to its end: %s", text.data);
}

static void check_value(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char *owned = xstrdup("deploy with open-sesame-42 please"), *none = NULL;

	buf_puts(&text, "open-sesame-42 twice open-sesame-42\n");
	redact(&text);
	is(text.data, "[redacted: REDACT_TEST_PASSWORD] twice [redacted: REDACT_TEST_PASSWORD]\n",
		"a value of the environment");
	redact_string(&owned);
	is(owned, "deploy with [redacted: REDACT_TEST_PASSWORD] please", "of a string");
	redact_string(&none);
	ok(!none, "of none");
	str_free(&owned);
}

/* What a log shows while it is written. */
static void check_live(void)
{
	static const char words[] = "started\nword\n",
			  code[] = "c2VjcmV0cyBhcmUgbm90IGZvciBsb2dz\n";
	struct redact_stream s = REDACT_STREAM_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	redact_feed(&s, words, strlen(words), &out);
	is(out.data, words, "lines of a word are let go as they come");
	redact_feed(&s, code, strlen(code), &out);
	is(out.data, words, "one that may be encoded waits for the next");
	redact_feed(&s, "- and on\n", 9, &out);
	ok(out.len == strlen(words) + strlen(code) + 9, "which lets it go");
	redact_release(&s);
}

static void check_long_line(void)
{
	struct redact_stream s = REDACT_STREAM_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT, secret = BUF_INIT, filler = BUF_INIT;
	size_t most = 0;

	for (int i = 0; i < 1000; i++)
		buf_puts(&filler, "wor ds ");
	put_example(&secret, "ghp{}_{alnum:30}{crc62}");
	for (int i = 0; i < 300; i++) {
		redact_feed(&s, filler.data, filler.len, &out);
		if (i % 50 == 0) {
			redact_feed(&s, secret.data, 20, &out);
			redact_feed(&s, secret.data + 20, secret.len - 20, &out);
			redact_feed(&s, " ", 1, &out);
		}
		most = s.held.len > most ? s.held.len : most;
	}
	redact_end(&s, &out);
	redact_release(&s);
	ok(!strstr(out.data, secret.data) &&
			strstr(out.data, "wor ds [redacted: github-pat] wor ds"),
		"in a line that does not end");
	ok(most < 300000, "of which little is held: %zu", most);
}

int main(void)
{
	struct secret_rows rows;

	setenv("REDACT_TEST_PASSWORD", "open-sesame-42", 1);
	secret_rows_read(&rows);
	check_whole(&rows);
	check_key();
	check_value();
	check_live();
	check_long_line();
	secret_rows_release(&rows);
	return tap_done();
}
