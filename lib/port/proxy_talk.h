/*
 * proxy_talk: one client from its first byte to its last: what it asks for is read, judged, logged, and then carried.
 */
#ifndef PORT_PROXY_TALK_H
#define PORT_PROXY_TALK_H

#include "port/proxy_hosts.h"
#include "port/proxy_log.h"
#include "port/proxy_wire.h"

struct proxy_client {
	const struct proxy_rules *rules;
	struct proxy_log *log;
	struct proxy_door door; /* through which it came */
	unsigned long number;
	int fd; /* non-blocking; stays the caller's */
	/* Tells whose sockets are open, so that another thread can shut them down; -1: about to be closed. */
	void (*opened)(void *state, int server);
	void *state;
};

void proxy_talk(const struct proxy_client *c);

#endif
