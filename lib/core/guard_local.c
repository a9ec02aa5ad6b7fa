#include "core/guard_local.h"

#include "base/alloc.h"
#include "base/text.h"
#include "core/guard_policy.h"
#include "core/guard_refs.h"
#include "port/clock.h"
#include "port/gitdir.h"

#include <string.h>

#define TIME_MS   10000 /* refs are locked meanwhile */
#define SHOWN_MAX 100

static int malformed(struct fault *why)
{
	return fault_set(why, EXIT_REFUSED, "what git says it moves does not parse");
}

static bool is_zero(const char *oid)
{
	return oid[strspn(oid, "0")] == '\0';
}

/* One line, without its newline, cut into three at its blanks. */
static int take_line(char *line, struct vec *refs, struct fault *why)
{
	char *next = strchr(line, ' ');
	char *ref = next ? strchr(next + 1, ' ') : NULL;

	if (!ref || strchr(ref + 1, ' ') || !ref[1])
		return malformed(why);
	*next++ = '\0';
	*ref++ = '\0';
	if (!*line || !*next)
		return malformed(why);
	/* Zeros twice are a deletion, whatever is there. */
	if (strcmp(line, next) == 0 && !is_zero(next))
		return 0;
	vec_push(refs, ref);
	return 0;
}

int guard_local_parse(const char *bytes, size_t len, struct vec *refs, struct fault *why)
{
	const char *end = bytes + len;

	if (memchr(bytes, 0, len))
		return malformed(why);
	for (const char *line = bytes, *newline; line < end; line = newline + 1) {
		CLEANUP(str_free) char *copy = NULL;

		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			return malformed(why);
		copy = xstrndup(line, (size_t)(newline - line));
		if (take_line(copy, refs, why))
			return -1;
	}
	return 0;
}

static void put_refused(struct buf *text, const char *ref, enum guard_verdict verdict)
{
	CLEANUP(str_free) char *cut = xstrndup(ref, SHOWN_MAX);
	CLEANUP(str_free) char *clean = text_cleaned(cut);

	buf_printf(text,
		"error: refused: '%s' is %s, and this process belongs to a run\n"
		"hint: commit on a branch of your own: git switch -c <topic>\n",
		clean, verdict == GUARD_OWN ? "bookkeeping of runs" : "protected");
}

/* 1: something is refused. */
static int judge(const struct vec *refs, struct buf *text, struct fault *why)
{
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(guard_policy_release) struct guard_policy policy;

	guard_policy_init(&policy);
	if (gitdir_find(&dir, why) ||
		guard_policy_read(&policy, &dir, NULL, clock_now_ms() + TIME_MS, NULL, why))
		return -1;
	for (size_t i = 0; i < refs->len; i++) {
		enum guard_verdict verdict = guard_refs_judge(refs->items[i], &policy.branches);

		if (verdict == GUARD_PASS)
			continue;
		put_refused(text, refs->items[i], verdict);
		return 1;
	}
	return 0;
}

int guard_local_judge(const struct buf *input, struct buf *text)
{
	CLEANUP(vec_release) struct vec refs = VEC_INIT;
	struct fault why = FAULT_INIT;
	int refused = guard_local_parse(input->data, input->len, &refs, &why);

	if (!refused && refs.len)
		refused = judge(&refs, text, &why);
	if (refused < 0) {
		buf_printf(text, "error: refused: cannot tell what is protected: %s", why.message);
		text_clean(text);
		buf_putc(text, '\n');
	}
	return refused ? EXIT_RED : EXIT_DONE;
}
