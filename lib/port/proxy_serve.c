#include "port/proxy_serve.h"
#include "base/alloc.h"
#include "port/clock.h"
#include "port/proxy_talk.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)512 << 10)
#define LAST_MS     2000 /* for connections to end when the input has */

struct door { /* open, until its box has ended */
	struct proxy_door is;
	unsigned long id;
	int listener, life; /* life -1: as long as the proxy */
};

struct slot { /* a client being served */
	struct server *server;
	struct proxy_client client;
	unsigned long door; /* id */
	int upstream;       /* -1: none */
	bool busy;
};

struct server {
	const struct proxy_rules *rules;
	struct proxy_log log;
	struct door *doors;
	size_t doors_len, doors_cap;
	unsigned long next_door, next_client;
	pthread_mutex_t mutex; /* of the slots; the rest is the main thread's */
	struct slot *slots;
	size_t busy;
	int wake; /* an eventfd: a slot is free again */
};

/* --- clients ---------------------------------------------------------------------------------- */

static void on_opened(void *state, int upstream)
{
	struct slot *slot = state;

	pthread_mutex_lock(&slot->server->mutex);
	slot->upstream = upstream;
	pthread_mutex_unlock(&slot->server->mutex);
}

static void free_slot(struct slot *slot)
{
	struct server *s = slot->server;
	const uint64_t one = 1;
	ssize_t put;

	pthread_mutex_lock(&s->mutex);
	close(slot->client.fd);
	slot->busy = false;
	s->busy--;
	put = write(s->wake, &one, sizeof one);
	(void)put; /* full: it is awake already */
	pthread_mutex_unlock(&s->mutex);
}

static void *serve_client(void *arg)
{
	struct slot *slot = arg;

	proxy_talk(&slot->client);
	free_slot(slot);
	return NULL;
}

static struct slot *take_slot(struct server *s)
{
	struct slot *slot = NULL;

	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < SERVE_CLIENTS_MAX && !slot; i++)
		if (!s->slots[i].busy)
			slot = &s->slots[i];
	if (slot) {
		slot->busy = true;
		s->busy++;
	}
	pthread_mutex_unlock(&s->mutex);
	return slot;
}

static void start_client(struct server *s, const struct door *door, int fd)
{
	struct slot *slot = take_slot(s);
	pthread_attr_t attr;
	pthread_t thread;
	int on = 1;

	if (!slot) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	slot->server = s;
	slot->door = door->id;
	slot->upstream = -1;
	slot->client = (struct proxy_client){.rules = s->rules,
		.log = &s->log,
		.door = door->is,
		.number = ++s->next_client,
		.fd = fd,
		.opened = on_opened,
		.state = slot};
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pthread_create(&thread, &attr, serve_client, slot) != 0)
		free_slot(slot);
	pthread_attr_destroy(&attr);
}

static bool is_full(struct server *s)
{
	bool full;

	pthread_mutex_lock(&s->mutex);
	full = s->busy == SERVE_CLIENTS_MAX;
	pthread_mutex_unlock(&s->mutex);
	return full;
}

/* Those of one door, or with `door` 0 all: their threads find their sockets at an end. */
static void shut_clients(struct server *s, unsigned long door)
{
	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < SERVE_CLIENTS_MAX; i++) {
		const struct slot *slot = &s->slots[i];

		if (!slot->busy || (door && slot->door != door))
			continue;
		shutdown(slot->client.fd, SHUT_RDWR);
		if (slot->upstream >= 0)
			shutdown(slot->upstream, SHUT_RDWR);
	}
	pthread_mutex_unlock(&s->mutex);
}

/* --- doors ------------------------------------------------------------------------------------ */

/* false: there will be no more. */
static bool add_door(struct server *s, int input)
{
	struct door door = {.listener = -1, .life = -1};
	int got = door_receive(input, &door.is, &door.listener, &door.life);

	if (got)
		return got < 0;
	door.id = ++s->next_door;
	GROW(s->doors, s->doors_len, s->doors_cap);
	s->doors[s->doors_len++] = door;
	return true;
}

static void drop_door(struct server *s, size_t at)
{
	struct door *door = &s->doors[at];

	fd_close(&door->listener);
	fd_close(&door->life);
	shut_clients(s, door->id);
	*door = s->doors[--s->doors_len];
}

static void accept_client(struct server *s, const struct door *door)
{
	int fd = accept4(door->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		start_client(s, door, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		poll(NULL, 0, 100); /* until somebody else has ended */
}

/* From the last to the first: one that is dropped is replaced by one that was looked at. */
static void serve_doors(struct server *s, const struct pollfd *fds)
{
	for (size_t i = s->doors_len; i > 0; i--) {
		const struct pollfd *pair = fds + 2 * (i - 1);

		if (pair[1].revents)
			drop_door(s, i - 1);
		else if (pair[0].revents && !is_full(s))
			accept_client(s, &s->doors[i - 1]);
	}
}

/* --- the loop --------------------------------------------------------------------------------- */

/* Waits for what comes next and does it; false: the input has ended. */
static bool turn(struct server *s, int input)
{
	size_t doors = s->doors_len;
	struct pollfd *fds = xcalloc(2 + 2 * doors, sizeof *fds);
	bool full = is_full(s), go_on = true;
	uint64_t count;

	fds[0] = (struct pollfd){input, POLLIN, 0};
	fds[1] = (struct pollfd){s->wake, POLLIN, 0};
	for (size_t i = 0; i < doors; i++) {
		fds[2 + 2 * i] = (struct pollfd){full ? -1 : s->doors[i].listener, POLLIN, 0};
		fds[3 + 2 * i] = (struct pollfd){s->doors[i].life, POLLIN, 0};
	}
	if (poll(fds, 2 + 2 * doors, -1) > 0) {
		if (fds[1].revents && read(s->wake, &count, sizeof count) < 0)
			fds[1].revents = 0; /* somebody has seen it: nothing to do */
		serve_doors(s, fds + 2);
		go_on = !fds[0].revents || add_door(s, input);
	}
	free(fds);
	return go_on;
}

/* Each connection may take two descriptors, and each box some. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* false: some have not. */
static bool end_clients(struct server *s)
{
	int64_t until = clock_now_ms() + LAST_MS;

	shut_clients(s, 0);
	for (;;) {
		struct pollfd wake = {s->wake, POLLIN, 0};
		uint64_t count;
		size_t busy;

		pthread_mutex_lock(&s->mutex);
		busy = s->busy;
		pthread_mutex_unlock(&s->mutex);
		if (!busy || clock_now_ms() >= until)
			return !busy;
		if (poll(&wake, 1, (int)(until - clock_now_ms())) > 0 &&
			read(s->wake, &count, sizeof count) < 0)
			return false;
	}
}

void proxy_serve(const struct proxy_rules *rules, const char *label, int input, int log_fd)
{
	struct server *s = xcalloc(1, sizeof *s);

	s->rules = rules;
	s->log = (struct proxy_log){.fd = log_fd, .label = label};
	pthread_mutex_init(&s->log.mutex, NULL);
	pthread_mutex_init(&s->mutex, NULL);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->slots = xcalloc(SERVE_CLIENTS_MAX, sizeof *s->slots);
	raise_limit();
	while (turn(s, input))
		;
	while (s->doors_len)
		drop_door(s, s->doors_len - 1);
	/* What a thread that still waits for a name uses stays. */
	if (!end_clients(s))
		return;
	fd_close(&s->wake);
	free(s->slots);
	free(s->doors);
	free(s);
}
