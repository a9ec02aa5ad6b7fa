#include "core/guard_secrets.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/keywords.h"
#include "base/vec.h"
#include "core/secret_check.h"
#include "port/regex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REACH       16384 /* bytes after its keyword that a pattern sees */
#define BACK        64    /* decoded characters before it */
#define VALUE_MIN   8     /* bytes of a variable's value */
#define VALUE_MAX   4096
#define WORD_MAX    20
#define VALUES_MAX  64
#define KEYWORD_MIN 3

enum word_kind { WORD_PLAIN, WORD_ENCODED, WORD_VALUE };

struct word {              /* what a keyword's id stands for */
	const char *bytes; /* as they must stand there; NULL: in any case */
	size_t len;
	uint32_t rule; /* or value */
	unsigned char kind;
	unsigned char phase; /* encoded: how many bytes of its group of three are before it */
};

struct tried { /* a rule, once it is needed */
	const struct secret_rule *rule;
	struct regex *code;
	bool bad; /* does not compile */
	size_t scan,
		line_after; /* the last scan, and the end of the line, in which it was looked for */
};

struct value {
	char *name, *bytes;
};

struct own { /* a rule of a policy's */
	struct secret_rule rule;
	struct vec words;
	char *name, *pattern;
};

struct found {
	struct secret_hit hit;
	char *decoded; /* owned */
	size_t order;  /* of its rule */
};

struct secrets {
	struct tried *rules;
	size_t rules_len, rules_cap;
	struct own **own;
	size_t own_len, own_cap;
	struct value *values;
	size_t values_len, values_cap;
	struct word *words;
	size_t words_len, words_cap;
	struct vec encoded; /* owns the bytes of encoded words */
	struct keywords *keywords;
	bool lenient;
	struct secrets_work work;
	/* Of one scan. */
	const char *text;
	size_t len, scan;
	size_t line_start,
		line_end; /* the line last looked at; line_end is its newline or the end */
	struct found *found;
	size_t found_len, found_cap;
};

static const struct secret_rule value_rule = {
	.name = "environment", .description = "value of a secret variable of the environment"};

/* --- what is looked for ------------------------------------------------------------------------ */

static void add_rule(struct secrets *s, const struct secret_rule *rule)
{
	GROW(s->rules, s->rules_len, s->rules_cap);
	s->rules[s->rules_len++] = (struct tried){.rule = rule};
}

struct secrets *secrets_new(void)
{
	struct secrets *s = xcalloc(1, sizeof *s);

	s->encoded = (struct vec)VEC_INIT;
	for (size_t i = 0; i < secret_rules_len; i++)
		add_rule(s, &secret_rules[i]);
	return s;
}

static void forget_found(struct secrets *s)
{
	for (size_t i = 0; i < s->found_len; i++)
		free(s->found[i].decoded);
	s->found_len = 0;
}

void secrets_free(struct secrets **at)
{
	struct secrets *s = *at;

	if (!s)
		return;
	forget_found(s);
	for (size_t i = 0; i < s->rules_len; i++)
		regex_free(&s->rules[i].code);
	for (size_t i = 0; i < s->own_len; i++) {
		free(s->own[i]->name);
		free(s->own[i]->pattern);
		vec_release(&s->own[i]->words);
		free(s->own[i]);
	}
	for (size_t i = 0; i < s->values_len; i++) {
		free(s->values[i].name);
		free(s->values[i].bytes);
	}
	vec_release(&s->encoded);
	keywords_free(&s->keywords);
	free(s->rules);
	free(s->own);
	free(s->values);
	free(s->words);
	free(s->found);
	free(s);
	*at = NULL;
}

int secrets_add(struct secrets *s, const char *name, const char *pattern, const char *keywords,
	struct fault *why)
{
	CLEANUP(regex_free) struct regex *code = NULL;
	struct own *own;
	struct vec words = VEC_INIT;
	bool good;

