/* What attacks are made against. */
#include "attacks/attack.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *last_part(const char *top)
{
	const char *slash = strrchr(top, '/');

	return slash ? slash + 1 : top;
}

void shm_name(char path[80], const char *top)
{
	snprintf(path, 80, "/dev/shm/%s", last_part(top));
}

void mqueue_name(char name[80], const char *top)
{
	snprintf(name, 80, "/%s", last_part(top));
}

/* Answers datagrams until it is killed: the victim of every attack on a process. */
static _Noreturn void answer(int udp)
{
	struct sockaddr_in from;
	char text[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		socklen_t len = sizeof from;

		if (recvfrom(udp, text, sizeof text, 0, (struct sockaddr *)&from, &len) > 0)
			sendto(udp, "yes", 3, 0, (struct sockaddr *)&from, len);
	}
}

static int serve_inet(int type, int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), queue = 5;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return -1;
	if (type == SOCK_STREAM) {
		setsockopt(fd, IPPROTO_TCP, 23 /* TCP_FASTOPEN */, &queue, sizeof queue);
		listen(fd, 64);
	}
	*port = ntohs(a.sin_port);
	return fd;
}

static int serve_inet6(int port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	a.sin6_addr = in6addr_loopback;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 16) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int serve_unix(const char *top, bool abstract)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int len = snprintf(a.sun_path + abstract, sizeof a.sun_path - 1, "%s/outside/socket", top);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&a,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) < 0 ||
		listen(fd, 16) < 0)
		return -1;
	return fd;
}

/* Descriptors that a careless parent would let its children have. */
static void keep_open(const struct attack_place *p, const char *top)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons((unsigned short)p->tcp_port)};
	char path[4096];
	int dir, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	path_in(path, top, "outside");
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	dup2(2, KEPT_FILE);
	dup2(dir, KEPT_DIR);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		dup2(fd, KEPT_SOCKET);
	close(dir);
	close(fd);
}

static void serve_terminal(struct attack_place *p)
{
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	p->terminal = -1;
	if (p->master >= 0 && grantpt(p->master) == 0 && unlockpt(p->master) == 0)
		p->terminal = open(ptsname(p->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->terminal >= 0)
		dup2(p->terminal, 0);
}

static void serve_queues(struct attack_place *p, const char *top)
{
	char name[80];
	mqd_t queue;
	int fd;

	p->key = 0x6b000000 + getpid();
	p->queue = msgget(p->key, IPC_CREAT | 0600);
	mqueue_name(name, top);
	queue = mq_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600, NULL);
	if (queue >= 0)
		mq_close(queue);
	shm_name(p->shm, top);
	fd = open(p->shm, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

void attack_serve(struct attack_place *p, const char *top)
{
	p->tcp = serve_inet(SOCK_STREAM, &p->tcp_port);
	p->tcp6 = serve_inet6(p->tcp_port);
	p->udp = serve_inet(SOCK_DGRAM, &p->udp_port);
	p->abstract = serve_unix(top, true);
	p->path = serve_unix(top, false);
	serve_terminal(p);
	serve_queues(p, top);
	keep_open(p, top);
	p->victim = fork();
	if (p->victim == 0) {
		if (chdir(top) < 0)
			_exit(1);
		answer(p->udp);
	}
}

void attack_stop(struct attack_place *p)
{
	const int fds[] = {p->tcp, p->tcp6, p->udp, p->abstract, p->path, p->terminal, p->master,
		KEPT_FILE, KEPT_DIR, KEPT_SOCKET};
	char name[80];

	kill(p->victim, SIGKILL);
	waitpid(p->victim, NULL, 0);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
	msgctl(p->queue, IPC_RMID, NULL);
	mqueue_name(name, strrchr(p->shm, '/'));
	mq_unlink(name);
	unlink(p->shm);
}
