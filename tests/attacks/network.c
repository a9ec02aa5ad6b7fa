/* Attacks on sockets of the machine, by every way to one. */
#include "attacks/attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define MPTCP 262

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int connect_by(int type, int protocol, int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof a);
}

static int run_tcp(const struct target *t)
{
	return verdict(connect_by(SOCK_STREAM, 0, t->tcp_port) == 0);
}

static int run_tcp_named(const struct target *t)
{
	return verdict(connect_by(SOCK_STREAM, IPPROTO_TCP, t->tcp_port) == 0);
}

static int run_tcp_any(const struct target *t)
{
	struct sockaddr_in a = loopback(t->tcp_port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_ANY);
	return verdict(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
}

static int run_mptcp(const struct target *t)
{
	return verdict_unless(
		connect_by(SOCK_STREAM, MPTCP, t->tcp_port) == 0, EPROTONOSUPPORT, ENOPROTOOPT);
}

static int run_fast_open(const struct target *t)
{
	struct sockaddr_in a = loopback(t->tcp_port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return verdict_unless(
		fd >= 0 && sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof a) == 1,
		EOPNOTSUPP, EOPNOTSUPP);
}

static int run_fast_open_message(const struct target *t)
{
	struct sockaddr_in a = loopback(t->tcp_port);
	struct iovec text = {(char[]){'x'}, 1};
	struct msghdr message = {
		.msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &text, .msg_iovlen = 1};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return verdict_unless(
		fd >= 0 && sendmsg(fd, &message, MSG_FASTOPEN) == 1, EOPNOTSUPP, EOPNOTSUPP);
}

static int run_fast_open_connect(const struct target *t)
{
	struct sockaddr_in a = loopback(t->tcp_port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on) < 0)
		return ATTACK_ABSENT;
	return verdict(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		       write(fd, "x", 1) == 1);
}

/* Sends and is answered; where nobody listens a connected socket is told so at once. */
static int run_udp(const struct target *t)
{
	struct sockaddr_in a = loopback(t->udp_port);
	struct timeval patience = {10, 0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char answer[4];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return verdict(connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		       send(fd, "ask", 3, 0) == 3 && recv(fd, answer, sizeof answer, 0) > 0);
}

static int run_tcp6(const struct target *t)
{
	struct sockaddr_in6 a = {
		.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)t->tcp_port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin6_addr = in6addr_loopback;
	return verdict_unless(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0,
		EAFNOSUPPORT, EADDRNOTAVAIL);
}

static int run_mapped(const struct target *t)
{
	struct sockaddr_in6 a = {
		.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)t->tcp_port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.sin6_addr);
	return verdict_unless(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0,
		EAFNOSUPPORT, EAFNOSUPPORT);
}

static int run_kept_socket(const struct target *t)
{
	(void)t;
	return verdict(write(KEPT_SOCKET, "x", 1) == 1);
}

/* --- families and protocols that nothing in a box needs: the socket alone is the way in */

static int opens(int family, int type, int protocol)
{
	if (socket(family, type | SOCK_CLOEXEC, protocol) >= 0)
		return ATTACK_WORKED;
	return errno == ESOCKTNOSUPPORT ? ATTACK_ABSENT
					: verdict_unless(false, EAFNOSUPPORT, EPROTONOSUPPORT);
}

