#include "core/guard_secrets.h"
#include "port/regex.h"
#include "secret-rows.h"
#include "tap.h"

/* Hits as "rule@start-end" lines, sorted, each once. */
static void note_hit(void *state, const struct secret_hit *hit)
{
	if (!hit->encoded)
		vec_pushf(state, "%s@%zu-%zu", hit->rule->name, hit->start, hit->end);
}

static void note_rule(void *state, const struct secret_hit *hit)
{
	vec_push(state, hit->rule->name);
}

static void find_rules(struct secrets *s, const char *text, size_t len, struct vec *out)
{
	vec_clear(out);
	secrets_scan(s, text, len, note_rule, out);
}

/* Two rules of a row's service may match the same thing: the row's own, or one of another that is as good. */
static bool found(const struct vec *rules, const char *name)
{
	return vec_has(rules, name);
}

static void check_rows(struct secrets *s, const struct secret_rows *rows)
{
	CLEANUP(vec_release) struct vec rules = VEC_INIT;
	size_t good = 0, bad = 0, empty = 0;

	for (size_t i = 0; i < rows->len; i++) {
		const struct secret_row *row = &rows->items[i];

		empty += !row->good.len || !row->bad.len;
		for (size_t k = 0; k < row->good.len * 4; k++) {
			CLEANUP(buf_release) struct buf secret = BUF_INIT, text = BUF_INIT;

			put_example(&secret, row->good.items[k / 4]);
			put_planted(&text, row, secret.data, PLACE_CODE);
			find_rules(s, text.data, text.len, &rules);
			good++;
			if (!found(&rules, row->name))
				ok(false, "%s finds its example: %s [%s]", row->name, text.data,
					rules.len ? rules.items[0] : "");
		}
		for (size_t k = 0; k < row->bad.len; k++) {
			CLEANUP(buf_release) struct buf secret = BUF_INIT, text = BUF_INIT;

			put_example(&secret, row->bad.items[k]);
			put_planted(&text, row, secret.data, PLACE_CODE);
			find_rules(s, text.data, text.len, &rules);
			bad++;
			if (found(&rules, row->name))
				ok(false, "%s does not find: %s", row->name, text.data);
		}
	}
	ok(rows->len == secret_rules_len && rows->len >= 150 && !empty,
		"%zu rules, each with examples", rows->len);
	ok(good && bad, "%zu true examples and %zu false ones were tried", good, bad);
}

/* --- as much as the slow way ------------------------------------------------------------------- */

/* Every rule on every line, from every byte of it. */
static void find_slowly(const char *text, size_t len, struct vec *out)
{
	for (size_t r = 0; r < secret_rules_len; r++) {
		const struct secret_rule *rule = &secret_rules[r];
		CLEANUP(regex_free) struct regex *code = NULL;
		struct fault why = FAULT_INIT;

		if (regex_new(rule->pattern, 0, &code, &why) &&
			!ok(false, "%s compiles: %s", rule->name, why.message))
			continue;
		for (size_t start = 0; start < len;) {
			const char *newline = memchr(text + start, '\n', len - start);
			size_t end = newline ? (size_t)(newline - text) : len;
			size_t last = rule->flags & SECRET_LINES ? len : end;
			struct regex_span place;

			for (size_t from = 0;
				from <= end - start && !regex_find(code, text + start, last - start,
							       from, false, &place);) {
				bool group = place.group_end > place.group_start;
				size_t first = group ? place.group_start : place.start;
				size_t end_of = group ? place.group_end : place.end;

				if (place.start > end - start)
					break;
				if (end_of > first)
					vec_pushf(out, "%s@%zu-%zu", rule->name, start + first,
						start + end_of);
				from = rule->flags & SECRET_LINE ? place.end : place.start + 1;
			}
			start = end + 1;
		}
	}
}

static void sort_once(struct vec *v)
{
	CLEANUP(vec_release) struct vec once = VEC_INIT;

	vec_sort(v);
	for (size_t i = 0; i < v->len; i++)
		if (!i || strcmp(v->items[i], v->items[i - 1]) != 0)
			vec_push(&once, v->items[i]);
	vec_copy(v, &once);
}

/* What the quick way finds in the text is what the slow way does. */
static void compare(const char *text, size_t len, size_t least, const char *name)
{
	CLEANUP(secrets_free) struct secrets *s = secrets_new();
	CLEANUP(vec_release) struct vec quick = VEC_INIT, slow = VEC_INIT;
	size_t missed = 0, more = 0;

	secrets_lenient(s);
	secrets_scan(s, text, len, note_hit, &quick);
	find_slowly(text, len, &slow);
	sort_once(&quick);
	sort_once(&slow);
	for (size_t i = 0; i < slow.len; i++)
		if (!vec_has(&quick, slow.items[i]) && missed++ < 10)
			printf("# missed %s\n", slow.items[i]);
	for (size_t i = 0; i < quick.len; i++)
		if (!vec_has(&slow, quick.items[i]) && more++ < 10)
			printf("# more %s\n", quick.items[i]);
	ok(!missed && !more && slow.len > least,
		"%s: as much as every rule on every line: %zu (missed %zu, more %zu)", name,
		slow.len, missed, more);
}

