/*
 * proxy_dial: from a name to a connection. Names are resolved here, each address is judged, and the one that was judged is the one
 * connected to: there is no second look-up that could say something else.
 */
#ifndef PORT_PROXY_DIAL_H
#define PORT_PROXY_DIAL_H

#include "port/proxy_hosts.h"

enum dial_end { DIAL_DONE, DIAL_REFUSED, DIAL_FAILED };

/*
 * Connects to the target, which the list lets through already. DIAL_DONE: *fd is connected, non-blocking, the caller's, and *address
 * is what it leads to. Else *reason is a word for the log (proxy_log.h).
 */
enum dial_end proxy_dial(const struct proxy_rules *rules, const struct proxy_target *target,
	int *fd, struct proxy_address *address, const char **reason);

/* One of this machine's own addresses, where what listens on all of them would answer. True too when that cannot be told. */
bool dial_is_own(const struct proxy_address *a);

#endif
