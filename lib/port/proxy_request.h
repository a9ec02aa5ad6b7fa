/*
 * proxy_request: the head of an HTTP/1 request as a client sends it to a proxy (RFC 9112): CONNECT, or a request for an absolute
 * http:// URL. Read strictly: what could be read in two ways is bad. Pure; the spans point into the bytes that were read.
 */
#ifndef PORT_PROXY_REQUEST_H
#define PORT_PROXY_REQUEST_H

#include "base/buf.h"
#include "port/proxy_hosts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_HEAD_MAX    32768
#define REQUEST_HEADERS_MAX 100

struct span {
	const char *at;
	size_t len;
};

struct request_header {
	struct span name, value;
};

struct proxy_request {
	bool tunnel;                       /* CONNECT */
	struct proxy_target target;        /* with its port */
	struct span method, path, version; /* path: what follows the authority, maybe nothing */
	struct request_header headers[REQUEST_HEADERS_MAX];
	size_t headers_len;
	size_t head_len;   /* bytes up to the end of the empty line */
	uint64_t body;     /* bytes that follow the head and belong to it; CONNECT: 0 */
	const char *wrong; /* of REQUEST_BAD, for a person */
	int status;        /* of REQUEST_BAD, for HTTP */
};

enum request_state { REQUEST_MORE, REQUEST_GOOD, REQUEST_BAD };

/* REQUEST_MORE: the head has not ended yet (past REQUEST_HEAD_MAX bytes it is bad). */
enum request_state request_read(const char *bytes, size_t len, struct proxy_request *out);

/* Basic credentials (RFC 7617) of Proxy-Authorization are these, compared in constant time. */
bool request_has_secret(const struct proxy_request *r, const char *user, const char *secret);

/* Appends the head as the server gets it: origin form, one Host, nothing that was meant for the proxy, one request only. */
void request_forward(const struct proxy_request *r, struct buf *out);

#endif
