#include "port/proxy_dial.h"
#include "base/alloc.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS    10000 /* per address */
#define ADDRESSES_MAX 8

struct candidates {
	struct proxy_address items[ADDRESSES_MAX];
	size_t len;
};

static void add_text(struct candidates *c, const char *text)
{
	if (c->len < ADDRESSES_MAX && address_parse(text, &c->items[c->len]) == 0)
		c->len++;
}

static void resolve(const struct proxy_target *target, struct candidates *c)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;

	if (target->address.family) {
		c->items[c->len++] = target->address;
		return;
	}
	if (target_is_localhost(target)) {
		add_text(c, "127.0.0.1");
		add_text(c, "::1");
		return;
	}
	if (getaddrinfo(target->host, NULL, &hints, &found) != 0)
		return;
	for (const struct addrinfo *i = found; i && c->len < ADDRESSES_MAX; i = i->ai_next) {
		address_from(i->ai_addr, &c->items[c->len]);
		c->len += c->items[c->len].family != 0;
	}
	freeaddrinfo(found);
}

bool dial_is_own(const struct proxy_address *a)
{
	struct ifaddrs *all;
	bool own = false;

	if (getifaddrs(&all) < 0)
		return true;
	for (const struct ifaddrs *i = all; i && !own; i = i->ifa_next) {
		struct proxy_address mine = {0};

		if (i->ifa_addr)
			address_from(i->ifa_addr, &mine);
		own = mine.family && address_equal(&mine, a);
	}
	freeifaddrs(all);
	return own;
}

/* NULL: it may be connected to. */
static const char *judge(
	const struct proxy_rules *rules, const struct proxy_address *a, uint16_t port)
{
	const char *word = address_closed(a);

	if (rules_name(rules, a, port))
		return NULL;
	if (word)
		return word;
	return dial_is_own(a) ? "own" : NULL;
}

/* 0: connected; else the errno. */
static int finish_connect(int fd)
{
	struct pollfd ready = {fd, POLLOUT, 0};
	int error = 0, got;
	socklen_t len = sizeof error;

	do
		got = poll(&ready, 1, CONNECT_MS);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno : error;
}

static int connect_to(const struct proxy_address *a, uint16_t port, int *error)
{
	struct sockaddr_storage to;
	socklen_t len = address_to(a, port, &to);
	CLEANUP(fd_close)
	int fd = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	*error = fd < 0 || connect(fd, (struct sockaddr *)&to, len) < 0 ? errno : 0;
	if (fd >= 0 && *error == EINPROGRESS)
		*error = finish_connect(fd);
	if (*error)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	return fd_take(&fd);
}

enum dial_end proxy_dial(const struct proxy_rules *rules, const struct proxy_target *target,
	int *fd, struct proxy_address *address, const char **reason)
{
	struct candidates c = {.len = 0};
	const char *refused = NULL;
	bool tried = false;

	resolve(target, &c);
	*reason = "no_address";
	for (size_t i = 0; i < c.len; i++) {
		const char *word = judge(rules, &c.items[i], target->port);
		int error;

		if (word) {
			refused = refused ? refused : word;
			continue;
		}
		tried = true;
		*fd = connect_to(&c.items[i], target->port, &error);
		*address = c.items[i];
		if (*fd >= 0)
			return DIAL_DONE;
		*reason = error == ETIMEDOUT ? "timeout" : "unreachable";
	}
	if (!refused || tried)
		return DIAL_FAILED;
	*reason = refused;
	return DIAL_REFUSED;
}
