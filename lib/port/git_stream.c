#include "port/git_stream.h"
#include "base/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define CHUNK ((size_t)262144)

struct git_stream {
	struct git_child *child;
	int fd;
	int64_t until;
};

/* Not with write(2): a git that ended early must not kill its reader by SIGPIPE; it is told of at the end. */
static void send_input(int fd, const struct buf *input)
{
	for (size_t at = 0; at < input->len;) {
		ssize_t put = send(fd, input->data + at, input->len - at, MSG_NOSIGNAL);

		if (put < 0 && errno != EINTR)
			return;
		at += put > 0 ? (size_t)put : 0;
	}
}

int git_stream_open(const struct git_call *call, const struct vec *args, const struct buf *input,
	int64_t until, struct git_stream **out, struct fault *why)
{
	CLEANUP(git_stream_free) struct git_stream *stream = xcalloc(1, sizeof *stream);
	CLEANUP(fd_close) int theirs = -1;
	struct git_call talk = *call;
	int ends[2];

	stream->fd = -1;
	stream->until = until;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fault_errno(why, "cannot start git");
	stream->fd = ends[0];
	theirs = ends[1];
	talk.socket = theirs;
	if (git_start(&talk, args, false, &stream->child, why) < 0)
		return -1;
	if (input)
		send_input(stream->fd, input);
	shutdown(stream->fd, SHUT_WR);
	*out = stream;
	stream = NULL;
	return 0;
}

struct pollfd git_stream_poll(const struct git_stream *stream)
{
	return (struct pollfd){.fd = stream->fd, .events = POLLIN};
}

int git_stream_read(struct git_stream *stream, struct buf *out, struct fault *why)
{
	struct pollfd one = git_stream_poll(stream);
	ssize_t got;

	if (stream->until && git_wait(&one, 1, stream->until, why))
		return -1;
	buf_reserve(out, CHUNK);
	do
		got = recv(stream->fd, out->data + out->len, CHUNK, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno != ECONNRESET)
		return fault_errno(why, "cannot read from git");
	if (got <= 0)
		return git_finish(&stream->child, NULL, why) ? -1 : 1;
	out->len += (size_t)got;
	out->data[out->len] = '\0';
	return 0;
}

void git_stream_free(struct git_stream **at)
{
	struct git_stream *stream = *at;

	if (!stream)
		return;
	git_child_free(&stream->child);
	fd_close(&stream->fd);
	free(stream);
	*at = NULL;
}
