#include "port/proxy_wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS_MAX 2
#define BACKLOG 128

/* Room for the two descriptors, aligned as its header must be. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

int door_send(int wire, const struct proxy_door *door, int listener, int life)
{
	int fds[FDS_MAX] = {listener, life};
	size_t size = (life < 0 ? 1 : 2) * sizeof(int);
	struct proxy_door copy = *door;
	struct iovec text = {&copy, sizeof copy};
	union control control;
	struct msghdr message = {.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = CMSG_SPACE(size)};
	struct cmsghdr *header;
	ssize_t put;

	memset(&control, 0, sizeof control);
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), fds, size);
	do
		put = sendmsg(wire, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (put < 0 && errno == EINTR);
	return put < 0 ? -1 : 0;
}

/* Takes what came along; whatever is too much is closed. */
static size_t take_fds(struct msghdr *message, int fds[FDS_MAX])
{
	size_t count = 0;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h; h = CMSG_NXTHDR(message, h)) {
		size_t len = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < len; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
			if (count < FDS_MAX)
				fds[count++] = fd;
			else
				close(fd);
		}
	}
	return count;
}

int door_receive(int wire, struct proxy_door *door, int *listener, int *life)
{
	struct iovec text = {door, sizeof *door};
	union control control;
	struct msghdr message = {.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room};
	int fds[FDS_MAX] = {-1, -1};
	size_t count;
	ssize_t got;

	do
		got = recvmsg(wire, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got < 0 && errno == EAGAIN ? -1 : 1;
	count = take_fds(&message, fds);
	if (got != (ssize_t)sizeof *door || !count ||
		(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		for (size_t i = 0; i < count; i++)
			close(fds[i]);
		return -1;
	}
	door->secret[DOOR_SECRET_MAX - 1] = '\0';
	*listener = fds[0];
	*life = fds[1];
	return 0;
}

int door_listen(int family, uint16_t *port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(*port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
		.sin6_port = htons(*port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT};
	bool six = family == AF_INET6;
	struct sockaddr *at = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t len = six ? sizeof v6 : sizeof v4;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && bind(fd, at, len) == 0 && listen(fd, BACKLOG) == 0 &&
		getsockname(fd, at, &len) == 0) {
		*port = ntohs(six ? v6.sin6_port : v4.sin_port);
		return fd;
	}
	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}
