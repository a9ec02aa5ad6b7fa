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
	int64_t until;
	struct buf names; /* asked for; the first `sent` bytes are on their way */
	size_t sent, asked;
	size_t held;     /* of them, since the last flush */
	struct buf seen; /* read; the first `taken` bytes have been given out */
	size_t taken;
	size_t over; /* bytes to come that nobody wants */
};

int git_batch_open(const struct git_call *call, struct git_batch **out, struct fault *why)
{
	static const char *const words[] = {"cat-file", "--batch-command", "--buffer", NULL};
	CLEANUP(git_batch_free) struct git_batch *batch = xcalloc(1, sizeof *batch);
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(fd_close) int theirs = -1;
	struct git_call talk = *call;
	int ends[2];

	*batch = (struct git_batch){.fd = -1, .names = BUF_INIT, .seen = BUF_INIT};
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

void git_batch_until(struct git_batch *batch, int64_t until)
{
	batch->until = until;
}

/* It ended where it should have answered. */
static int fault_ended(struct git_batch *batch, struct fault *why)
{
	if (git_finish(&batch->child, NULL, why) < 0)
		return -1;
	return fault_set(why, EXIT_FATAL, "git cat-file ended early");
}

void git_batch_ask(struct git_batch *batch, const char *name)
{
	buf_printf(&batch->names, "contents %s\n", name);
	batch->asked++;
	batch->held++;
}

size_t git_batch_asked(const struct git_batch *batch)
{
	return batch->asked;
}

size_t git_batch_unsent(const struct git_batch *batch)
{
	return batch->names.len - batch->sent;
}

struct pollfd git_batch_poll(const struct git_batch *batch)
{
	return (struct pollfd){.fd = batch->fd,
		.events = (short)(POLLIN | (git_batch_unsent(batch) ? POLLOUT : 0))};
}

/* Not with write(2): a git that was killed must not kill its reader by SIGPIPE. */
static int send_names(struct git_batch *batch, struct fault *why)
{
	/* Until then git holds what it is asked, and afterwards what it answers goes out at once. */
	if (batch->held)
		buf_puts(&batch->names, "flush\n");
	batch->held = 0;
	while (git_batch_unsent(batch)) {
		ssize_t put = send(batch->fd, batch->names.data + batch->sent,
			git_batch_unsent(batch), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (put < 0 && errno != EINTR)
			return fault_ended(batch, why);
		batch->sent += put > 0 ? (size_t)put : 0;
	}
	buf_clear(&batch->names);
	batch->sent = 0;
	return 0;
}

static int receive(struct git_batch *batch, struct fault *why)
{
	ssize_t got;

	if (batch->taken)
		buf_splice(&batch->seen, 0, batch->taken, "", 0);
	batch->taken = 0;
	buf_reserve(&batch->seen, CHUNK);
	do
		got = recv(batch->fd, batch->seen.data + batch->seen.len, CHUNK, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (got <= 0)
		return fault_ended(batch, why);
	batch->seen.len += (size_t)got;
	batch->seen.data[batch->seen.len] = '\0';
	return 0;
}

int git_batch_serve(struct git_batch *batch, struct fault *why)
{
	return send_names(batch, why) || receive(batch, why) ? -1 : 0;
}

/* "<oid> <type> <size>", and not "<name> missing" or "<name> ambiguous", whatever the name is. */
static bool take_header(const char *line, struct git_object *object)
{
	int end = 0;

	return sscanf(line, "%64[0-9a-f] %7[a-z] %zu%n", object->oid, object->type, &object->size,
		       &end) == 3 &&
	       !line[end];
}

/* Passes over what is left of an object that was too large; false: more of it is to come. */
static bool pass_over(struct git_batch *batch)
{
	size_t there = batch->seen.len - batch->taken;
	size_t some = there < batch->over ? there : batch->over;

	batch->taken += some;
	batch->over -= some;
	return !batch->over;
}

enum git_answer git_batch_take(
	struct git_batch *batch, size_t max, struct git_object *object, const char **bytes)
{
	char *line, *newline;
	size_t there;

	*object = (struct git_object){0};
	*bytes = NULL;
	if (!batch->asked || !pass_over(batch))
		return GIT_ANSWER_LATER;
	line = batch->seen.data + batch->taken;
	there = batch->seen.len - batch->taken;
	newline = memchr(line, '\n', there);
	if (!newline)
		return GIT_ANSWER_LATER;
	*newline = '\0';
	if (!take_header(line, object)) {
		batch->taken += (size_t)(newline - line) + 1;
		batch->asked--;
		return GIT_ANSWER_MISSING;
	}
	there -= (size_t)(newline - line) + 1;
	if (object->size > max) {
		batch->over = object->size + 1; /* a newline follows */
	} else if (there <= object->size) {
		*newline = '\n';
		buf_reserve(&batch->seen, object->size + 1 - there);
		return GIT_ANSWER_LATER;
	} else {
		*bytes = newline + 1;
		batch->taken += object->size + 1;
	}
	batch->taken += (size_t)(newline - line) + 1;
	batch->asked--;
	return GIT_ANSWER_FOUND;
}

int git_batch_answer(struct git_batch *batch, size_t max, struct git_object *object,
	struct buf *out, struct fault *why)
{
	enum git_answer answer;
	const char *bytes;

	while ((answer = git_batch_take(batch, max, object, &bytes)) == GIT_ANSWER_LATER) {
		struct pollfd one;

		if (send_names(batch, why))
			return -1;
		one = git_batch_poll(batch);
		if (git_wait(&one, 1, batch->until, why) || receive(batch, why))
			return -1;
	}
	if (bytes)
		buf_add(out, bytes, object->size);
	return answer == GIT_ANSWER_MISSING;
}

int git_batch_read(struct git_batch *batch, const char *name, size_t max, struct git_object *object,
	struct buf *out, struct fault *why)
{
	*object = (struct git_object){0};
	if (strchr(name, '\n'))
		return 1;
	git_batch_ask(batch, name);
	return git_batch_answer(batch, max, object, out, why);
}

void git_batch_free(struct git_batch **batch)
{
	struct git_batch *b = *batch;

	if (!b)
		return;
	git_child_free(&b->child);
	fd_close(&b->fd);
	buf_release(&b->names);
	buf_release(&b->seen);
	free(b);
	*batch = NULL;
}
