#include "port/proxy_relay.h"
#include "base/alloc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define CHUNK   65536
#define IDLE_MS (30 * 60 * 1000) /* a model may think for long */
#define LAST_MS (60 * 1000)      /* when one direction has ended */

/* One direction. */
struct flow {
	int from, to;
	char *bytes;
	size_t at, len; /* what is read and not yet written */
	uint64_t left;  /* that may still be read */
	uint64_t moved;
	bool ended; /* nothing more is read */
	bool shut;  /* and the other side knows */
};

static bool is_again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static bool flow_read(struct flow *f)
{
	size_t want = f->left < CHUNK ? (size_t)f->left : CHUNK;
	ssize_t got = recv(f->from, f->bytes, want, 0);

	if (got < 0)
		return is_again();
	f->ended = got == 0;
	f->at = 0;
	f->len = (size_t)got;
	if (f->left != RELAY_NO_LIMIT)
		f->left -= (uint64_t)got;
	return true;
}

static bool flow_write(struct flow *f)
{
	ssize_t put = send(f->to, f->bytes + f->at, f->len, MSG_NOSIGNAL);

	if (put < 0)
		return is_again();
	f->at += (size_t)put;
	f->len -= (size_t)put;
	f->moved += (uint64_t)put;
	return true;
}

static bool wants_read(const struct flow *f)
{
	return !f->len && !f->ended && f->left;
}

/* false: the connection is broken. */
static bool flow_go(struct flow *f, const struct pollfd *from)
{
	if (wants_read(f) && (from->revents & (POLLIN | POLLHUP)) && !flow_read(f))
		return false;
	if (f->len && !flow_write(f))
		return false;
	if (f->ended && !f->len && !f->shut) {
		shutdown(f->to, SHUT_WR);
		f->shut = true;
	}
	return true;
}

/* An end of which nothing is wanted is not looked at: that it hangs up would be told over and over. */
static struct pollfd end_of(int fd, const struct flow *reads, const struct flow *writes)
{
	int events = (wants_read(reads) ? POLLIN : 0) | (writes->len ? POLLOUT : 0);

	return (struct pollfd){events ? fd : -1, (short)events, 0};
}

static bool is_over(const struct relay *r, const struct flow *up, const struct flow *down)
{
	return down->shut && (r->until_server_ends || up->shut);
}

static void pump(struct relay *r, struct flow *up, struct flow *down)
{
	while (!is_over(r, up, down)) {
		struct pollfd ends[2] = {end_of(r->client, up, down), end_of(r->server, down, up)};
		int got = poll(ends, 2, up->shut || down->shut ? LAST_MS : IDLE_MS);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || (ends[0].revents | ends[1].revents) & (POLLERR | POLLNVAL))
			return;
		if (!flow_go(up, &ends[0]) || !flow_go(down, &ends[1]))
			return;
	}
}

void relay_run(struct relay *r)
{
	struct flow up = {.from = r->client, .to = r->server, .left = r->limit},
		    down = {.from = r->server, .to = r->client, .left = RELAY_NO_LIMIT};

	up.bytes = xcalloc(1, CHUNK);
	down.bytes = xcalloc(1, CHUNK);
	pump(r, &up, &down);
	free(up.bytes);
	free(down.bytes);
	r->sent += up.moved;
	r->received += down.moved;
}
