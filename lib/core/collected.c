#include "core/collected.h"
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT_MAX   1000000000L
#define MATCHES_MAX 1000000

/* --- TAP -------------------------------------------------------------------------------------- */

/* What the digits come to, at most COUNT_MAX; the text need not end behind them. */
static long digits(const char *at, const char *end)
{
	long value = 0;

	for (; at < end && isdigit((unsigned char)*at); at++)
		value = value < COUNT_MAX ? value * 10 + (*at - '0') : COUNT_MAX;
	return value < COUNT_MAX ? value : COUNT_MAX;
}

struct tap {
	long ran, planned; /* -1: no plan */
	bool any;
};

static bool starts(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && !memcmp(line, word, n) &&
	       (len == n || isspace((unsigned char)line[n]) || line[n] == '#');
}

/* "# SKIP why", "# todo". */
static bool has_directive(const char *line, size_t len)
{
	const char *at = memchr(line, '#', len), *end = line + len;

	for (; at; at = memchr(at + 1, '#', (size_t)(end - at - 1))) {
		const char *word = at + 1;

		while (word < end && (*word == ' ' || *word == '\t'))
			word++;
		if (end - word >= 4 &&
			(!strncasecmp(word, "skip", 4) || !strncasecmp(word, "todo", 4)))
			return true;
	}
	return false;
}

static void tap_line(struct tap *t, const char *line, size_t len)
{
	bool result = starts(line, len, "ok") || starts(line, len, "not ok");

	if (result) {
		t->any = true;
		t->ran += !has_directive(line, len);
	} else if (len > 3 && !memcmp(line, "1..", 3) && isdigit((unsigned char)line[3])) {
		const char *at = line + 3, *end = line + len;

		while (at < end && isdigit((unsigned char)*at))
			at++;
		while (at < end && isspace((unsigned char)*at))
			at++;
		if (at == end || *at == '#')
			t->planned = digits(line + 3, end);
	}
}

long collected_tap(const char *text, size_t len)
{
	struct tap t = {.planned = -1};
	const char *at = text, *end = text + len;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((eol ? eol : end) - at);

		tap_line(&t, at, line);
		at = eol ? eol + 1 : end;
	}
	/* A plan alone is one where it plans nothing; without a plan any text may hold an "ok". */
	if (t.planned < 0 || (!t.any && t.planned))
		return -1;
	return t.ran;
}

/* --- JUnit ------------------------------------------------------------------------------------ */

struct xml {
	const char *at, *end;
};

static bool stands(const struct xml *x, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(x->end - x->at) >= len && !memcmp(x->at, word, len);
}

/* Past the next `word`, or to the end. */
static void skip_past(struct xml *x, const char *word)
{
	const char *found = memmem(x->at, (size_t)(x->end - x->at), word, strlen(word));

	x->at = found ? found + strlen(word) : x->end;
}

/* Past the '>' of the tag at x->at; quoted values may hold one. *empty: it ended in "/>". */
static void skip_tag(struct xml *x, bool *empty)
{
	char quote = '\0';

	*empty = false;
	for (; x->at < x->end; x->at++) {
		if (quote) {
			quote = *x->at == quote ? '\0' : quote;
		} else if (*x->at == '"' || *x->at == '\'') {
			quote = *x->at;
		} else if (*x->at == '>') {
			*empty = x->at[-1] == '/';
			x->at++;
			return;
		}
	}
}

static bool is_tag(const struct xml *x, const char *name)
{
	size_t len = strlen(name);

	return (size_t)(x->end - x->at) > len && !memcmp(x->at, name, len) &&
	       (isspace((unsigned char)x->at[len]) || strchr("/>", x->at[len]));
}

struct junit {
	bool suite, in_case, skipped;
	long ran;
};

static void end_case(struct junit *j)
{
	if (j->in_case && !j->skipped)
		j->ran++;
	j->in_case = j->skipped = false;
}

/* At the name of an element, or at "/name". */
static void take_tag(struct junit *j, struct xml *x)
{
	bool opens = is_tag(x, "testcase"), closes = is_tag(x, "/testcase"), empty;

	j->suite = j->suite || is_tag(x, "testsuite") || is_tag(x, "testsuites");
	if (is_tag(x, "skipped") || is_tag(x, "disabled"))
		j->skipped = j->in_case;
	if (opens || closes)
		end_case(j);
	skip_tag(x, &empty);
	if (opens)
		j->in_case = true;
	if (opens && empty)
		end_case(j);
}

long collected_junit(const char *text, size_t len)
{
	struct xml x = {text, text + len};
	struct junit j = {0};

	while (x.at < x.end) {
		const char *open = memchr(x.at, '<', (size_t)(x.end - x.at));

		if (!open)
			break;
		x.at = open + 1;
		if (stands(&x, "!--"))
			skip_past(&x, "-->");
		else if (stands(&x, "![CDATA["))
			skip_past(&x, "]]>");
		else if (stands(&x, "?"))
			skip_past(&x, "?>");
		else
			take_tag(&j, &x);
	}
	end_case(&j);
	return j.suite ? j.ran : -1;
}

/* --- what runners print ----------------------------------------------------------------------- */

static long number(const char *text, const struct regex_span *span)
{
	return span->group_end > span->group_start
		       ? digits(text + span->group_start, text + span->group_end)
		       : 1;
}

/* What the expression's groups come to: the sum, or the largest. A match without a group is one. -1: no match. */
static long add_up(struct lazy_regex *lazy, const char *log, size_t len, bool largest)
{
	struct regex *regex = lazy_regex(lazy);
	struct regex_span span;
	size_t from = 0, matches = 0;
	long total = -1;

	while (regex && matches++ < MATCHES_MAX &&
		!regex_find(regex, log, len, from, false, &span)) {
		long value = number(log, &span);

		total = total < 0 ? 0 : total;
		if (largest)
			total = value > total ? value : total;
		else
			total = total + value > COUNT_MAX ? COUNT_MAX : total + value;
		from = span.end > span.start ? span.end : span.end + 1;
	}
	return total;
}

static long read_row(const struct runner *r, const char *log, size_t len)
{
	long ran = -1, less;

	for (size_t i = 0; i < r->ran_len; i++) {
		long more = add_up(r->ran[i], log, len, r->largest);

		if (more >= 0)
			ran = (ran < 0 ? 0 : ran) + more;
	}
	if (ran < 0)
		return add_up(r->none, log, len, false) < 0 ||
				       add_up(r->unless, log, len, false) >= 0
			       ? -1
			       : 0;
	less = add_up(r->less, log, len, r->largest);
	return less > ran ? 0 : less > 0 ? ran - less : ran;
}

long collected_read(struct evidence_rules *rules, const char *log, size_t len)
{
	long total = -1;

	for (size_t i = 0; i < rules->runners_len; i++) {
		long ran = read_row(&rules->runners[i], log, len);

		if (ran >= 0)
			total = (total < 0 ? 0 : total) + ran;
	}
	if (total < 0)
		total = collected_junit(log, len);
	return total < 0 ? collected_tap(log, len) : total;
}