	if (regex_new(pattern, 0, &code, why))
		return -1;
	vec_push_split(&words, keywords);
	good = words.len > 0;
	for (size_t i = 0; i < words.len; i++)
		good = good && strlen(words.items[i]) >= KEYWORD_MIN;
	if (!good) {
		vec_release(&words);
		return fault_set(why, EXIT_FATAL,
			"expected keywords of at least %d characters, one of which is in every match",
			KEYWORD_MIN);
	}
	own = xcalloc(1, sizeof *own);
	own->words = words;
	own->name = xstrdup(name);
	own->pattern = xstrdup(pattern);
	own->rule = (struct secret_rule){.name = own->name,
		.description = "a rule of this repository",
		.source = "",
		.pattern = own->pattern,
		.keywords = (const char *const *)own->words.items,
		.flags = SECRET_LINE | SECRET_FOLD};
	GROW(s->own, s->own_len, s->own_cap);
	s->own[s->own_len++] = own;
	add_rule(s, &own->rule);
	return 0;
}

static bool says_secret(const char *name, size_t len)
{
	static const char *const ends[] = {"TOKEN", "_KEY", "APIKEY", "SECRET", "PASSWORD",
		"PASSWD", "PASSPHRASE", "CREDENTIALS", "_PAT", "_PWD", "SECRET_ACCESS_KEY", "_DSN"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t size = strlen(ends[i]);

		if (len >= size && !strncasecmp(name + len - size, ends[i], size))
			return true;
	}
	return false;
}

/* "postgres" is the password of many a test, and stands in many a file. */
static bool is_word(const char *value, size_t len)
{
	return len < WORD_MAX && (strspn(value, "abcdefghijklmnopqrstuvwxyz") == len ||
					 strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len);
}

static bool may_be_secret(const char *value)
{
	size_t len = strlen(value);

	if (len < VALUE_MIN || len > VALUE_MAX || value[0] == '/' || value[0] == '~' ||
		!strncmp(value, "./", 2) || strchr(value, '\n') || is_word(value, len))
		return false;
	return secret_entropy(value, len) >= 2;
}

void secrets_add_environ(struct secrets *s, const char *const *env)
{
	for (; *env && s->values_len < VALUES_MAX; env++) {
		size_t len = strcspn(*env, "=");

		if ((*env)[len] != '=' || !says_secret(*env, len) || !may_be_secret(*env + len + 1))
			continue;
		GROW(s->values, s->values_len, s->values_cap);
		s->values[s->values_len++] =
			(struct value){xstrndup(*env, len), xstrdup(*env + len + 1)};
	}
}

void secrets_lenient(struct secrets *s)
{
	s->lenient = true;
}

static void add_word(struct secrets *s, const struct word *word, const char *bytes)
{
	keywords_add(s->keywords, bytes, word->len, (uint32_t)s->words_len);
	GROW(s->words, s->words_len, s->words_cap);
	s->words[s->words_len++] = *word;
}

/*
 * What of a word's base64 does not depend on what is around it, for each of the three places it can have in a group. The
 * first digit that it alone decides is the first, third or fourth of its group.
 */
static void add_encoded(struct secrets *s, const char *bytes, size_t len, uint32_t rule)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t skipped[] = {
		0, 4, 2}; /* bits of the word that digits before the first decide */

	for (unsigned char phase = 0; phase < 3; phase++) {
		char code[32];
		size_t count = 0;

		for (size_t bit = skipped[phase]; bit + 6 <= len * 8 && count < sizeof code - 1;
			bit += 6) {
			unsigned both = (unsigned char)bytes[bit / 8] * 256U;

			if (bit / 8 + 1 < len)
				both += (unsigned char)bytes[bit / 8 + 1];
			code[count++] = digits[both >> (10 - bit % 8) & 63];
		}
		code[count] = '\0';
		if (count < 4)
			continue;
		vec_push(&s->encoded, code);
		add_word(s,
			&(struct word){s->encoded.items[s->encoded.len - 1], count, rule,
				WORD_ENCODED, phase},
			code);
	}
}