/* Every example in every kind of file, and broken: cut, doubled, on one line with another. */
static void check_recall(const struct secret_rows *rows, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < rows->len; i++)
		for (size_t k = 0; k < rows->items[i].good.len * PLACES; k++) {
			CLEANUP(buf_release) struct buf secret = BUF_INIT;
			int place = (int)(k % PLACES);

			put_example(&secret, rows->items[i].good.items[k / PLACES]);
			put_planted(&text, &rows->items[i], secret.data, place);
			buf_add(&text, secret.data, secret.len / 2);
			buf_add(&text, secret.data, secret.len);
			buf_putc(&text, place & 1 ? '\n' : ' ');
		}
	compare(text.data, text.len, 5 * rows->len, name);
}

/* --- what a whole text may hold, and what its parts hold --------------------------------------- */

static size_t at_random(size_t count)
{
	return (size_t)((secret_random() >> 33) % count);
}

/* An example in lines of a few bytes, as it is or in base64 with something before and after it. */
static void put_piece(struct buf *out, const struct secret_rows *rows)
{
	const struct secret_row *row = &rows->items[at_random(rows->len)];
	CLEANUP(buf_release) struct buf secret = BUF_INIT, planted = BUF_INIT, text = BUF_INIT;
	size_t width = 20 + at_random(60);

	put_example(&secret, row->good.items[at_random(row->good.len)]);
	if (at_random(3)) {
		put_planted(&planted, row, secret.data, PLACE_CODE);
		buf_printf(out, "%s\n", planted.data);
		return;
	}
	buf_printf(&planted, "%.*s%s%s", (int)at_random(4), "=: ", secret.data,
		at_random(2) ? "\nand more of it" : "");
	put_base64(&text, planted.data, "+/", at_random(2));
	for (size_t i = 0; i < text.len; i += width)
		buf_printf(out, "%.*s\n", (int)width, text.data + i);
	/* What follows is no digit, or goes on as a word, or as neither. */
	buf_puts(out, ((const char *const[]){"-----\n", "YWJjZGVm\n", "return\n"})[at_random(3)]);
}

static void count_hit(void *state, const struct secret_hit *hit)
{
	size_t *count = state;

	(void)hit;
	++*count;
}

static size_t line_start(const struct buf *text, size_t line)
{
	const char *at = text->data;

	while (line--)
		at = strchr(at, '\n') + 1;
	return (size_t)(at - text->data);
}

/* Where lines of a text hold a secret, the whole may: whatever stands before and after them. */
static void check_parts(struct secrets *s, const struct secret_rows *rows)
{
	size_t held = 0, missed = 0;

	for (int round = 0; round < 4000; round++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		size_t lines = 0, from, to, hits = 0;
		bool may;

		for (size_t i = 1 + at_random(3); i; i--)
			put_piece(&text, rows);
		for (const char *c = text.data; *c; c++)
			lines += *c == '\n';
		from = at_random(lines);
		to = from + 1 + at_random(lines - from);
		from = line_start(&text, from);
		to = line_start(&text, to);
		secrets_scan(s, text.data + from, to - from, count_hit, &hits);
		may = secrets_may(s, text.data, text.len);
		held += hits > 0;
		missed += hits > 0 && !may;
		if (hits && !may)
			printf("# missed in %.*s\n", (int)text.len, text.data);
	}
	ok(!missed && held > 1000,
		"of %zu texts with a secret in some of their lines none is missed", held);
	ok(!secrets_may(s, "nothing = to + see\n", 19), "a text without one holds none");
}

/* In base64 a line may seem to go on in the next one, which is another thing. */
static void check_next_line(struct secrets *s, const struct secret_rows *rows)
{
	size_t held = 0, missed = 0;

	for (size_t i = 0; i < rows->len * 3; i++) {
		const struct secret_row *row = &rows->items[i / 3];
		CLEANUP(buf_release) struct buf secret = BUF_INIT, text = BUF_INIT;
		size_t len, hits = 0, all = 0;

		buf_printf(&secret, "%.*s", (int)(i % 3), "=:");
		put_example(&secret, row->good.items[0]);
		put_base64(&text, secret.data, "+/", false);
		buf_putc(&text, '\n');
		len = text.len;
		buf_puts(&text, "YWJjZGVm\n");
		secrets_scan(s, text.data, len, count_hit, &hits);
		secrets_scan(s, text.data, text.len, count_hit, &all);
		held += hits > 0;
		missed += hits && (!all || !secrets_may(s, text.data, text.len));
	}
	ok(held > 200 && !missed, "of %zu secrets in base64 the next line hides none (%zu are)",
		held, missed);
}

