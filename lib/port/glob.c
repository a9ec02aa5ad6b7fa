#include "port/glob.h"
#include "base/alloc.h"

#include <stdbool.h>
#include <string.h>

#define PATTERN_MAX 1000 /* bytes */

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
static const char *put_stars(struct buf *out, const char *start, const char *p, bool path)
{
	bool opens = p == start || p[-1] == '/';
	size_t stars = strspn(p, "*");

	p += stars;
	if (stars == 1) {
		buf_puts(out, "[^/]*");
	} else if (opens && *p == '/') {
		buf_puts(out, "(?:.*/)?");
		p++;
	} else if (!path || (opens && (!*p || (*p == '\\' && p[1] == '/')))) {
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
static const char *put_glob(struct buf *out, const char *glob, size_t fixed, bool path)
{
	const char *start = glob + fixed;
	const char *p = glob;

	while (*p) {
		switch (*p) {
		case '*':
			p = put_stars(out, start, p, path);
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
	wrong = put_glob(out, glob.data, fixed, true);
	buf_puts(out, only_dir ? "/.*" : "(?:/.*)?");
	return wrong;
}

const char *glob_of_path(const char *pattern, struct buf *out)
{
	if (!*pattern)
		return "nothing to match";
	return strlen(pattern) > PATTERN_MAX ? "too long a pattern"
					     : put_path_pattern(out, pattern);
}

const char *glob_of_name(const char *pattern, struct buf *out)
{
	if (!*pattern)
		return "nothing to match";
	return strlen(pattern) > PATTERN_MAX ? "too long a pattern"
					     : put_glob(out, pattern, 0, false);
}
