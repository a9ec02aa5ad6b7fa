#include "port/match.h"
#include "base/alloc.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define PATTERN_MAX 1000 /* bytes */
#define CACHE_SIZE  32   /* compiled globs kept */
#define MATCH_LIMIT \
	20000 /* steps of the quick matcher before the one that cannot run away takes over */
#define DFA_WORDS    (64 * 1024)
#define REPLACE_GROW 1024
#define JIT_AFTER    16 /* uses of a scanner's pattern */

enum glob_kind { GLOB_PATH, GLOB_NAME, GLOB_REGEX };

struct glob {
	char *pattern;
	enum glob_kind kind;
	pcre2_code *code; /* NULL: does not compile */
};

static void code_free(pcre2_code **code)
{
	pcre2_code_free(*code);
	*code = NULL;
}

static void match_context_free(pcre2_match_context **context)
{
	pcre2_match_context_free(*context);
	*context = NULL;
}

/* --- bracket expressions ---------------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *pcre;
} classes[] = {
	{"alnum", "0-9A-Za-z"},
	{"alpha", "A-Za-z"},
	{"blank", " \\t"},
	{"cntrl", "\\x00-\\x1f\\x7f"},
	{"digit", "0-9"},
	{"graph", "\\x21-\\x7e"},
	{"lower", "a-z"},
	{"print", "\\x20-\\x7e"},
	{"punct", "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e"},
	{"space", " \\t\\n\\x0b\\x0c\\r"},
	{"upper", "A-Z"},
	{"xdigit", "0-9A-Fa-f"},
};

/* [:name:] at `p`. Past it; NULL: no such class; `p` itself: this is no class, only a '['. */
static const char *put_class(struct buf *set, const char *p)
{
	const char *close = strchr(p + 2, ']');

	if (!close)
		return NULL;
	if (close == p + 2 || close[-1] != ':')
		return p;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		size_t len = strlen(classes[i].name);

		if (len == (size_t)(close - 1 - (p + 2)) && !memcmp(classes[i].name, p + 2, len)) {
			buf_puts(set, classes[i].pcre);
			return close + 1;
		}
	}
	return NULL;
}

static void put_range(struct buf *set, unsigned char from, unsigned char to)
{
	if (from <= to) /* a range upside down holds nothing */
		buf_printf(set, "\\x%02x-\\x%02x", from, to);
}

/* One character of the set, or with a backslash the one after it; NULL at the end of the pattern. */
static const char *take_char(const char *p, unsigned char *c)
{
	if (*p == '\\')
		p++;
	*c = (unsigned char)*p;
	return *p ? p + 1 : NULL;
}

/* Translates the bracket expression after its '['. Past its ']'; NULL: it is not closed. */
static const char *put_brackets(struct buf *out, const char *p)
{
	CLEANUP(buf_release) struct buf set = BUF_INIT;
	bool negated = *p == '!' || *p == '^';
	unsigned char before = 0; /* a range may start there; 0: none may */

	p += negated;
	for (bool first = true; first || *p != ']'; first = false) {
		unsigned char c;
		const char *next;

		if (*p == '[' && p[1] == ':') {
			next = put_class(&set, p);
			if (!next)
				return NULL;
			if (next != p) {
				p = next;
				before = 0;
				continue;
			}
			put_range(&set, '[', '[');
			before = '[';
			p++;
			continue;
		}
		if (*p == '-' && before && p[1] && p[1] != ']') {
			p = take_char(p + 1, &c);
			if (!p)
				return NULL;
			put_range(&set, before, c);
			before = 0;
			continue;
		}
		p = take_char(p, &c);
		if (!p)
			return NULL;
		put_range(&set, c, c);
		before = c;
	}
	/* '/' is in no set */
	if (set.len)
		buf_printf(out, "(?!/)[%s%s]", negated ? "^" : "", set.data);
	else
		buf_puts(out, negated ? "[^/]" : "(?!)");
	return p + 1;
}

/* --- globs ------------------------------------------------------------------------------------ */

