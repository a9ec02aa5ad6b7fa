/*
 * proxy_hosts: what a proxy's client asks for, and the list of what it may have. Names are compared as data: in lower case,
 * without a closing dot, never decoded; what looks like a number is an address in its usual form or nothing.
 *
 * An item of the list is `host`, `*.domain` (any name below it, not itself), an IPv4 address or an IPv6 one in brackets, with
 * `:port`, or without for 80 and 443. `localhost` and addresses that are not public need their port.
 */
#ifndef PORT_PROXY_HOSTS_H
#define PORT_PROXY_HOSTS_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/proxy_address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_MAX 253 /* bytes of a name, RFC 1035 */

struct proxy_target {
	char host[HOST_MAX + 1];      /* as it is compared and shown; no brackets */
	struct proxy_address address; /* family 0: it is a name */
	uint16_t port;                /* 0: none was given */
};

/* Reads "host", "host:port", "[v6]:port". -1: no such. */
int target_parse(const char *text, size_t len, struct proxy_target *out);

/* The text of a target: "host:port", brackets where they belong. */
#define TARGET_TEXT_MAX (HOST_MAX + 10)
void target_text(const struct proxy_target *t, char out[TARGET_TEXT_MAX]);

struct proxy_rule {
	bool below;                 /* *.host */
	struct proxy_target target; /* port 0: 80 and 443 */
};

struct proxy_rules {
	struct proxy_rule *items;
	size_t len, cap;
};

#define PROXY_RULES_INIT   \
	{                  \
		NULL, 0, 0 \
	}

void rules_release(struct proxy_rules *rules);

/* Adds an item of the list. The fault says what was expected. */
int rules_add(struct proxy_rules *rules, const char *item, struct fault *why);

/* An item that rules_add would take. */
int rule_check(const char *item, struct fault *why);

/* The list lets through what was asked for. */
bool rules_allow(const struct proxy_rules *rules, const struct proxy_target *target);

/* The list names that very address (localhost: 127.0.0.1 and ::1) with that port: it is open though it is not public. */
bool rules_name(const struct proxy_rules *rules, const struct proxy_address *a, uint16_t port);

/* The machine itself by name: its loopback, whatever a resolver would say. */
bool target_is_localhost(const struct proxy_target *t);

/*
 * Ports of the machine's own loopback that the list opens (localhost, 127.0.0.1, [::1]), at most `max` of them; returns how
 * many. In a box with a network of its own they are there at the same place.
 */
size_t rules_local_ports(const struct proxy_rules *rules, uint16_t *ports, size_t max);

#endif
