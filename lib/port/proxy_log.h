/*
 * proxy_log: the proxy's record, one JSON object a line, each in one write: a decision before any byte goes out, and how much went
 * when the connection has ended.
 *
 *     {"time":"2026-01-02T03:04:05Z","for":"agent","n":1,"event":"allowed","host":"api.example.com","port":443,"address":"192.0.2.1"}
 *     {"time":...,"for":"agent","n":1,"event":"ended","host":"api.example.com","port":443,"sent":517,"received":4096}
 *     {"time":...,"for":"agent","n":2,"event":"refused","host":"example.org","port":443,"reason":"not_listed"}
 *
 * event "failed" is a host that is let through and cannot be reached. A reason is a word: not_listed, bad_request (host and port
 * null), no_secret, one of address_closed, own, no_address, unreachable, timeout.
 */
#ifndef PORT_PROXY_LOG_H
#define PORT_PROXY_LOG_H

#include "port/proxy_hosts.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define PROXY_LOG_MAX ((uint64_t)64 << 20) /* bytes; then nothing is let through any more */

struct proxy_log {
	pthread_mutex_t mutex;
	int fd;
	const char *label; /* whose requests these are */
	uint64_t written;
	bool broken; /* full, or could not be written */
};

struct log_entry {
	unsigned long number; /* of the connection */
	const char *event;
	const struct proxy_target *target; /* NULL: not known */
	const char *reason;                /* NULL: none */
	const struct proxy_address *address;
	bool ended;
	uint64_t sent, received; /* of `ended`: from and to the client */
};

/* false: it is not in the log, so that it must not happen. */
bool log_write(struct proxy_log *log, const struct log_entry *entry);

#endif
