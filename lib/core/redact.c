#include "core/redact.h"
#include "base/alloc.h"
#include "core/guard_secrets.h"
#include "core/secret_check.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define KEY_MAX       ((size_t)32768)  /* bytes of a private key, from its first line to its last */
#define LINE_MAX_HELD ((size_t)262144) /* bytes of a line before its beginning is let go */
#define TAIL_HELD     ((size_t)20480)  /* bytes of it that stay: more than any secret has */
#define LINE_MIN      ((size_t)16)     /* characters of a key's line, but for its last */

/* Of this process: its environment does not change. */
static struct secrets *the_set(void)
{
	static struct secrets *set;

	if (!set) {
		set = secrets_new();
		secrets_add_environ(set, (const char *const *)environ);
	}
	return set;
}

struct work {
	const char *text;
	size_t len;
	size_t done;  /* bytes of the text that are in `out`, or left out of it */
	size_t limit; /* what begins before it is let go, what goes over it is not */
	struct buf *out;
	size_t taken;
};

static bool is_base64(unsigned char c)
{
	return secret_digit64(c) >= 0 || c == '=';
}

/* Past blanks, quotes and what stands for the end of a line in a string. */
static size_t skip_between(const struct work *w, size_t at)
{
	while (at < w->len && w->text[at] && strchr(" \t\r\n\"'+,\\", w->text[at]))
		at += w->text[at] == '\\' && at + 1 < w->len && strchr("nr", w->text[at + 1]) ? 2
											      : 1;
	return at;
}

/* A private key is found by its first line: the others go with it. */
static size_t end_of_key(const struct work *w, const struct secret_hit *hit)
{
	size_t most = w->len - hit->start > KEY_MAX ? hit->start + KEY_MAX : w->len;
	size_t end = hit->end, at = end;

	while (at < most) {
		size_t start = at, next;
		bool padded = false;

		for (; at < most && is_base64((unsigned char)w->text[at]); at++)
			padded = padded || w->text[at] == '=';
		next = skip_between(w, at);
		if (start != hit->end && at - start < LINE_MIN && !padded &&
			(w->len - next < 5 || memcmp(w->text + next, "-----", 5) != 0))
			break;
		end = at;
		if (next == at)
			break;
		at = next;
	}
	return end;
}

static void take_out(void *state, const struct secret_hit *hit)
{
	struct work *w = state;
	size_t end = hit->end;

	if (hit->start >= w->limit)
		return;
	if (hit->rule->flags & SECRET_LINES)
		end = end_of_key(w, hit);
	if (end <= w->done)
		return;
	w->taken++;
	if (hit->start >= w->done) {
		buf_add(w->out, w->text + w->done, hit->start - w->done);
		buf_printf(
			w->out, "[redacted: %s]", hit->variable ? hit->variable : hit->rule->name);
	}
	w->done = end;
}

/* Redacts what begins before `limit`; returns how far the text is used up. `taken` (may be NULL) counts. */
static size_t work_on(const char *text, size_t len, size_t limit, struct buf *out, size_t *taken)
{
	struct work w = {text, len, 0, limit, out, 0};

	secrets_scan(the_set(), text, len, take_out, &w);
	if (w.done < limit) {
		buf_add(out, text + w.done, limit - w.done);
		w.done = limit;
	}
	if (taken)
		*taken += w.taken;
	return w.done;
}

void redact(struct buf *text)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct buf before;

	work_on(text->data, text->len, text->len, &out, NULL);
	before = *text;
	*text = out;
	out = before;
}

void redact_string(char **text)
{
	struct buf all = BUF_INIT;

	if (!*text)
		return;
	buf_puts(&all, *text);
	redact(&all);
	str_free(text);
	*text = buf_take(&all);
}

/* --- in pieces --------------------------------------------------------------------------------- */

static const char *const keys[][2] = {
	{"-----BEGIN", "-----END"}, {"PuTTY-User-Key-File-", "Private-MAC"}};

/* Where the line before offset `at`, which begins one, begins; `at` itself: there is none. */
static size_t line_before(const struct buf *held, size_t at)
{
	const char *newline = at > 1 ? memrchr(held->data, '\n', at - 1) : NULL;

	return newline ? (size_t)(newline - held->data) + 1 : 0;
}

static bool is_encoded(const char *line, size_t len)
{
	while (len && is_base64((unsigned char)line[len - 1]))
		len--;
	return !len;
}

/* Where the line with the last `begin` that has no `end` after it begins, if it is near; else `limit`. */
static size_t begin_of_key(const struct buf *held, size_t limit, const char *begin, const char *end)
{
	const char *key = NULL, *newline;

	for (const char *p = held->data;
		(p = memmem(p, limit - (size_t)(p - held->data), begin, strlen(begin))); p++)
		key = p;
	if (!key || held->len - (size_t)(key - held->data) > KEY_MAX ||
		memmem(key, limit - (size_t)(key - held->data), end, strlen(end)))
		return limit;
	newline = memrchr(held->data, '\n', (size_t)(key - held->data));
	return newline ? (size_t)(newline - held->data) + 1 : 0;
}

/*
 * Where the lines before `limit` that are base64 and nothing else, and so may go on, begin; else `limit`. A short one is a word, if
 * nothing stands before it: "started" is not held until the next line comes.
 */
static size_t begin_of_code(const struct buf *held, size_t limit)
{
	size_t begin = limit, next = limit;

	for (size_t at = line_before(held, next);
		at < next && held->len - at < KEY_MAX && is_encoded(held->data + at, next - at - 1);
		at = line_before(held, next)) {
		begin = next - at > LINE_MIN ? at : begin;
		next = at;
	}
	return begin;
}

/* Up to where the held text can be let go. */
static size_t limit_of(const struct buf *held)
{
	const char *newline = memrchr(held->data, '\n', held->len);
	size_t limit = newline ? (size_t)(newline - held->data) + 1 : 0;

	if (!limit)
		return held->len > LINE_MAX_HELD ? held->len - TAIL_HELD : 0;
	limit = begin_of_code(held, limit);
	/* A private key that has begun and not ended goes on. */
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		limit = begin_of_key(held, limit, keys[i][0], keys[i][1]);
	return limit;
}

void redact_feed(struct redact_stream *s, const char *bytes, size_t len, struct buf *out)
{
	size_t limit;

	buf_add(&s->held, bytes, len);
	limit = limit_of(&s->held);
	if (limit)
		buf_splice(&s->held, 0, work_on(s->held.data, s->held.len, limit, out, &s->taken),
			"", 0);
}

void redact_end(struct redact_stream *s, struct buf *out)
{
	work_on(s->held.data, s->held.len, s->held.len, out, &s->taken);
	buf_clear(&s->held);
}

void redact_release(struct redact_stream *s)
{
	buf_release(&s->held);
}
