/*
 * network: what a run's network.ndjson (see port/proxy_log.h) comes to: how many hosts were asked for, and which were refused.
 */
#ifndef CORE_NETWORK_H
#define CORE_NETWORK_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

struct network_host { /* one host and port */
	char *host;
	int port;
	char *reason;   /* of the last refusal: a word of the log */
	size_t refused; /* how often */
};

struct network {
	struct network_host *hosts; /* in the order they were asked for */
	size_t len, cap;
	size_t last; /* refused: one past its place in `hosts`; 0: none was */
	bool more;   /* there were others, too many to tell apart */
};

#define NETWORK_INIT                 \
	{                            \
		NULL, 0, 0, 0, false \
	}

/* Reads a log; `label`: only what that one asked for, NULL: all. No log: nothing was asked for. A torn line is passed over. */
int network_read(struct network *n, const char *path, const char *label, struct fault *why);
void network_release(struct network *n);

/* Appends lines, each after `indent`: how many hosts, the refused ones with how often and why, and the key that opens them. Nothing
 * was asked for: nothing. */
void network_put(const struct network *n, const char *indent, struct buf *out);

/* Appends what to do about the host that was refused last. false: none was. */
bool network_hint(const struct network *n, struct buf *out);

#endif
