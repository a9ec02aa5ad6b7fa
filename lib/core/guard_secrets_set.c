#include "core/guard_secrets_private.h"

#include "base/alloc.h"
#include "core/secret_check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUE_MIN   8 /* bytes of a variable's value */
#define VALUE_MAX   4096
#define WORD_MAX    20
#define VALUES_MAX  64
#define KEYWORD_MIN 3

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

void secrets_forget(struct secrets *s)
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
	secrets_forget(s);
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

/* There is more to look for: the table is made anew. */
static void unready(struct secrets *s)
{
	keywords_free(&s->keywords);
	vec_clear(&s->encoded);
	s->words_len = 0;
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
	unready(s);
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
	unready(s);
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
