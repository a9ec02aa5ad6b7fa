#include "core/guard_secrets_private.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "core/secret_check.h"

#include <stdlib.h>
#include <string.h>

#define REACH         16384 /* bytes after its keyword that a pattern sees */
#define ENCODED_LINES 16    /* at whose ends what is encoded may end */
#define BACK          64    /* decoded characters before it */

static const struct secret_rule value_rule = {
	.name = "environment", .description = "value of a secret variable of the environment"};

/* --- one keyword ------------------------------------------------------------------------------- */

static void keep(struct secrets *s, const struct secret_hit *hit, size_t order, char *decoded)
{
	GROW(s->found, s->found_len, s->found_cap);
	s->found[s->found_len++] = (struct found){*hit, decoded, order};
}

/* NULL: it does not compile, which the tests rule out for ours and secrets_add for others. */
static struct regex *code_of(struct tried *t)
{
	struct fault ignored = FAULT_INIT;

	if (!t->code && !t->bad)
		t->bad = regex_new(t->rule->pattern, 0, &t->code, &ignored) < 0;
	return t->code;
}

static bool counts(
	const struct secrets *s, const struct secret_rule *rule, const char *secret, size_t len)
{
	/* What goes on over the ends of lines may be another thing where the part ends. */
	if (s->lenient || (s->part && rule->flags & SECRET_LINES))
		return true;
	return secret_check(rule, secret, len);
}

static int try_at(struct secrets *s, struct tried *t, const char *text, size_t len, size_t from,
	bool anchored, struct regex_span *place)
{
	struct regex *code = code_of(t);
	int rc;

	if (!code)
		return 1;
	s->work.tries++;
	rc = regex_find(code, text, len, from, anchored, place);
	s->work.exceeded += rc < 0;
	s->maybe = s->maybe || rc < 0;
	if (!rc && place->group_start == place->group_end) {
		place->group_start = place->start;
		place->group_end = place->end;
	}
	return rc;
}

static void keep_place(struct secrets *s, const struct tried *t, const char *text, size_t offset,
	const struct regex_span *place)
{
	struct secret_hit hit = {.rule = t->rule,
		.start = offset + place->group_start,
		.end = offset + place->group_end,
		.secret = text + place->group_start,
		.len = place->group_end - place->group_start};

	if (hit.len && counts(s, t->rule, hit.secret, hit.len))
		keep(s, &hit, (size_t)(t - s->rules), NULL);
}

static void find_line(struct secrets *s, size_t at)
{
	const char *newline;

	if (at < s->line_end && at >= s->line_start)
		return;
	newline = at ? memrchr(s->text + s->line_end, '\n', at - s->line_end) : NULL;
	/* Searches go forward: nothing before the last line is looked at again. */
	s->line_start = newline ? (size_t)(newline - s->text) + 1 : s->line_end ? s->line_end : 0;
	newline = memchr(s->text + at, '\n', s->len - at);
	s->line_end = newline ? (size_t)(newline - s->text) : s->len;
}

static void try_anchored(struct secrets *s, struct tried *t, size_t at)
{
	size_t end = t->rule->flags & SECRET_LINES ? s->len : s->line_end;
	struct regex_span place;

	if (end - at > REACH)
		end = at + REACH;
	if (!try_at(s, t, s->text + s->line_start, end - s->line_start, at - s->line_start, true,
		    &place))
		keep_place(s, t, s->text + s->line_start, s->line_start, &place);
}

static void try_line(struct secrets *s, struct tried *t)
{
	const char *line = s->text + s->line_start;
	size_t len = s->line_end - s->line_start, from = 0;
	struct regex_span place;

	if (t->scan == s->scan && t->line_after > s->line_start)
		return;
	t->scan = s->scan;
	t->line_after = s->line_end + 1;
	while (!try_at(s, t, line, len, from, false, &place)) {
		keep_place(s, t, line, s->line_start, &place);
		from = place.end > from ? place.end : from + 1;
	}
}

/* --- what is encoded --------------------------------------------------------------------------- */

/* Decodes what follows `at`, over the ends of lines, until what is no digit; *end is there, at `limit` at the latest. */
static void decode_on(
	const struct secrets *s, size_t at, size_t limit, struct buf *out, size_t *end)
{
	CLEANUP(buf_release) struct buf run = BUF_INIT;

	while (at < limit) {
		unsigned char c = (unsigned char)s->text[at];

		if (secret_digit64(c) >= 0)
			buf_putc(&run, (char)c);
		else if (c != '\n' && c != '\r')
			break;
		at++;
	}
	secret_decode64(run.data, run.len, out);
	*end = at;
}

/* The group of digits in which the word at `at` begins, or up to so many before it on the same line. */
static size_t run_start(const struct secrets *s, size_t start)
{
	for (size_t back = 0; back + 4 <= BACK && start >= 4; back += 4) {
		for (size_t i = 1; i <= 4; i++)
			if (secret_digit64((unsigned char)s->text[start - i]) < 0)
				return start;
		start -= 4;
	}
	return start;
}

