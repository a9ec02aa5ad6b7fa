#include "core/guard_commits.h"

#include "base/alloc.h"
#include "core/guard_git.h"

#include <string.h>
#include <strings.h>

void guard_put_range(struct buf *input, const struct guard_update *updates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct guard_update *u = &updates[i];

		if (!u->deletion)
			buf_printf(input, "%.*s\n", (int)u->oid_len, u->new_oid);
		if (!u->creation)
			buf_printf(input, "^%.*s\n", (int)u->oid_len, u->old_oid);
	}
}

void guard_push_known(struct vec *argv, const struct vec *known)
{
	if (!known->len)
		return;
	vec_push(argv, "--not");
	vec_push_all(argv, (const char *const *)known->items);
}

/* --- an agent's ------------------------------------------------------------------------------- */

/* The first line "run <trailer>" with something in it, of what rev-list printed. 1: none. */
static int first_run(const struct buf *text, struct buf *run)
{
	const char *end = text->data + text->len;

	for (const char *line = text->data, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		next = newline ? newline + 1 : end;
		if (next - line > 5 && memcmp(line, "run ", 4) == 0) {
			buf_add(run, line + 4, (size_t)(next - line - 4));
			buf_rtrim(run);
			return 0;
		}
	}
	return 1;
}

static int find_run(struct vec *argv, const struct buf *input, int64_t end_ms, struct buf *run,
	struct fault *why)
{
	CLEANUP(proc_free) struct proc *child = NULL;

	return guard_git_run(argv, input, end_ms, &child, why) < 0 ? -1
								   : first_run(&child->out, run);
}

#define RUN_FORMAT "--format=run %(trailers:key=Agent-Run,unfold,separator=%x2C)"

int guard_agent_commits(const struct guard_update *updates, size_t count, const struct vec *known,
	int64_t end_ms, struct buf *run, struct fault *why)
{
	/* --ignore-missing: what the remote has may not be here, and what is not here cannot be pushed. */
	static const char *const fixed[] = {
		"git", "rev-list", "--ignore-missing", "--stdin", RUN_FORMAT, NULL};
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	CLEANUP(buf_release) struct buf input = BUF_INIT;

	vec_push_all(&argv, fixed);
	guard_put_range(&input, updates, count);
	guard_push_known(&argv, known);
	return find_run(&argv, &input, end_ms, run, why);
}

int guard_agent_straight(const struct guard_update *updates, size_t count, const struct vec *known,
	int64_t end_ms, struct buf *run, struct fault *why)
{
	static const char *const fixed[] = {
		"git", "rev-list", "--first-parent", "--stdin", RUN_FORMAT, NULL};
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	CLEANUP(buf_release) struct buf input = BUF_INIT;

	vec_push_all(&argv, fixed);
	guard_put_range(&input, updates, count);
	for (size_t i = 0; i < known->len; i++)
		buf_printf(&input, "^%s\n", known->items[i]);
	return find_run(&argv, &input, end_ms, run, why);
}

/* --- what is dropped -------------------------------------------------------------------------- */

static void put_dropped(struct buf *input, const struct guard_update *updates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct guard_update *u = &updates[i];

		if (u->creation || u->deletion)
			continue;
		buf_printf(input, "%.*s\n^%.*s\n", (int)u->oid_len, u->old_oid, (int)u->oid_len,
			u->new_oid);
	}
}

/* "commit <id>", then "by <address>". 1: all are of `email`. */
static int first_of_others(const struct buf *text, const char *email, struct buf *which)
{
	const char *end = text->data + text->len;
	const char *id = "";
	int id_len = 0;

	for (const char *line = text->data, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = newline ? (size_t)(newline - line) : (size_t)(end - line);

		next = newline ? newline + 1 : end;
		if (len > 7 && memcmp(line, "commit ", 7) == 0) {
			id = line + 7;
			id_len = (int)len - 7;
		}
		if (len < 3 || memcmp(line, "by ", 3) != 0)
			continue;
		if (email && strlen(email) == len - 3 && strncasecmp(email, line + 3, len - 3) == 0)
			continue;
		buf_printf(which, "%.*s %.*s", id_len, id, (int)len - 3, line + 3);
		return 0;
	}
	return 1;
}

/* Some of what the other side has is not here. */
static int is_missing(const struct buf *input, int64_t end_ms, struct fault *why)
{
	static const char *const argv[] = {"git", "cat-file", "--batch-check", NULL};
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	CLEANUP(proc_free) struct proc *child = NULL;

	for (const char *c = input->data; *c; c++)
		if (*c != '^')
			buf_putc(&names, *c);
	if (guard_git_start(argv, &names, end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "cat-file", false, why) < 0)
		return -1;
	return memmem(child->out.data, child->out.len, " missing\n", 9) != NULL;
}

int guard_dropped(const struct guard_update *updates, size_t count, const char *email,
	int64_t end_ms, struct buf *which, struct fault *why)
{
	static const char *const argv[] = {"git", "rev-list", "--stdin", "--format=by %ae", NULL};
	CLEANUP(buf_release) struct buf input = BUF_INIT;
	CLEANUP(proc_free) struct proc *child = NULL;

	put_dropped(&input, updates, count);
	if (!input.len)
		return 1;
	if (guard_git_start_quiet(argv, &input, end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (child->end == PROC_EXITED && child->code == 128) {
		int missing = is_missing(&input, end_ms, why);

		if (missing)
			return missing < 0 ? -1 : 0;
	}
	if (guard_git_end(child, "rev-list", false, why) < 0)
		return -1;
	return first_of_others(&child->out, email, which);
}