/* Stars at `p`, the pattern's start being `start`. Past them, and past a '/' that was translated with them. */
static const char *put_stars(struct buf *out, const char *start, const char *p, enum glob_kind kind)
{
	bool opens = p == start || p[-1] == '/';
	size_t stars = strspn(p, "*");

	p += stars;
	if (stars == 1) {
		buf_puts(out, "[^/]*");
	} else if (opens && *p == '/') {
		buf_puts(out, "(?:.*/)?");
		p++;
	} else if (kind == GLOB_NAME || (opens && (!*p || (*p == '\\' && p[1] == '/')))) {
		buf_puts(out, ".*");
	} else {
		buf_puts(out, "[^/]*");
	}
	return p;
}

/*
 * The regular expression of a glob's text, of which the first `fixed` bytes are compared as they are.
 * NULL: done; else what is wrong with it.
 */
static const char *put_glob(struct buf *out, const char *glob, size_t fixed, enum glob_kind kind)
{
	const char *start = glob + fixed;
	const char *p = glob;

	while (*p) {
		switch (*p) {
		case '*':
			p = put_stars(out, start, p, kind);
			break;
		case '?':
			buf_puts(out, "[^/]");
			p++;
			break;
		case '[':
			p = put_brackets(out, p + 1);
			if (!p)
				return "a '[' that is not closed, or a class that does not exist";
			break;
		case '\\':
			if (!*++p)
				return "a backslash at the end";
			/* fall through */
		default:
			buf_printf(out, "\\x%02x", (unsigned char)*p++);
		}
	}
	return NULL;
}

static const char *put_path_pattern(struct buf *out, const char *pattern)
{
	CLEANUP(buf_release) struct buf glob = BUF_INIT;
	bool anchored, only_dir;
	size_t fixed;
	const char *wrong;

	if (*pattern == '!')
		return "a pattern that is negated";
	buf_puts(&glob, pattern);
	only_dir = glob.len && glob.data[glob.len - 1] == '/';
	if (only_dir)
		buf_cut(&glob, glob.len - 1);
	anchored = strchr(glob.data, '/');
	if (*glob.data == '/')
		buf_splice(&glob, 0, 1, "", 0);
	if (!glob.len)
		return "nothing to match";
	if (!anchored)
		buf_puts(out, "(?:.*/)?");
	/* git cuts the fixed part off first, so that stars right after it stand at a start. */
	fixed = anchored ? strcspn(glob.data, "*?[\\") : 0;
	wrong = put_glob(out, glob.data, fixed, GLOB_PATH);
	buf_puts(out, only_dir ? "/.*" : "(?:/.*)?");
	return wrong;
}

static pcre2_code *compile(const char *regex, size_t len, uint32_t options, char *said, size_t size)
{
	int error;
	PCRE2_SIZE at;
	pcre2_code *code =
		pcre2_compile((PCRE2_SPTR)regex, len, options | PCRE2_NEVER_UTF, &error, &at, NULL);

	if (!code)
		pcre2_get_error_message(error, (PCRE2_UCHAR *)said, size);
	return code;
}

/* By itself too: "a)|(b" is none, though it is one between our brackets. */
static pcre2_code *compile_regex(const char *pattern, char *said, size_t size)
{
	const uint32_t options = PCRE2_CASELESS | PCRE2_DOTALL;
	CLEANUP(code_free) pcre2_code *alone = NULL;
	CLEANUP(buf_release) struct buf whole = BUF_INIT;

	if (!*pattern || strlen(pattern) > PATTERN_MAX) {
		snprintf(said, size, "%s", *pattern ? "too long a pattern" : "nothing to match");
		return NULL;
	}
	alone = compile(pattern, strlen(pattern), options, said, size);
	if (!alone)
		return NULL;
	buf_printf(&whole, "\\A(?:%s)\\z", pattern);
	return compile(whole.data, whole.len, options, said, size);
}

