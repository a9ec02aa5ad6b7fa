/*
 * The proxy at work, in a thread of this process: doors, clients, a server behind it, its log, and every descriptor given back.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/json.h"
#include "port/proxy_seal.h"
#include "port/proxy_serve.h"
#include "port/proxy_wire.h"
#include "tap.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static struct served {
	struct proxy_rules rules;
	pthread_t thread;
	int wire, input, log;
} served;

static uint16_t port;       /* of the server behind the proxy */
static int listener;        /* its socket */
static uint16_t proxy_port; /* of the proxy's door */

static void *serve(void *arg)
{
	(void)arg;
	proxy_serve(&served.rules, "test", served.input, served.log);
	return NULL;
}

static void start(const char *list, int log)
{
	CLEANUP(vec_release) struct vec items = VEC_INIT;
	struct fault why = FAULT_INIT;
	int ends[2];

	served = (struct served){.rules = PROXY_RULES_INIT, .log = log};
	vec_push_split(&items, list);
	for (size_t i = 0; i < items.len; i++)
		rules_add(&served.rules, items.items[i], &why);
	ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "a wire");
	served.wire = ends[0];
	served.input = ends[1];
	ok(pthread_create(&served.thread, NULL, serve, NULL) == 0, "a proxy for '%s'", list);
}

static void stop(void)
{
	close(served.wire);
	ok(pthread_join(served.thread, NULL) == 0, "it ends with its input");
	close(served.input);
	rules_release(&served.rules);
}

static void open_door(uint16_t to, const char *secret, int life)
{
	struct proxy_door door = {.port = to};
	int fd;

	snprintf(door.secret, sizeof door.secret, "%s", secret);
	proxy_port = 0;
	fd = door_listen(AF_INET, &proxy_port);
	ok(fd >= 0 && door_send(served.wire, &door, fd, life) == 0, "a door");
	close(fd);
}

static int dial(uint16_t to)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(to)};
	struct timeval patience = {PATIENCE_MS / 1000, 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int accept_one(void)
{
	struct pollfd one = {listener, POLLIN, 0};
	int fd = -1;

	if (poll(&one, 1, PATIENCE_MS) > 0)
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd;
}

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		printf("# send: %s\n", strerror(errno));
}

/* Everything until the other end has ended. */
static void hear(int fd, struct buf *out)
{
	char part[4096];
	ssize_t got;

	while ((got = recv(fd, part, sizeof part, 0)) > 0)
		buf_add(out, part, (size_t)got);
}

/* Up to the end of a head. */
static void hear_head(int fd, struct buf *out)
{
	char one;

	while (!strstr(out->data, "\r\n\r\n") && recv(fd, &one, 1, 0) == 1)
		buf_putc(out, one);
}

/* One exchange through the proxy that never reaches a server. */
static void answer(const char *request, struct buf *out)
{
	CLEANUP(fd_close) int fd = dial(proxy_port);

	buf_clear(out);
	say(fd, request);
	hear(fd, out);
}

static bool starts(const struct buf *text, const char *with)
{
	bool good = !strncmp(text->data, with, strlen(with));

	if (!good)
		printf("# %s\n", text->data);
	return good;
}

static int open_log(void)
{
	return memfd_create("log", MFD_CLOEXEC);
}

/* How many lines have this member. */
static size_t logged(const char *key, const char *value)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	char *line, *rest;
	size_t count = 0;

	lseek(served.log, 0, SEEK_SET);
	fs_read_fd(served.log, &text, 1 << 24, &why);
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		CLEANUP(json_free) struct json *entry = NULL;

		if (json_parse(line, strlen(line), &entry, &why) < 0)
			printf("# no JSON: %s\n", line);
		else
			count += !strcmp(json_text(entry, key, ""), value);
	}
	return count;
}

static void test_tunnel(void)
{
	CLEANUP(buf_release) struct buf head = BUF_INIT, request = BUF_INIT, got = BUF_INIT;
	CLEANUP(fd_close) int client = dial(proxy_port);
	CLEANUP(fd_close) int server = -1;

	buf_printf(&request, "CONNECT localhost:%u HTTP/1.1\r\nHost: x\r\n\r\nearly ", port);
	say(client, request.data);
	server = accept_one();
	hear_head(client, &head);
	ok(starts(&head, "HTTP/1.1 200 "), "a tunnel to what is on the list");
	say(client, "late");
	shutdown(client, SHUT_WR);
	hear(server, &got);
	is(got.data, "early late", "what the client says, also with its head, until its end");
	say(server, "answer");
	fd_close(&server);
	buf_clear(&got);
	hear(client, &got);
	is(got.data, "answer", "and back, after that");
}

