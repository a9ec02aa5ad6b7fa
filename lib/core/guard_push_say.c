#include "core/guard_push_private.h"

#include "base/alloc.h"
#include "base/text.h"
#include "core/guard_git.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 100 /* bytes of a name in a message */

char *guard_shown(const char *name, size_t len)
{
	CLEANUP(str_free) char *cut = xstrndup(name, len < SHOWN_MAX ? len : SHOWN_MAX);
	char *clean = text_cleaned(cut);

	for (char *c = clean; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = '?';
	return clean;
}

struct guard_refusal *guard_refuse_text(struct guard_push *push, const char *rule, const char *text)
{
	struct guard_refusal *refusal;

	GROW(push->refusals, push->len, push->cap);
	refusal = &push->refusals[push->len++];
	*refusal = (struct guard_refusal){
		.rule = rule, .refs = VEC_INIT, .text = xstrdup(text), .hints = VEC_INIT};
	return refusal;
}

void guard_put_remote(struct buf *out, const struct guard_push *push)
{
	CLEANUP(str_free)
	char *name = push->remote ? guard_shown(push->remote, strlen(push->remote)) : NULL;

	if (name)
		buf_printf(out, "on '%s' ", name);
	else if (push->url)
		buf_puts(out, "on the remote repository ");
}

struct guard_refusal *guard_refuse(struct guard_push *push, const char *rule,
	const struct guard_updates *which, const char *what)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(str_free) char *ref = guard_shown(which->items[0].ref, which->items[0].ref_len);
	struct guard_refusal *refusal;

	buf_printf(&text, "'%s' ", ref);
	if (which->len > 1)
		buf_printf(&text, "and %zu more ", which->len - 1);
	guard_put_remote(&text, push);
	buf_printf(&text, "%s %s", which->len > 1 ? "are" : "is", what);
	refusal = guard_refuse_text(push, rule, text.data);
	for (size_t i = 0; i < which->len; i++)
		vec_pushf(
			&refusal->refs, "%.*s", (int)which->items[i].ref_len, which->items[i].ref);
	return refusal;
}

void guard_hint_remote(const struct guard_push *push, struct guard_refusal *refusal,
	const char *before, const char *after)
{
	CLEANUP(buf_release) struct buf hint = BUF_INIT;

	buf_puts(&hint, before);
	if (push->remote) {
		CLEANUP(str_free) char *name = guard_shown(push->remote, strlen(push->remote));

		text_put_shell_word(&hint, name);
	} else {
		buf_puts(&hint, "<remote>");
	}
	buf_puts(&hint, after);
	vec_push(&refusal->hints, hint.data);
}

void guard_put_refusal(const struct guard_refusal *refusal, struct buf *out)
{
	buf_printf(out, "error: push refused: %s\n", refusal->text);
	for (size_t i = 0; i < refusal->hints.len; i++)
		buf_printf(out, "hint: %s\n", refusal->hints.items[i]);
}

void guard_put_unseen(const struct guard_push *push, struct buf *out)
{
	for (size_t i = 0; i < push->unseen.len; i++)
		buf_printf(out, "warning: not looked into: %s\n", push->unseen.items[i]);
}

void guard_put_fault(const struct fault *why, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_printf(&text, "error: push refused: %s%s",
		strcmp(why->reason, GUARD_LATE) ? "cannot tell what is protected: " : "",
		why->message);
	text_clean(&text);
	for (char *c = text.data; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	buf_printf(out, "%s\n", text.data);
	if (why->hint[0])
		buf_printf(out, "hint: %s\n", why->hint);
}
