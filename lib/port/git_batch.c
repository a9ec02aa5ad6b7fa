#include "port/git_plain.h"

#include "base/alloc.h"
#include "base/vec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CHUNK ((size_t)65536)

#define PLAIN_MAX ((size_t)8 << 20) /* bytes of answers that wait */

struct git_batch {
	struct git_call call;
	struct git_child *child; /* NULL: not started */
	int fd;
	int64_t until;
	struct buf names; /* asked for; the first `sent` bytes are on their way */
	size_t sent, asked;
	size_t held;     /* of them, since the last flush */
	struct buf seen; /* read; the first `taken` bytes have been given out */
	size_t taken;
	size_t over; /* bytes to come that nobody wants */
	/* What is plain; all of it was asked before what git was. */
	struct odb *odb; /* NULL: git is asked for everything */
	struct gitdir dir;
	struct plain_answer *plain;
	size_t plain_len, plain_cap, plain_taken, plain_bytes;
};

static struct git_batch *new_batch(const struct git_call *call)
{
	struct git_batch *batch = xcalloc(1, sizeof *batch);

	*batch = (struct git_batch){
		.call = *call, .fd = -1, .names = BUF_INIT, .seen = BUF_INIT, .dir = GITDIR_INIT};
	return batch;
}

int git_batch_start(struct git_batch *batch, struct fault *why)
{
	static const char *const words[] = {"cat-file", "--batch-command", "--buffer", NULL};
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(fd_close) int theirs = -1;
	struct git_call talk = batch->call;
	int ends[2];

	if (batch->child)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fault_errno(why, "cannot start git");
	batch->fd = ends[0];
	theirs = ends[1];
	talk.socket = theirs;
	vec_push_all(&args, words);
	return git_start(&talk, &args, false, &batch->child, why);
}

int git_batch_open(const struct git_call *call, struct git_batch **out, struct fault *why)
{
	CLEANUP(git_batch_free) struct git_batch *batch = new_batch(call);

	if (git_batch_start(batch, why) < 0)
		return -1;
	*out = batch;
	batch = NULL;
	return 0;
}

struct git_batch *git_batch_plain(const struct git_call *call, const struct gitdir *dir)
{
	struct git_batch *batch = new_batch(call);

	batch->dir = (struct gitdir){xstrdup(dir->git_dir), xstrdup(dir->common_dir)};
	batch->odb = odb_open(dir);
	return batch;
}

bool git_batch_ref(const struct git_batch *batch, const char *name, char oid[GITDIR_OID_SIZE])
{
	return batch->odb && !batch->child && !gitdir_ref(&batch->dir, name, oid);
}

bool git_batch_started(const struct git_batch *batch)
{
	return batch->child != NULL;
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

static bool ask_plainly(struct git_batch *batch, const char *name)
{
	struct plain_answer answer = {.bytes = BUF_INIT};

	if (!batch->odb || batch->child || batch->names.len || batch->plain_bytes > PLAIN_MAX)
		return false;
	if (!plain_read(batch->odb, &batch->dir, name, &answer)) {
		buf_release(&answer.bytes);
		return false;
	}
	GROW(batch->plain, batch->plain_len, batch->plain_cap);
	batch->plain[batch->plain_len++] = answer;
	batch->plain_bytes += answer.bytes.len;
	return true;
}

void git_batch_ask(struct git_batch *batch, const char *name)
{
	batch->asked++;
	if (ask_plainly(batch, name))
		return;
	buf_printf(&batch->names, "contents %s\n", name);
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
	if (batch->names.len && git_batch_start(batch, why) < 0)
		return -1;
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

	if (!batch->child)
		return 0;
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

static void release_plain(struct git_batch *batch)
{
	for (size_t i = 0; i < batch->plain_len; i++)
		buf_release(&batch->plain[i].bytes);
	batch->plain_len = batch->plain_taken = batch->plain_bytes = 0;
}

static enum git_answer take_plain(
	struct git_batch *batch, size_t max, struct git_object *object, const char **bytes)
{
	const struct plain_answer *answer = &batch->plain[batch->plain_taken++];

	batch->asked--;
	*object = answer->object;
	if (!*object->type)
		return GIT_ANSWER_MISSING;
	if (object->size <= max)
		*bytes = answer->bytes.data;
	return GIT_ANSWER_FOUND;
}

enum git_answer git_batch_take(
	struct git_batch *batch, size_t max, struct git_object *object, const char **bytes)
{
	char *line, *newline;
	size_t there;

	*object = (struct git_object){0};
	*bytes = NULL;
	if (batch->plain_taken < batch->plain_len)
		return take_plain(batch, max, object, bytes);
	release_plain(batch); /* what the last call gave out among it */
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
	release_plain(b);
	free(b->plain);
	odb_free(&b->odb);
	gitdir_release(&b->dir);
	buf_release(&b->names);
	buf_release(&b->seen);
	free(b);
	*batch = NULL;
}