static void add_keywords(struct secrets *s, uint32_t i)
{
	const struct secret_rule *rule = s->rules[i].rule;
	bool fold = rule->flags & SECRET_FOLD;

	for (const char *const *word = rule->keywords; *word; word++) {
		add_word(s, &(struct word){fold ? NULL : *word, strlen(*word), i, WORD_PLAIN, 0},
			*word);
		if (!(rule->flags & (SECRET_LINE | SECRET_FOLD)))
			add_encoded(s, *word, strlen(*word), i);
	}
}

/* Everything that was added becomes one table; the next scan begins with it. */
void secrets_ready(struct secrets *s)
{
	if (s->keywords)
		return;
	s->keywords = keywords_new();
	for (size_t i = 0; i < s->rules_len; i++)
		add_keywords(s, (uint32_t)i);
	for (size_t i = 0; i < s->values_len; i++)
		add_word(s,
			&(struct word){s->values[i].bytes, strlen(s->values[i].bytes), (uint32_t)i,
				WORD_VALUE, 0},
			s->values[i].bytes);
	keywords_build(s->keywords);
}

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
	return s->lenient || secret_check(rule, secret, len);
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

/* Decodes what follows `at`, over the ends of lines, until what is no digit; *end is there. */
static void decode_on(const struct secrets *s, size_t at, struct buf *out, size_t *end)
{
	size_t limit = s->len - at > REACH ? at + REACH : s->len;
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

static void try_encoded(struct secrets *s, const struct word *word, size_t at)
{
	const size_t first[] = {0, 2, 3}; /* the digit of its group that the word begins with */
	size_t back = 0, start, end;
	struct tried *t = &s->rules[word->rule];
	struct regex_span place;
	struct buf decoded = BUF_INIT;

	if (at < first[word->phase])
		return;
	start = at - first[word->phase];
	while (back + 4 <= BACK && start >= 4 &&
		secret_digit64((unsigned char)s->text[start - 1]) >= 0 &&
		secret_digit64((unsigned char)s->text[start - 2]) >= 0 &&
		secret_digit64((unsigned char)s->text[start - 3]) >= 0 &&
		secret_digit64((unsigned char)s->text[start - 4]) >= 0) {
		start -= 4;
		back += 4;
	}
	decode_on(s, start, &decoded, &end);
	if (try_at(s, t, decoded.data, decoded.len, back / 4 * 3 + word->phase, true, &place) ||
		!counts(s, t->rule, decoded.data + place.group_start,
			place.group_end - place.group_start)) {
		buf_release(&decoded);
		return;
	}
	struct secret_hit hit = {.rule = t->rule,
		.start = start + place.group_start / 3 * 4,
		.end = end,
		.len = place.group_end - place.group_start,
		.encoded = true};
	char *secret = xstrndup(decoded.data + place.group_start, hit.len);

	hit.secret = secret;
	keep(s, &hit, word->rule, secret);
	buf_release(&decoded);
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

void secrets_scan(struct secrets *s, const char *text, size_t len, secret_sink *sink, void *state)
{
	size_t at = 0;
	uint32_t trie = 0;

	secrets_ready(s);
	s->text = text;
	s->len = len;
	s->line_start = s->line_end = 0;
	s->scan++;
	while (keywords_next(s->keywords, text, len, &at, &trie))
		for (uint32_t hit = 0, id; keywords_hit(s->keywords, trie, &hit, &id);)
			meet(s, &s->words[id], at - s->words[id].len);
	if (!s->found_len)
		return;
	qsort(s->found, s->found_len, sizeof *s->found, by_place);
	for (size_t i = 0; i < s->found_len; i++)
		if (s->lenient || !is_told(s, i))
			sink(state, &s->found[i].hit);
	forget_found(s);
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