/* NULL: `said` tells why. */
static pcre2_code *compile_glob(const char *pattern, enum glob_kind kind, char *said, size_t size)
{
	CLEANUP(buf_release) struct buf regex = BUF_INIT;
	const char *wrong = NULL;

	if (kind == GLOB_REGEX)
		return compile_regex(pattern, said, size);
	buf_puts(&regex, "\\A(?:");
	if (!*pattern)
		wrong = "nothing to match";
	else if (strlen(pattern) > PATTERN_MAX)
		wrong = "too long a pattern";
	else if (kind == GLOB_PATH)
		wrong = put_path_pattern(&regex, pattern);
	else
		wrong = put_glob(&regex, pattern, 0, kind);
	buf_puts(&regex, ")\\z");
	if (!wrong)
		return compile(regex.data, regex.len, PCRE2_DOTALL, said, size);
	snprintf(said, size, "%s", wrong);
	return NULL;
}

static const struct glob *cached(const char *pattern, enum glob_kind kind)
{
	static struct glob cache[CACHE_SIZE];
	static size_t oldest;
	struct glob *g;
	char said[128];

	for (size_t i = 0; i < CACHE_SIZE; i++)
		if (cache[i].pattern && cache[i].kind == kind && !strcmp(cache[i].pattern, pattern))
			return &cache[i];
	g = &cache[oldest];
	oldest = (oldest + 1) % CACHE_SIZE;
	code_free(&g->code);
	str_replace(&g->pattern, pattern);
	g->kind = kind;
	g->code = compile_glob(pattern, kind, said, sizeof said);
	return g;
}

/*
 * The quick matcher backtracks, so it works under a limit; a pattern made to run away is then matched without
 * backtracking. What even that has no room for counts as a match: these globs protect.
 */
static bool glob_matches(const struct glob *g, const char *subject)
{
	static pcre2_match_context *limits;
	static pcre2_match_data *data;
	CLEANUP(str_free) char *words = NULL;
	size_t len = strlen(subject);
	int rc;

	if (!g->code)
		return false;
	if (!limits) {
		limits = pcre2_match_context_create(NULL);
		data = pcre2_match_data_create(1, NULL);
		pcre2_set_match_limit(limits, MATCH_LIMIT);
	}
	rc = pcre2_match(g->code, (PCRE2_SPTR)subject, len, 0, 0, data, limits);
	if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
		return rc >= 0;
	words = xcalloc(DFA_WORDS, sizeof(int));
	rc = pcre2_dfa_match(g->code, (PCRE2_SPTR)subject, len, 0, PCRE2_DFA_SHORTEST, data, NULL,
		(int *)(void *)words, DFA_WORDS);
	return rc != PCRE2_ERROR_NOMATCH;
}

bool match_path(const char *pattern, const char *path)
{
	return glob_matches(cached(pattern, GLOB_PATH), path);
}

bool match_name(const char *pattern, const char *name)
{
	return glob_matches(cached(pattern, GLOB_NAME), name);
}

bool match_whole(const char *pattern, const char *name)
{
	return glob_matches(cached(pattern, GLOB_REGEX), name);
}

static bool match_any(const struct vec *patterns, const char *subject, enum glob_kind kind)
{
	for (size_t i = 0; i < patterns->len; i++)
		if (glob_matches(cached(patterns->items[i], kind), subject))
			return true;
	return false;
}

bool match_path_any(const struct vec *patterns, const char *path)
{
	return match_any(patterns, path, GLOB_PATH);
}

bool match_name_any(const struct vec *patterns, const char *name)
{
	return match_any(patterns, name, GLOB_NAME);
}

int match_check(const char *pattern, struct fault *why)
{
	char said[128];
	CLEANUP(code_free) pcre2_code *code = compile_glob(pattern, GLOB_PATH, said, sizeof said);

	if (code)
		return 0;
	return fault_set(why, EXIT_FATAL, "expected a glob, got '%s': %s", pattern, said);
}

int match_check_regex(const char *pattern, struct fault *why)
{
	char said[128];
	CLEANUP(code_free) pcre2_code *code = compile_glob(pattern, GLOB_REGEX, said, sizeof said);

	if (code)
		return 0;
	return fault_set(
		why, EXIT_FATAL, "expected a regular expression, got '%s': %s", pattern, said);
}

static void match_data_free(pcre2_match_data **data)
{
	pcre2_match_data_free(*data);
	*data = NULL;
}