static void *pour(void *arg)
{
	int fd = *(int *)arg;
	static char block[65536];

	for (int i = 0; i < 64; i++)
		for (size_t at = 0; at < sizeof block;) {
			ssize_t put = send(fd, block + at, sizeof block - at, MSG_NOSIGNAL);

			if (put <= 0)
				return NULL;
			at += (size_t)put;
		}
	shutdown(fd, SHUT_WR);
	return NULL;
}

/* Both ways at once, more than any buffer holds. */
static void test_much(void)
{
	CLEANUP(buf_release)
	struct buf head = BUF_INIT, request = BUF_INIT, up = BUF_INIT, down = BUF_INIT;
	CLEANUP(fd_close) int client = dial(proxy_port);
	CLEANUP(fd_close) int server = -1;
	pthread_t pours[2];

	buf_printf(&request, "CONNECT localhost:%u HTTP/1.1\r\n\r\n", port);
	say(client, request.data);
	server = accept_one();
	hear_head(client, &head);
	pthread_create(&pours[0], NULL, pour, &client);
	pthread_create(&pours[1], NULL, pour, &server);
	hear(server, &up);
	hear(client, &down);
	pthread_join(pours[0], NULL);
	pthread_join(pours[1], NULL);
	ok(up.len == 64 * 65536 && down.len == 64 * 65536, "4 MiB each way (%zu, %zu)", up.len,
		down.len);
}

static void test_plain(void)
{
	CLEANUP(buf_release) struct buf request = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
	CLEANUP(fd_close) int client = dial(proxy_port);
	CLEANUP(fd_close) int server = -1;
	char body[5] = "";

	buf_printf(&request,
		"POST http://localhost:%u/x HTTP/1.1\r\nHost: evil\r\nContent-Length: 4\r\n\r\nbodyGET "
		"http://elsewhere/ HTTP/1.1\r\n\r\n",
		port);
	say(client, request.data);
	server = accept_one();
	hear_head(server, &got);
	buf_printf(&want,
		"POST /x HTTP/1.1\r\nHost: localhost:%u\r\nConnection: close\r\nContent-Length: 4\r\n\r\n",
		port);
	is(got.data, want.data, "a request for a URL");
	ok(recv(server, body, 4, MSG_WAITALL) == 4 && !strcmp(body, "body"), "and its body");
	ok(recv(server, body, 4, MSG_DONTWAIT) < 0 && errno == EAGAIN, "and not what is not of it");
	say(server, "HTTP/1.1 200 OK\r\n\r\nhello");
	fd_close(&server);
	buf_clear(&got);
	hear(client, &got);
	is(got.data, "HTTP/1.1 200 OK\r\n\r\nhello", "its answer");
}

/* None of these gets any further than the proxy. */
static void test_refused(void)
{
	static const struct {
		const char *host, *reason;
	} cases[] = {
		{"example.com:443", "not_listed"},
		{"127.0.0.2:443", "not_listed"},
		{"localhost:443", "not_listed"},
		{"169.254.169.254:80", "not_listed"},
		{"[::1]:443", "not_listed"},
	};
	CLEANUP(buf_release) struct buf got = BUF_INIT, request = BUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&request);
		buf_printf(&request, "CONNECT %s HTTP/1.1\r\n\r\n", cases[i].host);
		answer(request.data, &got);
		ok(starts(&got, "HTTP/1.1 403 "), "%s is refused", cases[i].host);
		buf_clear(&request);
		buf_printf(&request, "GET http://%s/ HTTP/1.1\r\n\r\n", cases[i].host);
		answer(request.data, &got);
		ok(starts(&got, "HTTP/1.1 403 "), "http://%s/ is refused", cases[i].host);
	}
	ok(logged("reason", "not_listed") == 2 * ARRAY_LEN(cases), "and each is in the log");
	ok(logged("host", "169.254.169.254") == 2, "by name");
	answer("CONNECT example.com:443 HTTP/1.1\r\n\r\n", &got);
	ok(strstr(got.data, "hosts = example.com"), "the answer names the key");
}

