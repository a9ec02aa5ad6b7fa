#include "port/toml.h"
#include "base/alloc.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

struct toml {
	const char *at, *end;
	struct vec table; /* the header's path */
	bool known;       /* the header was understood */
	toml_wants *wants;
	void *state;
	struct buf *out;
	struct buf header; /* the last one written; "" at the top */
};

static bool is_bare(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static bool starts(const struct toml *t, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(t->end - t->at) >= len && !memcmp(t->at, word, len);
}

static void skip_blanks(struct toml *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
}

static void skip_line(struct toml *t)
{
	const char *newline = memchr(t->at, '\n', (size_t)(t->end - t->at));

	t->at = newline ? newline + 1 : t->end;
}

/* At nothing more than a comment until the line's end; then past it. */
static bool ends_line(struct toml *t)
{
	skip_blanks(t);
	if (t->at < t->end && *t->at == '\r')
		t->at++;
	if (t->at < t->end && *t->at != '\n' && *t->at != '#')
		return false;
	skip_line(t);
	return true;
}

/* Past a string of one line, quotes included; false: it does not end on the line, or holds what it may not. */
static bool skip_string(struct toml *t, char quote)
{
	for (t->at++; t->at < t->end && !is_control(*t->at); t->at++) {
		if (*t->at == quote) {
			t->at++;
			return true;
		}
		if (*t->at == '\\' && quote == '"' && ++t->at == t->end)
			return false;
	}
	return false;
}

/* Past a string of several lines. One that does not end takes all the rest. */
static void skip_long_string(struct toml *t, char quote)
{
	const char fence[] = {quote, quote, quote, '\0'};

	for (t->at += 3; t->at < t->end; t->at++) {
		if (*t->at == '\\' && quote == '"' && t->at + 1 < t->end) {
			t->at++;
		} else if (starts(t, fence)) {
			/* Up to two quotes may stand before the fence. */
			while (t->at < t->end && *t->at == quote)
				t->at++;
			return;
		}
	}
}

static bool at_long_string(const struct toml *t)
{
	return starts(t, "\"\"\"") || starts(t, "'''");
}

/* Past an array or an inline table, over as many lines as it takes. One that does not end takes all the rest. */
static void skip_nested(struct toml *t)
{
	size_t depth = 0;

	while (t->at < t->end) {
		char c = *t->at;

		if (at_long_string(t)) {
			skip_long_string(t, c);
			continue;
		}
		if (c == '"' || c == '\'') {
			if (!skip_string(t, c))
				skip_line(t);
			continue;
		}
		if (c == '#') {
			skip_line(t);
			continue;
		}
		t->at++;
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			return;
	}
}

/* Reads one component; false: it is of a kind that is not understood. */
static bool read_component(struct toml *t, struct vec *path)
{
	CLEANUP(str_free) char *name = NULL;
	const char *start = t->at;

	if (t->at < t->end && (*t->at == '"' || *t->at == '\'')) {
		if (!skip_string(t, *t->at))
			return false;
		name = xstrndup(start + 1, (size_t)(t->at - start) - 2);
		if (!*name || strchr(name, '\\') || strchr(name, '"'))
			return false;
	} else {
		while (t->at < t->end && is_bare(*t->at))
			t->at++;
		if (t->at == start)
			return false;
		name = xstrndup(start, (size_t)(t->at - start));
	}
	vec_push(path, name);
	return true;
}

static bool read_path(struct toml *t, struct vec *path)
{
	for (;;) {
		skip_blanks(t);
		if (!read_component(t, path))
			return false;
		skip_blanks(t);
		if (t->at == t->end || *t->at != '.')
			return true;
		t->at++;
	}
}

/* A value of one line: *value is its bytes as written. */
static bool read_value(struct toml *t, const char **value, size_t *len)
{
	*value = t->at;
	if (t->at == t->end || at_long_string(t))
		return false;
	if (*t->at == '"' || *t->at == '\'') {
		if (!skip_string(t, *t->at))
			return false;
	} else {
		while (t->at < t->end &&
			(isalnum((unsigned char)*t->at) || strchr("+-_.:", *t->at)) && *t->at)
			t->at++;
	}
	*len = (size_t)(t->at - *value);
	return *len && text_is_utf8(*value, *len);
}

static void put_path(struct buf *out, const struct vec *path, size_t from)
{
	for (size_t i = from; i < path->len; i++) {
		const char *name = path->items[i], *c = name;

		while (is_bare(*c))
			c++;
		buf_printf(
			out, "%s%s%s%s", i > from ? "." : "", *c ? "\"" : "", name, *c ? "\"" : "");
	}
}

static void put(struct toml *t, const struct vec *path, const char *value, size_t len)
{
	CLEANUP(buf_release) struct buf header = BUF_INIT;

	put_path(&header, &t->table, 0);
	if (strcmp(header.data, t->header.data) != 0) {
		buf_printf(t->out, "[%s]\n", header.data);
		buf_clear(&t->header);
		buf_puts(&t->header, header.data);
	}
	put_path(t->out, path, t->table.len);
	buf_puts(t->out, " = ");
	buf_add(t->out, value, len);
	buf_putc(t->out, '\n');
}

static void read_header(struct toml *t)
{
	vec_clear(&t->table);
	t->at++;
	t->known = read_path(t, &t->table) && t->at < t->end && *t->at == ']';
	if (t->known) {
		t->at++;
		t->known = ends_line(t);
	}
	if (!t->known)
		skip_line(t);
}

/* Past a value that is not picked, to the next line. */
static void skip_value(struct toml *t)
{
	if (at_long_string(t))
		skip_long_string(t, *t->at);
	else if (t->at < t->end && (*t->at == '[' || *t->at == '{'))
		skip_nested(t);
	skip_line(t);
}

static void read_pair(struct toml *t)
{
	CLEANUP(vec_release) struct vec path = VEC_INIT;
	const char *value, *start;
	size_t len;

	vec_copy(&path, &t->table);
	if (!read_path(t, &path) || t->at == t->end || *t->at != '=') {
		skip_line(t);
		return;
	}
	t->at++;
	skip_blanks(t);
	start = t->at;
	if (!read_value(t, &value, &len) || !ends_line(t)) {
		t->at = start;
		skip_value(t);
		return;
	}
	if (t->known && t->wants(t->state, &path))
		put(t, &path, value, len);
}

void toml_pick(const char *text, size_t len, toml_wants *wants, void *state, struct buf *out)
{
	struct toml t = {.at = text,
		.end = text + len,
		.table = VEC_INIT,
		.known = true,
		.wants = wants,
		.state = state,
		.out = out,
		.header = BUF_INIT};

	if (starts(&t, "\xef\xbb\xbf"))
		t.at += 3;
	while (t.at < t.end) {
		skip_blanks(&t);
		if (t.at < t.end && *t.at == '[')
			read_header(&t);
		else if (!ends_line(&t))
			read_pair(&t);
	}
	vec_release(&t.table);
	buf_release(&t.header);
}
