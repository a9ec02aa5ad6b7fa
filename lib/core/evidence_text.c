/* A text without its comments and strings, as far as a row tells how they look. */
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <ctype.h>
#include <string.h>

enum span { SPAN_CODE, SPAN_COMMENT, SPAN_STRING };

struct lexer {
	struct text_views *views;
	const char *at, *end, *start;
	const struct lang *lang;
};

/* Moves on by `len` bytes that are of one kind: blank in the views that have none such. Line ends stay everywhere. */
static void move(struct lexer *l, size_t len, enum span span)
{
	for (; len && l->at < l->end; len--, l->at++) {
		char blank = *l->at == '\n' || *l->at == '\t' ? *l->at : ' ';

		buf_putc(&l->views->code, span == SPAN_CODE ? *l->at : blank);
		buf_putc(&l->views->no_strings, span == SPAN_STRING ? blank : *l->at);
		buf_putc(&l->views->no_comments, span == SPAN_COMMENT ? blank : *l->at);
	}
}

static bool stands(const struct lexer *l, const char *at, const char *token)
{
	size_t len = strlen(token);

	return (size_t)(l->end - at) >= len && !memcmp(at, token, len);
}

/* `$#`, `${x#y}`, a word with a '#' in it: no comments. */
static bool starts_comment(const struct lexer *l, const char *token)
{
	unsigned char before = l->at > l->start ? (unsigned char)l->at[-1] : '\n';

	if (!stands(l, l->at, token) || (l->lang->not_line && stands(l, l->at, l->lang->not_line)))
		return false;
	return *token != '#' || (!isalnum(before) && !strchr("_$/{\\&", before));
}

static bool take_comment(struct lexer *l)
{
	for (size_t i = 0; i < TOKENS_MAX && l->lang->open[i]; i++)
		if (stands(l, l->at, l->lang->open[i])) {
			const char *from = l->at + strlen(l->lang->open[i]);
			const char *close = memmem(from, (size_t)(l->end - from), l->lang->close[i],
				strlen(l->lang->close[i]));

			close = close ? close + strlen(l->lang->close[i]) : l->end;
			move(l, (size_t)(close - l->at), SPAN_COMMENT);
			return true;
		}
	for (size_t i = 0; i < TOKENS_MAX && l->lang->line[i]; i++)
		if (starts_comment(l, l->lang->line[i])) {
			const char *eol = memchr(l->at, '\n', (size_t)(l->end - l->at));

			move(l, (size_t)((eol ? eol : l->end) - l->at), SPAN_COMMENT);
			return true;
		}
	return false;
}

/* To the closing quote, or to the end: of the line for a plain one, of the text for one over lines. */
static const char *find_close(
	const struct lexer *l, const char *from, const char *quote, bool lines)
{
	for (const char *p = from; p < l->end; p++) {
		if (*p == '\\' && p + 1 < l->end)
			p++;
		else if (*p == '\n' && !lines)
			return p;
		else if (stands(l, p, quote))
			return p;
	}
	return l->end;
}

static void take_string(struct lexer *l, const char *quote, bool lines)
{
	size_t len = strlen(quote);
	const char *close;

	move(l, len, SPAN_CODE);
	close = find_close(l, l->at, quote, lines);
	move(l, (size_t)(close - l->at), SPAN_STRING);
	if (l->at < l->end && stands(l, l->at, quote))
		move(l, len, SPAN_CODE);
}

void text_views_make(struct text_views *v, const struct lang *lang, const struct buf *raw)
{
	struct lexer l = {.views = v,
		.at = raw->data,
		.start = raw->data,
		.end = raw->data + raw->len,
		.lang = lang};

	*v = (struct text_views){BUF_INIT, BUF_INIT, BUF_INIT};
	buf_reserve(&v->code, raw->len);
	buf_reserve(&v->no_strings, raw->len);
	buf_reserve(&v->no_comments, raw->len);
	while (l.at < l.end) {
		size_t i = 0;

		if (take_comment(&l))
			continue;
		while (i < TOKENS_MAX && lang->fence[i] && !stands(&l, l.at, lang->fence[i]))
			i++;
		if (i < TOKENS_MAX && lang->fence[i])
			take_string(&l, lang->fence[i], true);
		else if (lang->quote && *l.at && strchr(lang->quote, *l.at))
			take_string(&l, (char[]){*l.at, '\0'}, false);
		else
			move(&l, 1, SPAN_CODE);
	}
}

void text_views_release(struct text_views *v)
{
	buf_release(&v->code);
	buf_release(&v->no_strings);
	buf_release(&v->no_comments);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

void text_squeeze(const char *bytes, size_t len, struct buf *out)
{
	size_t start = out->len;
	bool blank = false;

	for (size_t i = 0; i < len; i++) {
		char last = out->len > start ? out->data[out->len - 1] : '\0';

		if (isspace((unsigned char)bytes[i])) {
			blank = true;
			continue;
		}
		if (blank && is_word(last) && is_word(bytes[i]))
			buf_putc(out, ' ');
		else if (last == ',' && strchr(")]}", bytes[i]))
			buf_cut(out, out->len - 1);
		blank = false;
		buf_putc(out, bytes[i]);
	}
}

bool text_same(const struct buf *a, const struct buf *b)
{
	CLEANUP(buf_release) struct buf x = BUF_INIT, y = BUF_INIT;

	text_squeeze(a->data, a->len, &x);
	text_squeeze(b->data, b->len, &y);
	return x.len == y.len && !memcmp(x.data, y.data, x.len);
}

/* The next line that is not blank, squeezed; false: none is left. */
static bool next_line(const char **at, const char *end, struct buf *line)
{
	while (*at < end) {
		const char *eol = memchr(*at, '\n', (size_t)(end - *at));
		const char *stop = eol ? eol : end;

		buf_clear(line);
		text_squeeze(*at, (size_t)(stop - *at), line);
		*at = eol ? eol + 1 : end;
		if (line->len)
			return true;
	}
	return false;
}

bool text_extends(const char *before, size_t before_len, const char *now, size_t now_len)
{
	const char *b = before, *n = now;
	CLEANUP(buf_release) struct buf want = BUF_INIT, have = BUF_INIT;

	while (next_line(&b, before + before_len, &want))
		for (;;) {
			if (!next_line(&n, now + now_len, &have))
				return false;
			if (want.len == have.len && !memcmp(want.data, have.data, want.len))
				break;
		}
	return true;
}

int text_line(const char *bytes, size_t at)
{
	int line = 1;

	for (size_t i = 0; i < at; i++)
		line += bytes[i] == '\n';
	return line;
}

/* FNV-1a. */
uint64_t text_hash(const char *bytes, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	return hash;
}
