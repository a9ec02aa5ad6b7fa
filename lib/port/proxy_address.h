/*
 * proxy_address: an IP address and what kind of place it leads to: anywhere but the public internet is closed to a proxy's
 * clients.
 */
#ifndef PORT_PROXY_ADDRESS_H
#define PORT_PROXY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_MAX 46 /* INET6_ADDRSTRLEN */

struct proxy_address {
	int family;              /* AF_INET or AF_INET6; 0: none */
	unsigned char bytes[16]; /* network order; AF_INET uses four */
};

/* Dotted decimal of four parts, or IPv6 without brackets and zone; one that only wraps an IPv4 address is that. -1: neither. */
int address_parse(const char *text, struct proxy_address *out);

void address_from(const struct sockaddr *sa, struct proxy_address *out);
socklen_t address_to(const struct proxy_address *a, uint16_t port, struct sockaddr_storage *out);

/* In its one canonical form. */
void address_text(const struct proxy_address *a, char out[ADDRESS_TEXT_MAX]);

bool address_equal(const struct proxy_address *a, const struct proxy_address *b);

/*
 * NULL: public. Else a word for what it is: "loopback", "private", "link_local", "multicast", "unspecified", "metadata" or
 * "reserved" (IANA's special-purpose registries, RFC 6890). An address that carries another one (mapped, NAT64, 6to4) is what
 * that is.
 */
const char *address_closed(const struct proxy_address *a);

#endif