static void test_garbage(void)
{
	CLEANUP(buf_release) struct buf got = BUF_INIT, bomb = BUF_INIT;
	size_t before = logged("reason", "bad_request");

	answer("GET / HTTP/1.1\r\n\r\n", &got);
	ok(starts(&got, "HTTP/1.1 400 "), "a request of a server");
	answer("CONNECT 127.1:80 HTTP/1.1\r\n\r\n", &got);
	ok(starts(&got, "HTTP/1.1 400 "), "an address in another form");
	answer("\x16\x03\x01\r\n\r\n", &got);
	ok(starts(&got, "HTTP/1.1 400 "), "no HTTP at all");
	buf_puts(&bomb, "CONNECT a.example:1 HTTP/1.1\r\n");
	while (bomb.len < 200000)
		buf_puts(&bomb,
			"A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n");
	answer(bomb.data, &got);
	ok(starts(&got, "HTTP/1.1 431 "), "a head without an end");
	ok(logged("reason", "bad_request") == before + 4, "all in the log");
}

static void test_local_door(void)
{
	CLEANUP(buf_release) struct buf got = BUF_INIT;
	CLEANUP(fd_close) int client = -1;
	CLEANUP(fd_close) int server = -1;
	uint16_t before = proxy_port;

	open_door(port, "", -1);
	client = dial(proxy_port);
	say(client, "plain bytes");
	shutdown(client, SHUT_WR);
	server = accept_one();
	hear(server, &got);
	is(got.data, "plain bytes", "a port of the machine's loopback, as it is");
	fd_close(&server);
	hear(client, &got);
	fd_close(&client);
	open_door(1, "", -1);
	client = dial(proxy_port);
	buf_clear(&got);
	hear(client, &got);
	ok(starts(&got, "HTTP/1.1 403 "), "but none that the list does not name");
	proxy_port = before;
}

static void test_secret(void)
{
	CLEANUP(buf_release) struct buf got = BUF_INIT;
	uint16_t before = proxy_port;

	open_door(0, "01234567", -1);
	answer("CONNECT example.com:443 HTTP/1.1\r\n\r\n", &got);
	ok(starts(&got, "HTTP/1.1 407 ") && strstr(got.data, "\r\nProxy-Authenticate: Basic "),
		"who does not know the secret is asked for it");
	answer("CONNECT example.com:443 HTTP/1.1\r\nProxy-Authorization: Basic "
	       "Z2l0LWFnZW50OjAxMjM0NTY3\r\n\r\n",
		&got);
	ok(starts(&got, "HTTP/1.1 403 "), "who knows it is judged like any other");
	proxy_port = before;
}

/* With the process whose pidfd came along the door and what came through it are gone. */
static void test_life(void)
{
	CLEANUP(buf_release) struct buf request = BUF_INIT, got = BUF_INIT;
	CLEANUP(fd_close) int client = -1;
	CLEANUP(fd_close) int server = -1;
	CLEANUP(fd_close) int life = -1;
	uint16_t before = proxy_port;
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	life = (int)syscall(SYS_pidfd_open, pid, 0);
	open_door(0, "", life);
	client = dial(proxy_port);
	buf_printf(&request, "CONNECT localhost:%u HTTP/1.1\r\n\r\n", port);
	say(client, request.data);
	server = accept_one();
	hear_head(client, &got);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	hear(client, &got);
	hear(server, &got);
	ok(starts(&got, "HTTP/1.1 200 "), "its connections end");
	for (int tries = 0; tries < PATIENCE_MS / 10; tries++) {
		int late = dial(proxy_port);

		if (late < 0)
			break;
		close(late);
		poll(NULL, 0, 10);
	}
	ok(dial(proxy_port) < 0, "and the door is shut");
	proxy_port = before;
}

