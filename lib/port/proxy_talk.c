#include "port/proxy_talk.h"
#include "base/alloc.h"
#include "port/clock.h"
#include "port/proxy_dial.h"
#include "port/proxy_relay.h"
#include "port/proxy_request.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MS  30000 /* for the whole head */
#define REPLY_MS 10000
#define LAST_MS  1000 /* for a client to see that it is refused */

/* A client with what it has said so far. */
struct talk {
	const struct proxy_client *client;
	struct buf said;
	struct proxy_request request;
	struct proxy_target target;
};

/* Waits for `events` until `until` (clock_now_ms); false: they did not come. */
static bool wait_for(int fd, short events, int64_t until)
{
	struct pollfd one = {fd, events, 0};
	int64_t rest;
	int got;

	do {
		rest = until - clock_now_ms();
		got = poll(&one, 1, rest > 0 ? (int)rest : 0);
	} while (got < 0 && errno == EINTR);
	return got > 0;
}

static bool send_all(int fd, const char *bytes, size_t len)
{
	int64_t until = clock_now_ms() + REPLY_MS;

	while (len) {
		ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL);

		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (put < 0 && !wait_for(fd, POLLOUT, until))
			return false;
		bytes += put > 0 ? put : 0;
		len -= put > 0 ? (size_t)put : 0;
	}
	return true;
}

/* What the client still says is taken in: a socket closed over unread bytes takes back what was sent through it. */
static void hang_up(int fd)
{
	int64_t until = clock_now_ms() + LAST_MS;
	char ignored[4096];

	shutdown(fd, SHUT_WR);
	while (wait_for(fd, POLLIN, until) && recv(fd, ignored, sizeof ignored, 0) > 0)
		;
}

static void reply(const struct talk *t, int status, const char *header, const char *text)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	/* Status phrases mean nothing (RFC 9112, 4); clients show them. */
	buf_printf(&out,
		"HTTP/1.1 %d git-agent: %s\r\n%sContent-Type: text/plain\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s\n",
		status, text, header, strlen(text) + 1, text);
	if (send_all(t->client->fd, out.data, out.len))
		hang_up(t->client->fd);
}

static bool note(const struct talk *t, const char *event, const struct proxy_target *target,
	const char *reason)
{
	const struct log_entry entry = {
		.number = t->client->number, .event = event, .target = target, .reason = reason};

	return log_write(t->client->log, &entry);
}

/* Until the head is there, or never will be. */
static enum request_state read_head(struct talk *t)
{
	int64_t until = clock_now_ms() + HEAD_MS;
	enum request_state state = REQUEST_MORE;

	while (state == REQUEST_MORE) {
		ssize_t got;

		if (!wait_for(t->client->fd, POLLIN, until))
			return REQUEST_MORE;
		buf_reserve(&t->said, REQUEST_HEAD_MAX);
		got = recv(t->client->fd, t->said.data + t->said.len, REQUEST_HEAD_MAX, 0);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			return REQUEST_MORE;
		t->said.len += (size_t)got;
		t->said.data[t->said.len] = '\0';
		state = request_read(t->said.data, t->said.len, &t->request);
	}
	return state;
}

static void refuse(const struct talk *t, const char *reason)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char host[TARGET_TEXT_MAX];
	bool listed = strcmp(reason, "not_listed") != 0;

	note(t, "refused", &t->target, reason);
	target_text(&t->target, host);
	buf_printf(&text, "%s is refused: ", host);
	if (listed)
		buf_printf(&text, "its address is not public (%s)", reason);
	else
		buf_printf(&text, "'hosts = %s' under [sandbox] in .gitagent lets it through",
			t->target.port == 443 || t->target.port == 80 ? t->target.host : host);
	reply(t, 403, "", text.data);
}

static void fail(const struct talk *t, const char *reason)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	note(t, "failed", &t->target, reason);
	buf_printf(&text, "%s: %s", t->target.host, reason);
	reply(t, 502, "", text.data);
}

/* What the server gets first: of a request its head rewritten, and what of its body has come along. */
static bool begin(const struct talk *t, struct relay *r)
{
	static const char connected[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	size_t more = t->said.len - t->request.head_len;

	if (t->client->door.port)
		return true;
	if (!t->request.tunnel) {
		request_forward(&t->request, &out);
		r->until_server_ends = true;
		if (more > t->request.body)
			more = (size_t)t->request.body;
		r->limit = t->request.body - more;
	} else if (!send_all(r->client, connected, strlen(connected))) {
		return false;
	}
	buf_add(&out, t->said.data + t->request.head_len, more);
	r->sent = out.len;
	return send_all(r->server, out.data, out.len);
}

static void carry(const struct talk *t, int server, const struct proxy_address *address)
{
	struct relay r = {.client = t->client->fd, .server = server, .limit = RELAY_NO_LIMIT};
	struct log_entry entry = {.number = t->client->number,
		.event = "allowed",
		.target = &t->target,
		.address = address};

	if (!log_write(t->client->log, &entry)) {
		reply(t, 503, "", "the log of the network is full");
		return;
	}
	if (begin(t, &r))
		relay_run(&r);
	entry = (struct log_entry){.number = t->client->number,
		.event = "ended",
		.target = &t->target,
		.ended = true,
		.sent = r.sent,
		.received = r.received};
	log_write(t->client->log, &entry);
}

static void dial(const struct talk *t)
{
	const struct proxy_client *c = t->client;
	struct proxy_address address;
	const char *reason;
	int server = -1;

	switch (proxy_dial(c->rules, &t->target, &server, &address, &reason)) {
	case DIAL_REFUSED:
		refuse(t, reason);
		return;
	case DIAL_FAILED:
		fail(t, reason);
		return;
	case DIAL_DONE:
		break;
	}
	c->opened(c->state, server);
	carry(t, server, &address);
	c->opened(c->state, -1);
	close(server);
}

/* A proxy's client: what does it want? false: it has had its answer. */
static bool ask(struct talk *t)
{
	const struct proxy_client *c = t->client;

	switch (read_head(t)) {
	case REQUEST_MORE:
		if (t->said.len)
			note(t, "refused", NULL, "timeout");
		return false;
	case REQUEST_BAD:
		note(t, "refused", NULL, "bad_request");
		reply(t, t->request.status, "", t->request.wrong);
		return false;
	case REQUEST_GOOD:
		break;
	}
	t->target = t->request.target;
	if (c->door.secret[0] && !request_has_secret(&t->request, DOOR_USER, c->door.secret)) {
		note(t, "refused", NULL, "no_secret");
		reply(t, 407, "Proxy-Authenticate: Basic realm=\"git-agent\"\r\n",
			"this proxy is for the processes of one run");
		return false;
	}
	if (rules_allow(c->rules, &t->target))
		return true;
	refuse(t, "not_listed");
	return false;
}

void proxy_talk(const struct proxy_client *c)
{
	struct talk *t = xcalloc(1, sizeof *t);

	t->client = c;
	t->said = (struct buf)BUF_INIT;
	if (c->door.port) {
		static const char name[] = "localhost";

		memcpy(t->target.host, name, sizeof name);
		t->target.port = c->door.port;
		dial(t);
	} else if (ask(t)) {
		dial(t);
	}
	buf_release(&t->said);
	free(t);
}
