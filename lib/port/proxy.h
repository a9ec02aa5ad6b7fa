/*
 * proxy: the network mode `proxy`: a process outside of the boxes through which they reach the hosts of a list and nothing else, and
 * which logs each host that is asked for. It speaks HTTP: CONNECT, and requests for absolute http:// URLs; names are resolved by it.
 *
 * A box with a network namespace of its own has the proxy at 127.0.0.1:3128 in there (and the ports of the machine's own loopback
 * that the list names, at the same place); without one, at a port of the machine's loopback that asks for a secret. Its variables
 * (HTTPS_PROXY...) are set for it. A command needs three lines:
 *
 *     CLEANUP(proxy_free) struct proxy *proxy = NULL;
 *     if (proxy_new(&proxy, "agent", &hosts, log_path, why) < 0) return -1;
 *     box.network = NETWORK_PROXY, box.proxy = proxy;
 *
 * The process is started with the first box that needs it, serves any number of them, and ends with proxy_free, or with this process
 * whatever becomes of it.
 */
#ifndef PORT_PROXY_H
#define PORT_PROXY_H

#include "base/fault.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROXY_PORT      3128 /* in a network namespace of the box */
#define PROXY_DOORS_MAX 16   /* ports of the machine's loopback */

struct proxy;

/*
 * A proxy for `hosts` (items as in proxy_hosts.h; copied), not yet started. `label` says in the log whose requests these are.
 * `log_path` is appended to, and made with the first start; NULL: no log. Starts nothing.
 */
int proxy_new(struct proxy **out, const char *label, const struct vec *hosts, const char *log_path,
	struct fault *why);

/* Ends the process, when it has written its last line, and frees. For CLEANUP. */
void proxy_free(struct proxy **p);

const struct vec *proxy_hosts(const struct proxy *p);

/* --- for the sandbox -------------------------------------------------------------------------- */

/* How a box reaches the proxy. */
struct proxy_way {
	int wire;      /* for the keeper: takes what proxy_offer sends; borrowed */
	uint16_t port; /* of the machine's own loopback; 0: the box has its own, use proxy_offer */
	uint16_t local[PROXY_DOORS_MAX]; /* ports of the machine's loopback to be had in the box */
	size_t local_len;
};

/* Starts the process where it does not run; with `own_net` false also opens its door on the machine's loopback. */
int proxy_start(struct proxy *p, bool own_net, struct proxy_way *way, struct fault *why);

/*
 * In the keeper, in the box's own network namespace with loopback up: makes the listening sockets and sends them, to be shut when
 * the calling process has ended. System calls only. -1 with errno set.
 */
int proxy_offer(const struct proxy_way *way);

/* What HTTPS_PROXY is. The one with a secret is known once it was started. */
const char *proxy_url(const struct proxy *p, bool own_net);

#endif