static int run_raw(const struct target *t)
{
	(void)t;
	return opens(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int run_packet(const struct target *t)
{
	(void)t;
	return opens(AF_PACKET, SOCK_RAW, 0);
}

static int run_sctp(const struct target *t)
{
	(void)t;
	return opens(AF_INET, SOCK_STREAM, 132);
}

static int run_sctp_many(const struct target *t)
{
	(void)t;
	return opens(AF_INET, SOCK_SEQPACKET, 132);
}

static int run_dccp(const struct target *t)
{
	(void)t;
	return opens(AF_INET, 6 /* SOCK_DCCP */, 33);
}

static int run_smc(const struct target *t)
{
	(void)t;
	return opens(43 /* AF_SMC */, SOCK_STREAM, 0);
}

static int run_vsock(const struct target *t)
{
	(void)t;
	return opens(40 /* AF_VSOCK */, SOCK_STREAM, 0);
}

static int run_alg(const struct target *t)
{
	(void)t;
	return opens(38 /* AF_ALG */, SOCK_SEQPACKET, 0);
}

static int run_tipc(const struct target *t)
{
	(void)t;
	return opens(30 /* AF_TIPC */, SOCK_DGRAM, 0);
}

static int run_bluetooth(const struct target *t)
{
	(void)t;
	return opens(31 /* AF_BLUETOOTH */, SOCK_SEQPACKET, 0);
}

static int run_can(const struct target *t)
{
	(void)t;
	return opens(29 /* AF_CAN */, SOCK_RAW, 1);
}

static int run_xdp(const struct target *t)
{
	(void)t;
	return opens(44 /* AF_XDP */, SOCK_RAW, 0);
}

static int run_uevents(const struct target *t)
{
	(void)t;
	return opens(AF_NETLINK, SOCK_RAW, 15 /* NETLINK_KOBJECT_UEVENT */);
}

static int run_netfilter(const struct target *t)
{
	(void)t;
	return opens(AF_NETLINK, SOCK_RAW, 12 /* NETLINK_NETFILTER */);
}

static int run_audit(const struct target *t)
{
	(void)t;
	return opens(AF_NETLINK, SOCK_RAW, 9 /* NETLINK_AUDIT */);
}

/* --- sockets with names */

static socklen_t unix_address(struct sockaddr_un *a, const char *top, bool abstract)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(a->sun_path + abstract, sizeof a->sun_path - 1,
				   "%s/outside/socket", top));
}

static int connect_unix(const char *top, bool abstract)
{
	struct sockaddr_un a;
	socklen_t len = unix_address(&a, top, abstract);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, len);
}

static int run_abstract(const struct target *t)
{
	return verdict(connect_unix(t->top, true) == 0);
}

static int run_socket(const struct target *t)
{
	return verdict(connect_unix(t->top, false) == 0);
}

static const struct attack rows[] = {
	{"tcp", run_tcp, FORM_BOTH, 0},
	{"tcp-named", run_tcp_named, FORM_BOTH, 0},
	{"tcp-any-address", run_tcp_any, FORM_BOTH, 0},
	{"tcp-v6", run_tcp6, FORM_BOTH, 0},
	{"tcp-mapped", run_mapped, FORM_BOTH, 0},
	{"mptcp", run_mptcp, FORM_BOTH, 0},
	{"mptcp-open", run_mptcp, FORM_BOTH, NEEDS_OPEN},
	{"fast-open", run_fast_open, FORM_BOTH, 0},
	{"fast-open-message", run_fast_open_message, FORM_BOTH, 0},
	{"fast-open-connect", run_fast_open_connect, FORM_BOTH, 0},
	{"udp", run_udp, FORM_BOTH, 0},
	{"kept-socket", run_kept_socket, FORM_BOTH, 0},
	{"raw", run_raw, FORM_BOTH, NEEDS_ROOT},
	{"raw-open", run_raw, FORM_BOTH, NEEDS_ROOT | NEEDS_OPEN},
	{"packet", run_packet, FORM_BOTH, NEEDS_ROOT},
	{"packet-open", run_packet, FORM_BOTH, NEEDS_ROOT | NEEDS_OPEN},
	{"sctp", run_sctp, FORM_BOTH, 0},
	{"sctp-many", run_sctp_many, FORM_BOTH, 0},
	{"dccp", run_dccp, FORM_BOTH, 0},
	{"smc", run_smc, FORM_BOTH, 0},
	{"vsock", run_vsock, FORM_BOTH, NEEDS_OPEN},
	{"crypto-socket", run_alg, FORM_BOTH, 0},
	{"tipc", run_tipc, FORM_BOTH, 0},
	{"bluetooth", run_bluetooth, FORM_BOTH, 0},
	{"can", run_can, FORM_BOTH, 0},
	{"xdp", run_xdp, FORM_BOTH, NEEDS_ROOT},
	{"uevents", run_uevents, FORM_BOTH, NEEDS_OPEN},
	{"netfilter", run_netfilter, FORM_BOTH, NEEDS_OPEN},
	{"audit", run_audit, FORM_BOTH, NEEDS_OPEN},
	{"abstract-socket", run_abstract, FORM_BOTH, 0},
	{"abstract-socket-open", run_abstract, FORM_BOTH, NEEDS_OPEN},
	{"socket", run_socket, FORM_BOTH, 0},
	{"socket-open", run_socket, FORM_BOTH, NEEDS_OPEN},
};
const struct attack_table network_attacks = {rows, sizeof rows / sizeof *rows};
