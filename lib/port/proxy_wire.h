/*
 * proxy_wire: how a door comes to the proxy: a listening socket, sent over its standard input. A socket belongs to the network
 * namespace it was made in: what comes through it comes from there, and what the proxy connects to is reached from its own.
 */
#ifndef PORT_PROXY_WIRE_H
#define PORT_PROXY_WIRE_H

#include <stdint.h>

#define DOOR_SECRET_MAX 33
#define DOOR_USER       "git-agent"

struct proxy_door {
	uint16_t
		port; /* 0: a proxy's clients come here; else it leads to that port of the machine's loopback */
	char secret[DOOR_SECRET_MAX]; /* what each client must know; "": nothing */
};

/*
 * Sends a door: `listener`, and `life` (-1: none), a pidfd at whose end the door is shut. Both stay the caller's. System calls only.
 * -1 with errno set; EAGAIN: the proxy does not keep up.
 */
int door_send(int wire, const struct proxy_door *door, int listener, int life);

/* Receives one; the descriptors are the caller's. 1: the other end is gone. -1: something else came, and nothing is left open. */
int door_receive(int wire, struct proxy_door *door, int *listener, int *life);

/*
 * A listening socket on the loopback of this network namespace, AF_INET or AF_INET6 (port 0: any; *port tells which). -1 with errno
 * set. System calls only.
 */
int door_listen(int family, uint16_t *port);

#endif
