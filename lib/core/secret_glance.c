#include "core/secret_glance_private.h"

#include "base/alloc.h"
#include "core/diff_lines.h"
#include "core/secret_search.h"
#include "core/secret_text.h"
#include "port/git_stream.h"

#include <string.h>

#define UNSENT_MAX ((size_t)1 << 18) /* bytes of names, from which on the list waits */

void glance_into(struct glance *l, const char *text, size_t len)
{
	l->may = l->may || secrets_may(l->of->set, text, len);
}

/* --- what is listed ---------------------------------------------------------------------------- */

static int take_commit(
	void *state, const char *oid, const char *message, size_t len, struct fault *why)
{
	(void)oid;
	(void)why;
	glance_into(state, message, len);
	return 0;
}

static int take_file(void *state, const char *path, struct fault *why)
{
	(void)why;
	glance_into(state, path, strlen(path));
	return 0;
}

static int take_object(
	void *state, const char *path, unsigned mode, const char *oid, struct fault *why)
{
	struct glance *l = state;

	(void)path;
	(void)why;
	if (mode != GLANCE_GITLINK)
		git_batch_ask(l->of->objects, oid);
	return 0;
}

/* --- what the files hold ----------------------------------------------------------------------- */

/*
 * A diff shows the lines of what has a NUL only far in, and of other bytes nothing: then secret_search reads their text, where they
 * are not too many, which it has to say.
 */
static void look_into_bytes(struct glance *l, const char *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	glance_into(l, bytes, len);
	if (l->may || !memchr(bytes, '\0', len))
		return;
	if (len > SECRET_BINARY_MAX) {
		l->may = true;
		return;
	}
	secret_text(bytes, len, &text);
	glance_into(l, text.data, text.len);
}

static void take_answers(struct glance *l)
{
	struct git_object object;
	const char *bytes;

	while (!l->may && git_batch_take(l->of->objects, DIFF_LINES_BIG, &object, &bytes) !=
				  GIT_ANSWER_LATER) {
		if (bytes)
			look_into_bytes(l, bytes, object.size);
		else
			l->may =
				true; /* too large, or not there: secret_search says what that means */
	}
}

/* --- both at once ------------------------------------------------------------------------------ */

static int start_list(const struct secret_glance *g, struct git_stream **list, struct fault *why)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;

	diff_lines_log(&args, true);
	vec_push(&args, "--ignore-missing");
	vec_push(&args, "--stdin");
	vec_push_all(&args, (const char *const *)g->more->items);
	return git_stream_open(g->call, &args, g->revisions, 0, list, why);
}

/* 1: the list has ended. */
static int read_list(struct git_stream *list, struct diff_lines *lines, struct fault *why)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	int ended = git_stream_read(list, &bytes, why);

	if (ended < 0 || diff_lines_feed(lines, &bytes, why))
		return -1;
	return ended && diff_lines_end(lines, why) ? -1 : ended;
}

/* Until all that was asked is answered, and the list has ended (NULL: there is none). */
static int look_on(
	struct glance *l, struct git_stream *list, struct diff_lines *lines, struct fault *why)
{
	struct git_batch *objects = l->of->objects;
	bool listing = list != NULL;

	for (;;) {
		struct pollfd set[2] = {{.fd = -1}, {.fd = -1}};
		int rc = 0;

		if (git_batch_asked(objects) && git_batch_serve(objects, why))
			return -1;
		take_answers(l);
		if (l->may || (!listing && !git_batch_asked(objects)))
			break;
		set[0] = git_batch_poll(objects);
		if (listing && git_batch_unsent(objects) <= UNSENT_MAX)
			set[1] = git_stream_poll(list);
		if (git_wait(set, 2, l->of->until, why))
			return -1;
		if (set[1].revents)
			rc = read_list(list, lines, why);
		if (rc < 0)
			return -1;
		listing = listing && !rc;
	}
	return l->may;
}

static int look_at_list(struct glance *l, struct fault *why)
{
	const struct diff_sink sink = {
		.state = l, .commit = take_commit, .file = take_file, .object = take_object};
	CLEANUP(diff_lines_release) struct diff_lines lines;
	CLEANUP(git_stream_free) struct git_stream *list = NULL;

	diff_lines_init(&lines, &sink);
	if (start_list(l->of, &list, why) || git_batch_start(l->of->objects, why))
		return -1;
	return look_on(l, list, &lines, why);
}

int secret_glance(const struct secret_glance *g, struct fault *why)
{
	CLEANUP(vec_release) struct vec blobs = VEC_INIT;
	struct glance l = {g, false};
	int many;

	git_batch_until(g->objects, g->until);
	secrets_ready(g->set);
	many = glance_steps(&l, &blobs, why);
	if (many < 0 || l.may)
		return many < 0 ? -1 : 1;
	if (many)
		return look_at_list(&l, why);
	for (size_t i = 0; i < blobs.len; i++)
		git_batch_ask(g->objects, blobs.items[i]);
	return look_on(&l, NULL, NULL, why);
}