/* What is encoded from `start` on, where the rule's word is `skipped` bytes in. 0: it is one; *end is where the run ends. */
static int try_run(struct secrets *s, const struct word *word, size_t start, size_t skipped,
	size_t limit, size_t *end)
{
	struct tried *t = &s->rules[word->rule];
	CLEANUP(buf_release) struct buf decoded = BUF_INIT;
	struct regex_span place;
	struct secret_hit hit;

	decode_on(s, start, limit, &decoded, end);
	if (try_at(s, t, decoded.data, decoded.len, skipped, true, &place) ||
		(!s->part && !counts(s, t->rule, decoded.data + place.group_start,
				     place.group_end - place.group_start)))
		return 1;
	hit = (struct secret_hit){.rule = t->rule,
		.start = start + place.group_start / 3 * 4,
		.end = *end,
		.len = place.group_end - place.group_start,
		.encoded = true};
	char *secret = xstrndup(decoded.data + place.group_start, hit.len);

	hit.secret = secret;
	keep(s, &hit, word->rule, secret);
	return 0;
}

static void try_encoded(struct secrets *s, const struct word *word, size_t at)
{
	const size_t first[] = {0, 2, 3}; /* the digit of its group that the word begins with */
	size_t group, start, skipped, limit, end = 0;

	if (at < first[word->phase])
		return;
	group = at - first[word->phase];
	start = run_start(s, group);
	skipped = (group - start) / 4 * 3 + word->phase;
	limit = s->len - start > REACH ? start + REACH : s->len;
	if (!try_run(s, word, start, skipped, limit, &end))
		return;
	/* The next line may be another thing, which only looks as if the digits went on in it. */
	limit = end;
	for (size_t cut = at, lines = 0; cut < limit; cut++, lines++) {
		const char *newline = memchr(s->text + cut, '\n', limit - cut);

		s->maybe = s->maybe || (newline && lines == ENCODED_LINES);
		if (!newline || lines == ENCODED_LINES)
			return;
		cut = (size_t)(newline - s->text);
		if (!try_run(s, word, start, skipped, cut, &end))
			return;
	}
}

/* --- a scan ------------------------------------------------------------------------------------ */

static void meet(struct secrets *s, const struct word *word, size_t at)
{
	if (word->bytes && memcmp(s->text + at, word->bytes, word->len) != 0)
		return;
	if (word->kind == WORD_VALUE) {
		struct secret_hit hit = {.rule = &value_rule,
			.start = at,
			.end = at + word->len,
			.secret = s->text + at,
			.len = word->len,
			.variable = s->values[word->rule].name};

		keep(s, &hit, 0, NULL);
		return;
	}
	if (word->kind == WORD_ENCODED) {
		try_encoded(s, word, at);
		return;
	}
	find_line(s, at);
	if (s->rules[word->rule].rule->flags & SECRET_LINE)
		try_line(s, &s->rules[word->rule]);
	else
		try_anchored(s, &s->rules[word->rule], at);
}

static int by_place(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->hit.start != y->hit.start)
		return x->hit.start < y->hit.start ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->hit.end != y->hit.end ? (x->hit.end < y->hit.end ? 1 : -1) : 0;
}

static int weight(const struct secret_hit *hit)
{
	return hit->variable ? 3 : hit->rule->flags & SECRET_GENERIC ? 1 : 2;
}

/* Another tells the same bytes better: a particular rule than a general one, the first of two alike. */
static bool is_told(const struct secrets *s, size_t i)
{
	const struct secret_hit *hit = &s->found[i].hit;

	for (size_t k = i; k-- > 0 && i - k < 16;) {
		const struct secret_hit *other = &s->found[k].hit;

		if (other->end > hit->start && weight(other) >= weight(hit))
			return true;
	}
	for (size_t k = i + 1; k < s->found_len && s->found[k].hit.start < hit->end; k++)
		if (weight(&s->found[k].hit) > weight(hit))
			return true;
	return false;
}

static void meet_all(struct secrets *s, const char *text, size_t len)
{
	size_t at = 0;
	uint32_t trie = 0;

	secrets_ready(s);
	s->text = text;
	s->len = len;
	s->line_start = s->line_end = 0;
	s->scan++;
	s->maybe = false;
	while (keywords_next(s->keywords, text, len, &at, &trie)) {
		for (uint32_t hit = 0, id; keywords_hit(s->keywords, trie, &hit, &id);)
			meet(s, &s->words[id], at - s->words[id].len);
		if (s->part && (s->maybe || s->found_len))
			return;
	}
}

void secrets_scan(struct secrets *s, const char *text, size_t len, secret_sink *sink, void *state)
{
	meet_all(s, text, len);
	if (!s->found_len)
		return;
	qsort(s->found, s->found_len, sizeof *s->found, by_place);
	for (size_t i = 0; i < s->found_len; i++)
		if (s->lenient || !is_told(s, i))
			sink(state, &s->found[i].hit);
	secrets_forget(s);
}

bool secrets_may(struct secrets *s, const char *text, size_t len)
{
	bool may;

	s->part = true;
	meet_all(s, text, len);
	s->part = false;
	may = s->maybe || s->found_len > 0;
	secrets_forget(s);
	return may;
}

struct secrets_work secrets_work(const struct secrets *s)
{
	return s->work;
}

size_t secrets_keywords(struct secrets *s, const char *text, size_t len)
{
	size_t at = 0, met = 0;
	uint32_t trie = 0;

	secrets_ready(s);
	while (keywords_next(s->keywords, text, len, &at, &trie))
		met++;
	return met;
}
