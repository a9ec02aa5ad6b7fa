#include "base/text.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum {
	BEL = 0x07,
	CAN = 0x18,
	SUB = 0x1a,
	ESC = 0x1b,
	DEL = 0x7f,
};

static bool in_range(unsigned code, unsigned first, unsigned last)
{
	return code >= first && code <= last;
}

bool text_is_binary(const char *bytes, size_t len)
{
	return len && memchr(bytes, '\0', len);
}

/* --- UTF-8 ---------------------------------------------------------------------------------- */

/* The bytes of the character at `s` and its code; 0 if none stands there. `len` is at least 1. */
static size_t utf8_decode(const unsigned char *s, size_t len, unsigned *code)
{
	static const struct {
		unsigned char first, last; /* lead bytes */
		unsigned char size;
		unsigned char low,
			high; /* what may follow them: overlong forms and surrogates may not */
	} leads[] = {
		{0x00, 0x7f, 1, 0, 0},
		{0xc2, 0xdf, 2, 0x80, 0xbf},
		{0xe0, 0xe0, 3, 0xa0, 0xbf},
		{0xe1, 0xec, 3, 0x80, 0xbf},
		{0xed, 0xed, 3, 0x80, 0x9f},
		{0xee, 0xef, 3, 0x80, 0xbf},
		{0xf0, 0xf0, 4, 0x90, 0xbf},
		{0xf1, 0xf3, 4, 0x80, 0xbf},
		{0xf4, 0xf4, 4, 0x80, 0x8f},
	};

	for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
		size_t size = leads[i].size;

		if (!in_range(s[0], leads[i].first, leads[i].last))
			continue;
		if (size > len || (size > 1 && !in_range(s[1], leads[i].low, leads[i].high)))
			return 0;
		*code = size == 1 ? s[0] : s[0] & (0x7fu >> size);
		for (size_t k = 1; k < size; k++) {
			if (!in_range(s[k], 0x80, 0xbf))
				return 0;
			*code = *code << 6 | (s[k] & 0x3fu);
		}
		return size;
	}
	return 0;
}

bool text_is_utf8(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	unsigned code;

	for (size_t i = 0, size; i < len; i += size) {
		size = utf8_decode(s + i, len - i, &code);
		if (!size)
			return false;
	}
	return true;
}

/* --- cleaning ------------------------------------------------------------------------------- */

static size_t skip_range(
	const unsigned char *s, size_t len, size_t at, unsigned first, unsigned last)
{
	while (at < len && in_range(s[at], first, last))
		at++;
	return at;
}

/*
 * The end of a control string (OSC, DCS, SOS, PM, APC) whose content starts at `at`. One that is
 * never closed reaches no further than its line: it must not hide what comes after.
 */
static size_t skip_string(const unsigned char *s, size_t len, size_t at, bool bell_ends)
{
	size_t line_end = 0;

	for (; at < len; at++) {
		if (s[at] == ESC && at + 1 < len && s[at + 1] == '\\')
			return at + 2;
		if (s[at] == 0xc2 && at + 1 < len && s[at + 1] == 0x9c)
			return at + 2;
		if (s[at] == CAN || s[at] == SUB || (bell_ends && s[at] == BEL))
			return at + 1;
		if (s[at] == ESC)
			break;
		if (s[at] == '\n' && !line_end)
			line_end = at;
	}
	return line_end ? line_end : at;
}

/* The bytes of the escape sequence at `s`, which begins with ESC; what is malformed ends it. */
static size_t escape_len(const unsigned char *s, size_t len)
{
	size_t at;

	if (len < 2)
		return 1;
	if (strchr("]PX^_", s[1]) && s[1])
		return skip_string(s, len, 2, s[1] == ']');
	if (s[1] == '[') {
		at = skip_range(s, len, 2, 0x30, 0x3f);
		at = skip_range(s, len, at, 0x20, 0x2f);
		return at < len && in_range(s[at], 0x40, 0x7e) ? at + 1 : at;
	}
	at = skip_range(s, len, 1, 0x20, 0x2f);
	return at < len && in_range(s[at], 0x30, 0x7e) ? at + 1 : at;
}

