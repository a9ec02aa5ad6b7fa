/*
 * http: one request over HTTP, by libcurl. https alone, and plain http to loopback; nothing asks a person, nothing is kept between
 * requests, and a redirection to another host takes no token along.
 */
#ifndef PORT_HTTP_H
#define PORT_HTTP_H

#include "base/buf.h"
#include "base/fault.h"

#include <stdint.h>

struct http_request {
	const char *url;
	const char *accept; /* media types; NULL: any */
	const char *token;  /* a bearer's (RFC 6750); NULL: none */
	int64_t timeout_ms; /* of the whole */
	size_t answer_max;  /* bytes; a longer answer is a fault */
};

/* GET. 0: *status is the server's, whatever it says, and *body its answer (replaced); -1: there was none. */
int http_get(const struct http_request *request, int *status, struct buf *body, struct fault *why);

/* Appends the text so that it is one segment of a path (RFC 3986, 2.1). */
void http_put_segment(struct buf *out, const char *text);

/* Of libcurl. */
const char *http_version(void);

#endif
