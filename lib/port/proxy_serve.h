/*
 * proxy_serve: the proxy itself: doors come in over `input`, clients come in through doors, each with a thread of its own, at most
 * SERVE_CLIENTS_MAX at a time: the others wait.
 */
#ifndef PORT_PROXY_SERVE_H
#define PORT_PROXY_SERVE_H

#include "port/proxy_hosts.h"

#define SERVE_CLIENTS_MAX 256

/*
 * Serves until `input`, a socket of proxy_wire.h, ends; then what is still open is shut, so that its end is in the log `log_fd` too.
 * `label` is said with each line. All of the arguments are used until the process ends.
 */
void proxy_serve(const struct proxy_rules *rules, const char *label, int input, int log_fd);

#endif
