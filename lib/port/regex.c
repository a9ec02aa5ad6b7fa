#include "port/regex.h"
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define STEPS      20000 /* of a search at one place */
#define STEPS_LONG (STEPS * 100)
#define DFA_WORDS  (64 * 1024)
#define GROWS_BY   1024
/* Uses after which machine code has paid for itself: of an expression for places, and of one for whole names. */
#define JIT_AFTER_PLACES 16
#define JIT_AFTER_NAMES  100

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *data;
	uint32_t options; /* of each match */
	unsigned uses, jit_after;
};

static void code_free(pcre2_code **code)
{
	pcre2_code_free(*code);
	*code = NULL;
}

static void limits_free(pcre2_match_context **limits)
{
	pcre2_match_context_free(*limits);
	*limits = NULL;
}

static void data_free(pcre2_match_data **data)
{
	pcre2_match_data_free(*data);
	*data = NULL;
}

static pcre2_match_context *limits_new(uint32_t steps)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);

	pcre2_set_match_limit(limits, steps);
	return limits;
}

/* NULL, and `why` filled: it is none. */
static pcre2_code *compile(const char *pattern, uint32_t options, struct fault *why)
{
	char said[256] = "";
	int error;
	PCRE2_SIZE at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
		options | PCRE2_NEVER_UTF, &error, &at, NULL);

	if (!code) {
		pcre2_get_error_message(error, (PCRE2_UCHAR *)said, sizeof said);
		fault_set(why, EXIT_FATAL, "expected a regular expression, got '%.200s': %s",
			pattern, said);
	}
	return code;
}

/* --- compiled once ---------------------------------------------------------------------------- */

int regex_new(const char *pattern, unsigned flags, struct regex **out, struct fault *why)
{
	const uint32_t whole = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL;
	pcre2_code *code = compile(pattern,
		(flags & REGEX_LINES ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY) |
			(flags & REGEX_WHOLE ? whole : 0) |
			(flags & REGEX_ANY_CASE ? PCRE2_CASELESS : 0),
		why);
	struct regex *regex;

	if (!code)
		return -1;
	regex = xcalloc(1, sizeof *regex);
	regex->code = code;
	regex->limits = limits_new(flags & REGEX_LINES ? STEPS_LONG : STEPS);
	regex->data = pcre2_match_data_create_from_pattern(code, NULL);
	regex->jit_after = flags & REGEX_LINES   ? 1
			   : flags & REGEX_WHOLE ? JIT_AFTER_NAMES
						 : JIT_AFTER_PLACES;
	*out = regex;
	return 0;
}

void regex_free(struct regex **regex)
{
	if (!*regex)
		return;
	code_free(&(*regex)->code);
	limits_free(&(*regex)->limits);
	data_free(&(*regex)->data);
	free(*regex);
	*regex = NULL;
}

void regex_limit(struct regex *regex, uint32_t steps)
{
	pcre2_set_match_limit(regex->limits, steps);
	regex->options |= PCRE2_NO_JIT;
}

static int match(
	struct regex *regex, const char *bytes, size_t len, size_t from, uint32_t more_options)
{
	/* Where the machine has none it is only slower. */
	if (++regex->uses == regex->jit_after && !regex->options)
		pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
	return pcre2_match(regex->code, (PCRE2_SPTR)bytes, len, from, regex->options | more_options,
		regex->data, regex->limits);
}

int regex_find(struct regex *regex, const char *bytes, size_t len, size_t from, bool anchored,
	struct regex_span *span)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(regex->data);
	int groups;

	if (from > len)
		return 1;
	groups = match(regex, bytes, len, from, anchored ? PCRE2_ANCHORED : 0);
	if (groups < 0)
		return groups == PCRE2_ERROR_NOMATCH ? 1 : -1;
	/* \K in a lookahead can end a match before it starts. */
	*span = (struct regex_span){.start = at[0], .end = at[1] > at[0] ? at[1] : at[0]};
	for (int i = 1; i < groups; i++) {
		if (at[2 * i] == PCRE2_UNSET || at[2 * i] == at[2 * i + 1])
			continue;
		span->group_start = at[2 * i];
		span->group_end = at[2 * i + 1];
		break;
	}
	return 0;
}

bool regex_guards(struct regex *regex, const char *text)
{
	CLEANUP(str_free) char *words = NULL;
	size_t len = strlen(text);
	int rc = match(regex, text, len, 0, 0);

	if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
		return rc >= 0;
	words = xcalloc(DFA_WORDS, sizeof(int));
	rc = pcre2_dfa_match(regex->code, (PCRE2_SPTR)text, len, 0, PCRE2_DFA_SHORTEST, regex->data,
		NULL, (int *)(void *)words, DFA_WORDS);
	return rc != PCRE2_ERROR_NOMATCH;
}

/* --- once -------------------------------------------------------------------------------------- */

/* `group` gets what the first group matched; NULL: it is not asked for. */
static bool search(
	const char *pattern, uint32_t options, const char *bytes, size_t len, struct buf *group)
{
	struct fault ignored = FAULT_INIT;
	CLEANUP(code_free) pcre2_code *code = compile(pattern, options, &ignored);
	CLEANUP(limits_free) pcre2_match_context *limits = NULL;
	CLEANUP(data_free) pcre2_match_data *data = NULL;
	const PCRE2_SIZE *at;

	if (!code)
		return false;
	limits = limits_new(STEPS_LONG);
	data = pcre2_match_data_create_from_pattern(code, NULL);
	if (pcre2_match(code, (PCRE2_SPTR)bytes, len, 0, 0, data, limits) <= 0)
		return false;
	at = pcre2_get_ovector_pointer(data);
	if (group && pcre2_get_ovector_count(data) > 1 && at[2] != PCRE2_UNSET)
		buf_add(group, bytes + at[2], at[3] - at[2]);
	return true;
}

bool regex_search(const char *pattern, const char *bytes, size_t len)
{
	return search(pattern, PCRE2_CASELESS, bytes, len, NULL);
}

bool regex_group(const char *pattern, const char *bytes, size_t len, struct buf *out)
{
	return search(pattern, 0, bytes, len, out);
}

int regex_replace(struct buf *text, const char *pattern, const char *to, struct fault *why)
{
	const uint32_t options = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH;
	CLEANUP(code_free) pcre2_code *code = compile(pattern, PCRE2_MULTILINE, why);
	CLEANUP(limits_free) pcre2_match_context *limits = NULL;
	CLEANUP(str_free) char *result = NULL;
	PCRE2_SIZE room, size = text->len + GROWS_BY;
	char said[256] = "";
	int rc;

	if (!code)
		return -1;
	limits = limits_new(STEPS_LONG);
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

const char *regex_version(void)
{
	static char text[64];

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) > (int)sizeof text ||
		pcre2_config(PCRE2_CONFIG_VERSION, text) < 0)
		return "";
	text[strcspn(text, " ")] = '\0'; /* a date follows */
	return text;
}