/* `group` gets what the first group matched; NULL: it is not asked for. */
static bool search(
	const char *pattern, uint32_t options, const char *bytes, size_t len, struct buf *group)
{
	char said[256];
	CLEANUP(code_free)
	pcre2_code *code = compile(pattern, strlen(pattern), options, said, sizeof said);
	CLEANUP(match_context_free) pcre2_match_context *limits = NULL;
	CLEANUP(match_data_free) pcre2_match_data *data = NULL;
	PCRE2_SIZE *at;

	if (!code)
		return false;
	limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(limits, MATCH_LIMIT * 100);
	data = pcre2_match_data_create_from_pattern(code, NULL);
	if (pcre2_match(code, (PCRE2_SPTR)bytes, len, 0, 0, data, limits) <= 0)
		return false;
	at = pcre2_get_ovector_pointer(data);
	if (group && pcre2_get_ovector_count(data) > 1 && at[2] != PCRE2_UNSET)
		buf_add(group, bytes + at[2], at[3] - at[2]);
	return true;
}

bool match_search(const char *pattern, const char *bytes, size_t len)
{
	return search(pattern, PCRE2_CASELESS, bytes, len, NULL);
}

bool match_group(const char *pattern, const char *bytes, size_t len, struct buf *out)
{
	return search(pattern, 0, bytes, len, out);
}

/* --- for a scanner ---------------------------------------------------------------------------- */

struct match_code {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *data;
	uint32_t options;
	unsigned uses;
};

int match_code_new(const char *pattern, struct match_code **out, struct fault *why)
{
	char said[256];
	pcre2_code *code =
		compile(pattern, strlen(pattern), PCRE2_DOLLAR_ENDONLY, said, sizeof said);

	if (!code)
		return fault_set(why, EXIT_FATAL, "expected a regular expression, got '%.200s': %s",
			pattern, said);
	*out = xcalloc(1, sizeof **out);
	(*out)->code = code;
	(*out)->data = pcre2_match_data_create(2, NULL);
	(*out)->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit((*out)->limits, MATCH_LIMIT);
	return 0;
}

void match_code_free(struct match_code **code)
{
	if (!*code)
		return;
	code_free(&(*code)->code);
	pcre2_match_data_free((*code)->data);
	match_context_free(&(*code)->limits);
	free(*code);
	*code = NULL;
}

void match_code_limit(struct match_code *code, uint32_t steps)
{
	pcre2_set_match_limit(code->limits, steps);
	code->options |= PCRE2_NO_JIT;
}

int match_code_at(struct match_code *code, const char *bytes, size_t len, size_t from,
	bool anchored, struct match_place *place)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(code->data);
	uint32_t options = code->options;
	int rc;

	if (from > len)
		return 1;
	/* An anchored match is over before machine code of its own would have paid for itself. */
	if (++code->uses == JIT_AFTER && !options)
		pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE);
	if (anchored)
		options |= PCRE2_ANCHORED;
	rc = pcre2_match(
		code->code, (PCRE2_SPTR)bytes, len, from, options, code->data, code->limits);
	if (rc < 0)
		return rc == PCRE2_ERROR_NOMATCH ? 1 : -1;
	*place = (struct match_place){at[0], at[1], at[0], at[1]};
	if (rc != 1 && at[2] != PCRE2_UNSET) {
		place->group_start = at[2];
		place->group_end = at[3];
	}
	return 0;
}

int match_replace(struct buf *text, const char *pattern, const char *to, struct fault *why)
{
	const uint32_t options = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH;
	char said[256];
	CLEANUP(code_free)
	pcre2_code *code = compile(pattern, strlen(pattern), PCRE2_MULTILINE, said, sizeof said);
	CLEANUP(match_context_free) pcre2_match_context *limits = NULL;
	CLEANUP(str_free) char *result = NULL;
	PCRE2_SIZE room = text->len + REPLACE_GROW, size = room;
	int rc;

	if (!code)
		return fault_set(why, EXIT_FATAL, "bad regular expression '%s': %s", pattern, said);
	limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(limits, MATCH_LIMIT * 100);
	do {
		room = size;
		result = xrealloc(result, room);
		rc = pcre2_substitute(code, (PCRE2_SPTR)text->data, text->len, 0, options, NULL,
			limits, (PCRE2_SPTR)to, PCRE2_ZERO_TERMINATED, (PCRE2_UCHAR *)result,
			&size);
	} while (rc == PCRE2_ERROR_NOMEMORY && size > room);
	if (rc < 0) {
		pcre2_get_error_message(rc, (PCRE2_UCHAR *)said, sizeof said);
		return fault_set(why, EXIT_FATAL, "cannot replace '%s': %s", pattern, said);
	}
	buf_clear(text);
	buf_add(text, result, size);
	return 0;
}