static bool is_harmful(unsigned code)
{
	static const unsigned ranges[][2] = {
		{0x00, 0x08},     /* C0 but tab */
		{0x0b, 0x1f},     /* and newline */
		{DEL, 0x9f},      /* C1 */
		{0x061c, 0x061c}, /* Arabic letter mark */
		{0x200e, 0x200f}, /* direction marks */
		{0x202a, 0x202e}, /* embeddings and overrides */
		{0x2066, 0x2069}, /* isolates */
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (in_range(code, ranges[i][0], ranges[i][1]))
			return true;
	return false;
}

void text_clean(struct buf *b)
{
	unsigned char *s = (unsigned char *)b->data;
	size_t size, to = 0;
	unsigned code;

	/* In place: nothing becomes longer. */
	for (size_t at = 0; at < b->len; at += size) {
		size_t left = b->len - at;

		if (s[at] == ESC) {
			size = escape_len(s + at, left);
			continue;
		}
		if (s[at] == '\r' && left > 1 && s[at + 1] == '\n') {
			size = 1;
			continue;
		}
		size = utf8_decode(s + at, left, &code);
		if (!size || is_harmful(code)) {
			s[to++] = '?';
			size = size ? size : 1;
			continue;
		}
		memmove(s + to, s + at, size);
		to += size;
	}
	buf_cut(b, to);
}

char *text_cleaned(const char *text)
{
	struct buf copy = BUF_INIT;

	buf_puts(&copy, text);
	text_clean(&copy);
	return buf_take(&copy);
}

/* --- cutting and replacing ------------------------------------------------------------------ */

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The last good place to end the first part, at or before `end`. */
static size_t head_border(const struct buf *b, size_t end)
{
	const char *newline = memrchr(b->data + end / 2, '\n', end - end / 2);

	if (newline)
		return (size_t)(newline - b->data) + 1;
	while (end && is_continuation(b->data[end]))
		end--;
	return end;
}

/* The first good place to begin the last part, at or after `start`, which is not 0. */
static size_t tail_border(const struct buf *b, size_t start)
{
	const char *newline = memchr(b->data + start - 1, '\n', (b->len - start) / 2 + 1);

	if (newline)
		return (size_t)(newline - b->data) + 1;
	while (start < b->len && is_continuation(b->data[start]))
		start++;
	return start;
}

void text_cut_middle(struct buf *b, size_t max)
{
	CLEANUP(buf_release) struct buf note = BUF_INIT;
	size_t from, to;

	if (b->len <= max)
		return;
	from = head_border(b, max / 2);
	to = tail_border(b, b->len - (max - max / 2));
	if (from && b->data[from - 1] != '\n')
		buf_putc(&note, '\n');
	buf_printf(&note, "[... %zu bytes left out ...]\n", to - from);
	buf_splice(b, from, to - from, note.data, note.len);
}

void text_replace(struct buf *b, const char *from, const char *to)
{
	size_t from_len = strlen(from), to_len = strlen(to);
	struct buf out = BUF_INIT;
	const char *at = b->data, *end = b->data + b->len, *hit;

	if (!from_len || !memmem(at, b->len, from, from_len))
		return;
	while ((hit = memmem(at, (size_t)(end - at), from, from_len))) {
		buf_add(&out, at, (size_t)(hit - at));
		buf_add(&out, to, to_len);
		at = hit + from_len;
	}
	buf_add(&out, at, (size_t)(end - at));
	buf_release(b);
	*b = out;
}

/* --- comparing ------------------------------------------------------------------------------ */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
static size_t distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b), width = b_len + 1, result;
	size_t *rows = xcalloc(3 * width, sizeof *rows);
	size_t *before = rows, *last = rows + width, *now = rows + 2 * width;

	for (size_t k = 0; k <= b_len; k++)
		now[k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *recycled = before;

		before = last;
		last = now;
		now = recycled;
		now[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			now[k] = min3(
				last[k] + 1, now[k - 1] + 1, last[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				now[k] = min3(now[k], before[k - 2] + 1, now[k]);
		}
	}
	result = now[b_len];
	free(rows);
	return result;
}

const char *text_nearest(const char *word, const char *const *candidates)
{
	size_t len = strlen(word), limit = len / 3 ? len / 3 : 1;
	const char *nearest = NULL;

	if (!len)
		return NULL;
	for (; *candidates; candidates++) {
		size_t size = strlen(*candidates), apart;

		if (size > len + limit || len > size + limit)
			continue;
		apart = distance(word, *candidates);
		if (apart <= limit) {
			nearest = *candidates;
			if (!apart)
				break;
			limit = apart - 1;
		}
	}
	return nearest;
}
