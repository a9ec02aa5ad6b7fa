#include "core/secret_glance.h"
#include "base/alloc.h"
#include "core/diff_lines.h"
#include "core/secret_search.h"

#include <string.h>

#define UNSENT_MAX ((size_t)1 << 18) /* bytes of names, from which on the list waits */
#define GITLINK    0160000U

int secret_glance_start(struct secret_glance *g, const struct git_call *call,
	const struct buf *revisions, const struct vec *more, struct fault *why)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	/* Its output is whole at the end alone: it need not be told of each commit. */
	static const char *const env[] = {"GIT_FLUSH=0", NULL};
	struct git_call plain = *call;

	plain.env = env;
	diff_lines_log(&args, true);
	vec_push(&args, "--ignore-missing");
	vec_push(&args, "--stdin");
	if (more)
		vec_push_all(&args, (const char *const *)more->items);
	return git_stream_open(&plain, &args, revisions, 0, &g->list, why);
}

void secret_glance_release(struct secret_glance *g)
{
	git_stream_free(&g->list);
}

/* --- what is listed ---------------------------------------------------------------------------- */

struct look {
	struct secrets *set;
	struct git_batch *objects;
	bool may;
};

static void look_into(struct look *l, const char *text, size_t len)
{
	l->may = l->may || secrets_may(l->set, text, len);
}

static int take_commit(
	void *state, const char *oid, const char *message, size_t len, struct fault *why)
{
	(void)oid;
	(void)why;
	look_into(state, message, len);
	return 0;
}

static int take_file(void *state, const char *path, struct fault *why)
{
	(void)why;
	look_into(state, path, strlen(path));
	return 0;
}

static int take_object(
	void *state, const char *path, unsigned mode, const char *oid, struct fault *why)
{
	struct look *l = state;

	(void)path;
	(void)why;
	if (mode != GITLINK)
		git_batch_ask(l->objects, oid);
	return 0;
}

/* --- what the files hold ----------------------------------------------------------------------- */

/*
 * A diff shows the lines of what has a NUL only far in, and of other bytes nothing: then secret_search reads their text, where they
 * are not too many, which it has to say.
 */
static void look_into_bytes(struct look *l, const char *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	look_into(l, bytes, len);
	if (l->may || !memchr(bytes, '\0', len))
		return;
	if (len > SECRET_BINARY_MAX) {
		l->may = true;
		return;
	}
	secret_text(bytes, len, &text);
	look_into(l, text.data, text.len);
}

static void take_answers(struct look *l)
{
	struct git_object object;
	enum git_answer answer;
	const char *bytes;

	while (!l->may && (answer = git_batch_take(l->objects, DIFF_LINES_BIG, &object, &bytes)) !=
				  GIT_ANSWER_LATER) {
		if (bytes)
			look_into_bytes(l, bytes, object.size);
		else
			l->may =
				true; /* too large, or not there: secret_search says what that means */
	}
}

/* --- both at once ------------------------------------------------------------------------------ */

/* 1: the list has ended. */
static int read_list(struct secret_glance *g, struct diff_lines *lines, struct fault *why)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	int ended = git_stream_read(g->list, &bytes, why);

	if (ended < 0 || diff_lines_feed(lines, &bytes, why))
		return -1;
	return ended && diff_lines_end(lines, why) ? -1 : ended;
}

static int look_on(struct secret_glance *g, struct look *l, struct diff_lines *lines, int64_t until,
	struct fault *why)
{
	bool ended = false;

	while (!l->may && (!ended || git_batch_asked(l->objects))) {
		struct pollfd set[] = {git_batch_poll(l->objects), git_stream_poll(g->list)};
		bool full = git_batch_unsent(l->objects) > UNSENT_MAX;
		int rc = 0;

		if (git_wait(set, ended || full ? 1 : 2, until, why))
			return -1;
		if (set[1].revents)
			rc = read_list(g, lines, why);
		if (rc < 0)
			return -1;
		ended = ended || rc;
		if ((set[0].revents || git_batch_asked(l->objects)) &&
			git_batch_serve(l->objects, why))
			return -1;
		take_answers(l);
	}
	return l->may;
}

int secret_glance_look(struct secret_glance *g, struct secrets *set, struct git_batch *objects,
	int64_t until, struct fault *why)
{
	struct look look = {set, objects, false};
	const struct diff_sink sink = {
		.state = &look, .commit = take_commit, .file = take_file, .object = take_object};
	CLEANUP(diff_lines_release) struct diff_lines lines;

	diff_lines_init(&lines, &sink);
	secrets_ready(set);
	return look_on(g, &look, &lines, until, why);
}