/* --- compiled once ---------------------------------------------------------------------------- */

#define SET_JIT_AFTER 100 /* paths: for fewer it costs more than it brings */

struct match_set {
	struct glob glob; /* all of them, as one expression */
	size_t asked;
};

struct match_set *match_set_new(const struct vec *patterns)
{
	struct match_set *set = xcalloc(1, sizeof *set);
	CLEANUP(buf_release) struct buf regex = BUF_INIT;
	char said[128];

	buf_puts(&regex, "\\A(?:(?!)");
	for (size_t i = 0; i < patterns->len; i++) {
		CLEANUP(buf_release) struct buf one = BUF_INIT;

		if (*patterns->items[i] && strlen(patterns->items[i]) <= PATTERN_MAX &&
			!put_path_pattern(&one, patterns->items[i]))
			buf_printf(&regex, "|%s", one.data);
	}
	buf_puts(&regex, ")\\z");
	set->glob.code = compile(regex.data, regex.len, PCRE2_DOTALL, said, sizeof said);
	return set;
}

bool match_set_has(struct match_set *set, const char *path)
{
	if (!set)
		return false;
	if (++set->asked == SET_JIT_AFTER && set->glob.code)
		pcre2_jit_compile(set->glob.code, PCRE2_JIT_COMPLETE);
	return glob_matches(&set->glob, path);
}

void match_set_free(struct match_set **set)
{
	if (*set)
		code_free(&(*set)->glob.code);
	free(*set);
	*set = NULL;
}

struct match_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

int match_regex_new(const char *pattern, struct match_regex **out, struct fault *why)
{
	char said[256];
	pcre2_code *code = compile(pattern, strlen(pattern), PCRE2_MULTILINE, said, sizeof said);
	struct match_regex *regex;

	if (!code)
		return fault_set(
			why, EXIT_FATAL, "bad regular expression '%.200s': %s", pattern, said);
	pcre2_jit_compile(
		code, PCRE2_JIT_COMPLETE); /* where the machine cannot, it is only slower */
	regex = xcalloc(1, sizeof *regex);
	regex->code = code;
	regex->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(regex->limits, MATCH_LIMIT * 100);
	regex->data = pcre2_match_data_create_from_pattern(code, NULL);
	*out = regex;
	return 0;
}

bool match_regex_next(struct match_regex *regex, const char *bytes, size_t len, size_t from,
	struct match_span *span)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(regex->data);
	int groups = from > len ? 0
				: pcre2_match(regex->code, (PCRE2_SPTR)bytes, len, from, 0,
					  regex->data, regex->limits);

	if (groups <= 0)
		return false;
	*span = (struct match_span){.start = at[0], .end = at[1] > at[0] ? at[1] : at[0]};
	for (int i = 1; i < groups; i++) {
		if (at[2 * i] == PCRE2_UNSET || at[2 * i] == at[2 * i + 1])
			continue;
		span->name_start = at[2 * i];
		span->name_end = at[2 * i + 1];
		break;
	}
	return true;
}

void match_regex_free(struct match_regex **regex)
{
	if (*regex) {
		code_free(&(*regex)->code);
		match_data_free(&(*regex)->data);
		match_context_free(&(*regex)->limits);
	}
	free(*regex);
	*regex = NULL;
}

const char *match_version(void)
{
	static char text[64];

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) > (int)sizeof text ||
		pcre2_config(PCRE2_CONFIG_VERSION, text) < 0)
		return "";
	text[strcspn(text, " ")] = '\0'; /* a date follows */
	return text;
}