/* --- no input makes a rule run away ------------------------------------------------------------ */

/* What makes a pattern work: its keyword again and again, with what it goes on with, and without an end. */
static void put_adversary(
	struct buf *out, const struct secret_row *row, const char *keyword, int kind, size_t size)
{
	while (out->len < size) {
		CLEANUP(buf_release) struct buf secret = BUF_INIT;

		switch (kind) {
		case 0:
			buf_puts(out, keyword);
			break;
		case 1:
			put_example(&secret, row->good.items[0]);
			buf_add(out, secret.data, secret.len - 1);
			break;
		case 2:
			buf_printf(out, "%s%s", keyword, out->len ? "a" : "");
			for (int i = 0; i < 50; i++)
				buf_puts(out, "aA0-_.= ");
			break;
		case 3:
			buf_printf(out, "%s = \"", keyword);
			break;
		default:
			buf_puts(out, out->len ? "A" : keyword);
		}
	}
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] == '\n')
			out->data[i] = ' ';
}

static void nothing(void *state, const struct secret_hit *hit)
{
	(void)state;
	(void)hit;
}

/*
 * The steps at each place are held by a limit that the rule does not reach, whatever is there; and the places are as many
 * as there are keywords (or bytes of the line, once). So the work grows with the text, and not faster.
 */
static void check_linear(const struct secret_rows *rows)
{
	size_t exceeded = 0, worse = 0;

	for (size_t i = 0; i < rows->len; i++)
		for (int kind = 0; kind < 5; kind++) {
			size_t tries[2];

			for (int twice = 0; twice < 2; twice++) {
				CLEANUP(secrets_free) struct secrets *s = secrets_new();
				CLEANUP(buf_release) struct buf text = BUF_INIT;
				struct secrets_work work;

				put_adversary(&text, &rows->items[i], secret_rules[i].keywords[0],
					kind, 20000 << twice);
				secrets_scan(s, text.data, text.len, nothing, NULL);
				work = secrets_work(s);
				tries[twice] = work.tries;
				if (work.exceeded && exceeded++ < 10)
					printf("# %s reaches its limit (%d)\n", rows->items[i].name,
						kind);
			}
			if (tries[1] > tries[0] * 2 + 200 && worse++ < 10)
				printf("# %s: %zu tries, then %zu (%d)\n", rows->items[i].name,
					tries[0], tries[1], kind);
		}
	ok(!exceeded, "no rule reaches its limit of steps on what is made to (%zu did)", exceeded);
	ok(!worse, "twice the text is at most twice the tries (%zu were more)", worse);
}

/* The interpreter's own count: the most steps a pattern takes at one place does not grow with the line. */
static void check_steps(const struct secret_rows *rows)
{
	size_t grown = 0;

	for (size_t i = 0; i < rows->len; i++) {
		CLEANUP(regex_free) struct regex *code = NULL;
		struct fault why = FAULT_INIT;

		if (regex_new(secret_rules[i].pattern, 0, &code, &why))
			continue;
		regex_limit(code, 6000);
		for (int kind = 0; kind < 5; kind++) {
			CLEANUP(buf_release) struct buf text = BUF_INIT;
			struct regex_span place;
			size_t from = 0;
			int rc;

			put_adversary(
				&text, &rows->items[i], secret_rules[i].keywords[0], kind, 40000);
			while (!(rc = regex_find(code, text.data, text.len, from, false, &place)))
				from = place.end + 1;
			if (rc < 0 && grown++ < 10)
				printf("# %s takes more than 6,000 steps at one place (%d)\n",
					rows->items[i].name, kind);
		}
	}
	ok(!grown,
		"no pattern takes more than 6,000 steps at any place of a line of 40,000 (%zu do)",
		grown);
}

int main(void)
{
	CLEANUP(secrets_free) struct secrets *s = secrets_new();
	struct secret_rows rows, documented;

	secret_rows_read(&rows);
	secret_rows_read_file(&documented, "tests/corpus/documented-secrets.ini");
	check_rows(s, &rows);
	check_recall(&rows, "our own examples");
	check_recall(&documented, "what providers print");
	secret_rows_release(&documented);
	check_parts(s, &rows);
	check_next_line(s, &rows);
	check_linear(&rows);
	check_steps(&rows);
	secret_rows_release(&rows);
	return tap_done();
}
