#include "port/git_batch.h"
#include "base/alloc.h"
#include "base/vec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CHUNK ((size_t)65536)

struct git_batch {
	struct git_child *child;
	int fd;
	struct buf seen; /* read and not yet given out */
};

int git_batch_open(const struct git_call *call, struct git_batch **out, struct fault *why)
{
	static const char *const words[] = {"cat-file", "--batch", NULL};
	CLEANUP(git_batch_free) struct git_batch *batch = xcalloc(1, sizeof *batch);
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(fd_close) int theirs = -1;
	struct git_call talk = *call;
	int ends[2];

	*batch = (struct git_batch){.fd = -1, .seen = BUF_INIT};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fault_errno(why, "cannot start git");
	batch->fd = ends[0];
	theirs = ends[1];
	talk.socket = theirs;
	vec_push_all(&args, words);
	if (git_start(&talk, &args, false, &batch->child, why) < 0)
		return -1;
	*out = batch;
	batch = NULL;
	return 0;
}

/* It ended where it should have answered. */
static int fault_ended(struct git_batch *batch, struct fault *why)
{
	if (git_finish(&batch->child, NULL, why) < 0)
		return -1;
	return fault_set(why, EXIT_FATAL, "git cat-file ended early");
}

/* Not with write(2): a git that was killed must not kill its reader by SIGPIPE. */
static int ask(struct git_batch *batch, const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;

	buf_printf(&line, "%s\n", name);
	for (size_t at = 0; at < line.len;) {
		ssize_t put = send(batch->fd, line.data + at, line.len - at, MSG_NOSIGNAL);

		if (put < 0 && errno != EINTR)
			return fault_ended(batch, why);
		at += put > 0 ? (size_t)put : 0;
	}
	return 0;
}

static int read_more(struct git_batch *batch, struct fault *why)
{
	ssize_t got;

	buf_reserve(&batch->seen, CHUNK);
	do
		got = recv(batch->fd, batch->seen.data + batch->seen.len, CHUNK, 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return fault_ended(batch, why);
	batch->seen.len += (size_t)got;
	batch->seen.data[batch->seen.len] = '\0';
	return 0;
}

/* "<oid> <type> <size>", and not "<name> missing" or "<name> ambiguous", whatever the name is. */
static bool take_header(const char *line, struct git_object *object)
{
	int end = 0;

	return sscanf(line, "%64[0-9a-f] %7[a-z] %zu%n", object->oid, object->type, &object->size,
		       &end) == 3 &&
	       !line[end];
}

int git_batch_read(struct git_batch *batch, const char *name, size_t max, struct git_object *object,
	struct buf *out, struct fault *why)
{
	struct buf *seen = &batch->seen;
	char *newline;

	*object = (struct git_object){0};
	if (strchr(name, '\n'))
		return 1;
	buf_clear(seen);
	if (ask(batch, name, why) < 0)
		return -1;
	while (!(newline = memchr(seen->data, '\n', seen->len)))
		if (read_more(batch, why) < 0)
			return -1;
	*newline = '\0';
	if (!take_header(seen->data, object))
		return 1;
	if (object->size > max)
		return 0;
	buf_splice(seen, 0, (size_t)(newline - seen->data) + 1, "", 0);
	while (seen->len < object->size + 1) /* a newline follows */
		if (read_more(batch, why) < 0)
			return -1;
	buf_add(out, seen->data, object->size);
	return 0;
}

void git_batch_free(struct git_batch **batch)
{
	struct git_batch *b = *batch;

	if (!b)
		return;
	git_child_free(&b->child);
	fd_close(&b->fd);
	buf_release(&b->seen);
	free(b);
	*batch = NULL;
}