/* More clients than there are threads: those beyond wait until others have gone. */
static void test_many(void)
{
	enum { MANY = SERVE_CLIENTS_MAX + 20 };
	CLEANUP(buf_release) struct buf request = BUF_INIT;
	int clients[MANY];
	size_t served_all = 0;

	for (int i = 0; i < MANY; i++)
		clients[i] = dial(proxy_port);
	buf_puts(&request, "CONNECT many.example:443 HTTP/1.1\r\n\r\n");
	for (int i = 0; i < MANY; i++) {
		CLEANUP(buf_release) struct buf got = BUF_INIT;

		say(clients[i], request.data);
		hear(clients[i], &got);
		served_all += !strncmp(got.data, "HTTP/1.1 403 ", 13);
		close(clients[i]);
	}
	ok(served_all == MANY, "%zu clients at once", served_all);
}

/* Nothing that is not in the log happens. */
static void test_no_log(void)
{
	CLEANUP(buf_release) struct buf request = BUF_INIT, got = BUF_INIT;
	CLEANUP(fd_close) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	CLEANUP(fd_close) int server = -1;

	buf_printf(&request, "localhost:%u", port);
	start(request.data, full);
	open_door(0, "", -1);
	buf_clear(&request);
	buf_printf(&request, "CONNECT localhost:%u HTTP/1.1\r\n\r\nsecret", port);
	answer(request.data, &got);
	ok(starts(&got, "HTTP/1.1 503 "), "a log that cannot be written lets nothing through");
	buf_clear(&got);
	server = accept_one();
	hear(server, &got);
	is(got.data, "", "not a byte");
	stop();
}

/* What comes over the wire that is no door is passed over. */
static void test_wire(void)
{
	CLEANUP(buf_release) struct buf got = BUF_INIT;

	ok(send(served.wire, "x", 1, 0) == 1, "a byte over the wire");
	ok(send(served.wire, &served, sizeof served, 0) == sizeof served, "and more");
	answer("CONNECT example.com:443 HTTP/1.1\r\n\r\n", &got);
	ok(starts(&got, "HTTP/1.1 403 "), "do no harm");
}

/* Bits of what a sealed process can do; -1: it ended in another way. */
enum { READS_ETC = 1, READS_OTHER = 2, WRITES = 4, RUNS = 8, RESOLVES = 16, CONNECTS = 32 };

static int sealed(const char *other)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	int status, can = 0;
	pid_t pid = fork();

	if (!pid) {
		pid_t child;

		proxy_seal();
		can |= open("/etc/passwd", O_RDONLY) >= 0 ? READS_ETC : 0;
		can |= open(other, O_RDONLY) >= 0 ? READS_OTHER : 0;
		can |= open(other, O_WRONLY) >= 0 || !unlink(other) ? WRITES : 0;
		can |= !getaddrinfo("localhost", NULL, &hints, &found) ? RESOLVES : 0;
		can |= dial(port) >= 0 ? CONNECTS : 0;
		child = fork();
		if (!child) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		waitpid(child, &status, 0);
		can |= status == 0 ? RUNS : 0;
		_exit(can);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_seal(void)
{
	char other[] = "/tmp/git-agent-u-seal.XXXXXX";
	int fd = mkstemp(other);
	bool has = syscall(SYS_landlock_create_ruleset, NULL, 0UL, 1U) > 0;
	int can = sealed(other), all = READS_OTHER | WRITES | RUNS;

	ok((can & (READS_ETC | RESOLVES | CONNECTS)) == (READS_ETC | RESOLVES | CONNECTS),
		"a sealed process resolves and connects (%d)", can);
	ok((can & all) == (has ? 0 : all), "and %s else (%d)",
		has ? "nothing" : "without Landlock all", can);
	unlink(other);
	close(fd);
}

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

int main(void)
{
	CLEANUP(buf_release) struct buf list = BUF_INIT;
	size_t before;

	listener = door_listen(AF_INET, &port);
	ok(listener >= 0, "a server");
	before = count_fds();
	buf_printf(&list, "localhost:%u", port);
	start(list.data, open_log());
	open_door(0, "", -1);
	test_refused();
	test_tunnel();
	test_much();
	test_plain();
	test_garbage();
	test_wire();
	test_local_door();
	test_secret();
	test_life();
	test_many();
	stop();
	ok(logged("event", "ended") == logged("event", "allowed") && logged("event", "ended") == 5,
		"what was let through has an end in the log");
	close(served.log);
	test_no_log();
	ok(count_fds() == before, "no descriptor is left (%zu, %zu)", before, count_fds());
	test_seal();
	close(listener);
	return tap_done();
}
