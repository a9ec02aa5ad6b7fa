/*
 * proxy_relay: bytes between a client and a server, both ways at once, until both have said all.
 */
#ifndef PORT_PROXY_RELAY_H
#define PORT_PROXY_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#define RELAY_NO_LIMIT UINT64_MAX

struct relay {
	int client, server; /* non-blocking sockets; stay the caller's */
	uint64_t
		limit; /* bytes still to be taken from the client; what it says beyond is not read */
	bool until_server_ends;  /* one answer: over when the server has ended */
	uint64_t sent, received; /* counted up: from and to the client */
};

/* Returns when both directions have ended, on an error, or after a long silence. */
void relay_run(struct relay *r);

#endif
