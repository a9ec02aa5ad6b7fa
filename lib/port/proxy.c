#include "port/proxy.h"
#include "base/alloc.h"
#include "base/install.h"
#include "port/proc.h"
#include "port/proxy_hosts.h"
#include "port/proxy_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define END_MS 5000 /* for its last lines */

struct proxy {
	struct vec hosts;
	struct proxy_rules rules;
	char *label, *log;
	struct proc *child; /* NULL: not started */
	int wire;           /* our end of its standard input */
	uint16_t port;      /* on the machine's loopback; 0: no door there */
	char url[128];      /* of that */
};

int proxy_new(struct proxy **out, const char *label, const struct vec *hosts, const char *log_path,
	struct fault *why)
{
	CLEANUP(proxy_free) struct proxy *p = xcalloc(1, sizeof *p);

	p->hosts = (struct vec)VEC_INIT;
	p->wire = -1;
	vec_copy(&p->hosts, hosts);
	str_replace(&p->label, label);
	str_replace(&p->log, log_path);
	for (size_t i = 0; i < hosts->len; i++)
		if (rules_add(&p->rules, hosts->items[i], why) < 0)
			return fault_wrap(why, "hosts");
	*out = p;
	p = NULL;
	return 0;
}

/* The end of its input is its end. */
static void stop(struct proxy *p)
{
	fd_close(&p->wire);
	if (p->child)
		proc_poll(&p->child, 1, END_MS);
	proc_free(&p->child);
	p->port = 0;
}

void proxy_free(struct proxy **p)
{
	if (!*p)
		return;
	stop(*p);
	vec_release(&(*p)->hosts);
	rules_release(&(*p)->rules);
	str_free(&(*p)->label);
	str_free(&(*p)->log);
	free(*p);
	*p = NULL;
}

const struct vec *proxy_hosts(const struct proxy *p)
{
	return &p->hosts;
}

/* Of this process's environment it gets what a resolver reads. */
static void put_env(struct vec *env)
{
	static const char *const names[] = {"LOCALDOMAIN", "RES_OPTIONS"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (getenv(names[i]))
			vec_pushf(env, "%s=%s", names[i], getenv(names[i]));
}

static int launch(struct proxy *p, int input, int log_fd, struct fault *why)
{
	CLEANUP(str_free) char *program = install_libexec("git-agent--proxy");
	CLEANUP(vec_release) struct vec argv = VEC_INIT, env = VEC_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;

	vec_push(&argv, program);
	vec_push(&argv, p->label);
	for (size_t i = 0; i < p->hosts.len; i++)
		vec_push(&argv, p->hosts.items[i]);
	put_env(&env);
	spec.argv = (const char *const *)argv.items;
	spec.env = (const char *const *)env.items;
	spec.dir = "/";
	spec.in_fd = input;
	spec.out_fd = log_fd;
	if (proc_start(&spec, &p->child, why) < 0)
		return -1;
	if (p->child->end != PROC_NOT_FOUND)
		return 0;
	proc_free(&p->child);
	return fault_set(why, EXIT_FATAL, "'%s' is missing: install again", program);
}

/* One that ended by itself is not started again: what it was told about boxes is gone, and theirs is the fault. */
static int check_alive(struct proxy *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	proc_poll(&p->child, 1, 0);
	if (p->child->end == PROC_RUNNING)
		return 0;
	proc_describe(p->child, &how);
	return fault_set(why, EXIT_FATAL, "the network's proxy is gone: it %s", how.data);
}

static int start_child(struct proxy *p, struct fault *why)
{
	CLEANUP(fd_close) int input = -1;
	CLEANUP(fd_close) int log_fd = -1;
	const char *log = p->log ? p->log : "/dev/null";
	int ends[2];

	if (p->child)
		return check_alive(p, why);
	log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log_fd < 0)
		return fault_errno(why, "cannot write '%s'", log);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fault_errno(why, "cannot start the network's proxy");
	p->wire = ends[0];
	input = ends[1];
	return launch(p, input, log_fd, why);
}

/* On the machine's own loopback anybody can knock: only who knows the secret is let in. */
static int open_door(struct proxy *p, struct fault *why)
{
	struct proxy_door door = {0};
	uint64_t random[2];
	uint16_t port = 0;
	CLEANUP(fd_close) int listener = -1;

	if (p->port)
		return 0;
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return fault_errno(why, "cannot make a secret for the network's proxy");
	snprintf(
		door.secret, sizeof door.secret, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
	listener = door_listen(AF_INET, &port);
	if (listener < 0 || door_send(p->wire, &door, listener, -1) < 0)
		return fault_errno(why, "cannot open a door to the network's proxy");
	p->port = port;
	snprintf(p->url, sizeof p->url, "http://" DOOR_USER ":%s@127.0.0.1:%u", door.secret,
		(unsigned)port);
	return 0;
}

int proxy_start(struct proxy *p, bool own_net, struct proxy_way *way, struct fault *why)
{
	if (start_child(p, why) < 0 || (!own_net && open_door(p, why) < 0))
		return -1;
	*way = (struct proxy_way){.wire = p->wire, .port = own_net ? 0 : p->port};
	if (own_net)
		way->local_len = rules_local_ports(&p->rules, way->local, PROXY_DOORS_MAX);
	return 0;
}

/* A door that the box cannot do without, or may (IPv6 is not everywhere). */
static int offer(int wire, int family, uint16_t port, uint16_t to, int life)
{
	const struct proxy_door door = {.port = to};
	int listener = door_listen(family, &port), done;

	if (listener < 0)
		return family == AF_INET6 ? 0 : -1;
	done = door_send(wire, &door, listener, life);
	close(listener);
	return done;
}

int proxy_offer(const struct proxy_way *way)
{
	int life = (int)syscall(SYS_pidfd_open, getpid(), 0), done, error;

	done = life < 0 ? -1 : offer(way->wire, AF_INET, PROXY_PORT, 0, life);
	for (size_t i = 0; !done && i < way->local_len; i++) {
		done = offer(way->wire, AF_INET, way->local[i], way->local[i], life);
		if (!done)
			done = offer(way->wire, AF_INET6, way->local[i], way->local[i], life);
	}
	error = errno;
	if (life >= 0)
		close(life);
	errno = error;
	return done;
}

const char *proxy_url(const struct proxy *p, bool own_net)
{
	static char own[32];

	if (!own_net)
		return p->url;
	snprintf(own, sizeof own, "http://127.0.0.1:%d", PROXY_PORT);
	return own;
}
