#include "port/match.h"
#include "base/alloc.h"
#include "port/glob.h"
#include "port/regex.h"

#include <stdlib.h>
#include <string.h>

#define REGEX_MAX  1000 /* bytes of a pattern */
#define CACHE_SIZE 32   /* compiled patterns kept */

enum kind { KIND_PATH, KIND_NAME, KIND_REGEX };

struct kept {
	char *pattern;
	enum kind kind;
	struct regex *regex; /* NULL: does not compile */
};

/* --- one pattern ------------------------------------------------------------------------------- */

static int compile(const char *pattern, enum kind kind, struct regex **out, struct fault *why)
{
	CLEANUP(buf_release) struct buf regex = BUF_INIT;
	const char *wrong;

	if (kind == KIND_REGEX) {
		if (*pattern && strlen(pattern) <= REGEX_MAX)
			return regex_new(pattern, REGEX_WHOLE | REGEX_ANY_CASE, out, why);
		return fault_set(why, EXIT_FATAL, "expected a regular expression, got '%s': %s",
			pattern, *pattern ? "too long a pattern" : "nothing to match");
	}
	wrong = kind == KIND_PATH ? glob_of_path(pattern, &regex) : glob_of_name(pattern, &regex);
	if (wrong)
		return fault_set(why, EXIT_FATAL, "expected a glob, got '%s': %s", pattern, wrong);
	return regex_new(regex.data, REGEX_WHOLE, out, why);
}

static struct regex *kept(const char *pattern, enum kind kind)
{
	static struct kept cache[CACHE_SIZE];
	static size_t oldest;
	struct fault ignored = FAULT_INIT;
	struct kept *k;

	for (size_t i = 0; i < CACHE_SIZE; i++)
		if (cache[i].pattern && cache[i].kind == kind && !strcmp(cache[i].pattern, pattern))
			return cache[i].regex;
	k = &cache[oldest];
	oldest = (oldest + 1) % CACHE_SIZE;
	regex_free(&k->regex);
	str_replace(&k->pattern, pattern);
	k->kind = kind;
	compile(pattern, kind, &k->regex, &ignored);
	return k->regex;
}

static bool matches(const char *pattern, const char *subject, enum kind kind)
{
	struct regex *regex = kept(pattern, kind);

	return regex && regex_guards(regex, subject);
}

bool match_path(const char *pattern, const char *path)
{
	return matches(pattern, path, KIND_PATH);
}

bool match_name(const char *pattern, const char *name)
{
	return matches(pattern, name, KIND_NAME);
}

bool match_whole(const char *pattern, const char *name)
{
	return matches(pattern, name, KIND_REGEX);
}

static bool match_any(const struct vec *patterns, const char *subject, enum kind kind)
{
	for (size_t i = 0; i < patterns->len; i++)
		if (matches(patterns->items[i], subject, kind))
			return true;
	return false;
}

bool match_path_any(const struct vec *patterns, const char *path)
{
	return match_any(patterns, path, KIND_PATH);
}

bool match_name_any(const struct vec *patterns, const char *name)
{
	return match_any(patterns, name, KIND_NAME);
}

int match_check(const char *pattern, struct fault *why)
{
	CLEANUP(regex_free) struct regex *regex = NULL;

	return compile(pattern, KIND_PATH, &regex, why);
}

int match_check_regex(const char *pattern, struct fault *why)
{
	CLEANUP(regex_free) struct regex *regex = NULL;

	return compile(pattern, KIND_REGEX, &regex, why);
}

/* --- many -------------------------------------------------------------------------------------- */

#define PART_MAX \
	8192 /* bytes of an expression to begin with; PCRE2 compiles one to at most 64 KiB */

struct match_set {
	struct regex **parts; /* each of many patterns */
	size_t len, cap;
};

static void add_part(struct match_set *set, struct buf *alternatives)
{
	struct fault ignored = FAULT_INIT;

	if (!alternatives->len)
		return;
	GROW(set->parts, set->len, set->cap);
	if (!regex_new(alternatives->data, REGEX_WHOLE, &set->parts[set->len], &ignored))
		set->len++;
	buf_clear(alternatives);
}

struct match_set *match_set_new(const struct vec *patterns)
{
	struct match_set *set = xcalloc(1, sizeof *set);
	CLEANUP(buf_release) struct buf part = BUF_INIT;

	for (size_t i = 0; i < patterns->len; i++) {
		CLEANUP(buf_release) struct buf one = BUF_INIT;

		if (glob_of_path(patterns->items[i], &one))
			continue;
		if (part.len + one.len > PART_MAX)
			add_part(set, &part);
		buf_printf(&part, "%s%s", part.len ? "|" : "", one.data);
	}
	add_part(set, &part);
	return set;
}

bool match_set_has(struct match_set *set, const char *path)
{
	for (size_t i = 0; set && i < set->len; i++)
		if (regex_guards(set->parts[i], path))
			return true;
	return false;
}

void match_set_free(struct match_set **set)
{
	for (size_t i = 0; *set && i < (*set)->len; i++)
		regex_free(&(*set)->parts[i]);
	if (*set)
		free((*set)->parts);
	free(*set);
	*set = NULL;
}
