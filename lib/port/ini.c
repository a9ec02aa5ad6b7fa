#include "port/ini.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* inih has a type by the name of ours. */
#define ini_handler inih_handler
#include <ini.h>
#undef ini_handler

#define LINE_END 3 /* inih's room for "\r\n" and the NUL */

struct reader {
	const char *at, *end;
	const char *file;
	int line; /* of the line handed out last, from 1 */
	char *section, *name;
	int section_line;   /* 0: before the first header */
	bool section_empty; /* no key since the header */
	bool failed;
	ini_handler *handler;
	void *state;
	struct fault *why;
};

static int fail_at(struct reader *r, int line, const char *what)
{
	r->failed = true;
	return fault_set(r->why, EXIT_FATAL, "%s:%d: %s", r->file, line, what);
}

static int tell(struct reader *r, const char *key, const char *value, int line)
{
	r->section_empty = false;
	if (!r->handler(r->state, r->section ? r->section : "", r->name ? r->name : "", key, value,
		    line, r->why))
		return 0;
	r->failed = true;
	return fault_wrap(r->why, "%s:%d", r->file, line);
}

/* A header without keys is told once the next one, or the end, is seen. */
static int end_section(struct reader *r)
{
	if (!r->section_line || !r->section_empty)
		return 0;
	return tell(r, NULL, NULL, r->section_line);
}

static int check_bytes(struct reader *r, const char *line, size_t len)
{
	if (len > INI_LINE_MAX) {
		r->failed = true;
		return fault_set(r->why, EXIT_FATAL, "%s:%d: the line is longer than %d bytes",
			r->file, r->line, INI_LINE_MAX);
	}
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
			return fail_at(r, r->line, "expected text, found a control character");
	if (!text_is_utf8(line, len))
		return fail_at(r, r->line, "expected UTF-8 text, found other bytes");
	return 0;
}

/* `[section]` or `[section "name"]`: taken apart here, for inih cuts at 49 bytes and at the first ']'. */
static int read_header(struct reader *r, const char *line, size_t len)
{
	static const char expected[] = "expected '[section]' or '[section \"name\"]'";
	CLEANUP(str_free) char *inside = NULL;
	char *quote, *last;

	if (len < 2 || line[len - 1] != ']')
		return fail_at(r, r->line, expected);
	if (end_section(r))
		return -1;
	inside = xstrndup(line + 1, len - 2);
	str_replace(&r->name, "");
	quote = strchr(inside, '"');
	if (quote) {
		last = strrchr(inside, '"');
		if (last == quote || last[1 + strspn(last + 1, " \t")] || last == quote + 1 ||
			quote == inside || !strchr(" \t", quote[-1]))
			return fail_at(r, r->line, expected);
		*last = '\0';
		str_replace(&r->name, quote + 1);
		*quote = '\0';
	}
	str_free(&r->section);
	r->section = xstrdup(inside + strspn(inside, " \t"));
	for (size_t n = strlen(r->section); n && strchr(" \t", r->section[n - 1]); n--)
		r->section[n - 1] = '\0';
	if (!*r->section || strpbrk(r->section, "[] \t\\") || strpbrk(r->name, "[]\"\\"))
		return fail_at(r, r->line, expected);
	r->section_line = r->line;
	r->section_empty = true;
	return 0;
}

/* inih would also split at a ':', and calls a line without either an error without saying where. */
static int check_pair(struct reader *r, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);
	const char *colon = memchr(line, ':', len);

	if (!equals || equals == line || (colon && colon < equals))
		return fail_at(r, r->line, "expected 'key = value'");
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next line without what surrounds it; false at the end. */
static bool next_line(struct reader *r, const char **line, size_t *len)
{
	const char *newline;

	if (r->at >= r->end)
		return false;
	newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	*line = r->at;
	*len = (size_t)((newline ? newline : r->end) - r->at);
	r->at = newline ? newline + 1 : r->end;
	r->line++;
	if (*len && (*line)[*len - 1] == '\r')
		--*len;
	for (; *len && is_blank(**line); --*len)
		++*line;
	while (*len && is_blank((*line)[*len - 1]))
		--*len;
	return true;
}

/* What inih reads from: only key lines, whole, checked, and beginning in the first column. */
static char *read_line(char *into, int size, void *stream)
{
	struct reader *r = stream;
	const char *line;
	size_t len;

	while (!r->failed && next_line(r, &line, &len)) {
		if (check_bytes(r, line, len))
			return NULL;
		if (!len || *line == '#' || *line == ';')
			continue;
		if (*line == '[') {
			read_header(r, line, len);
			continue;
		}
		if (check_pair(r, line, len))
			return NULL;
		if (len + 2 > (size_t)size) {
			fail_at(r, r->line, "the line is too long");
			return NULL;
		}
		memcpy(into, line, len);
		memcpy(into + len, "\n", 2);
		return into;
	}
	return NULL;
}

static int take_pair(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;

	(void)section;
	return !r->failed && !tell(r, key, value, r->line);
}

int ini_read(const char *text, size_t len, const char *file, ini_handler *handler, void *state,
	struct fault *why)
{
	struct reader r = {.at = text, .end = text + len, .file = file, .section_empty = true};
	int rc;

	r.handler = handler;
	r.state = state;
	r.why = why;
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		r.at += 3;

	ini_use_stack = false;
	ini_max_line = ini_initial_alloc = INI_LINE_MAX + LINE_END;
	ini_allow_realloc = false;
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_allow_bom = false;
	ini_stop_on_first_error = true;
	rc = ini_parse_stream(read_line, &r, take_pair, &r);
	if (!rc && !r.failed)
		end_section(&r);
	str_free(&r.section);
	str_free(&r.name);
	if (rc && !r.failed)
		return fail_at(&r, r.line, "expected 'key = value'");
	return r.failed ? -1 : 0;
}

const char *ini_version(void)
{
	return INIH_VERSION;
}
