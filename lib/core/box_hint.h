/*
 * box_hint: what a command that failed in a box says of the box: which key of the policy would have let it through. A pattern in
 * its output is not enough: the path must be one that the box hides or keeps from being written, the variable one that is set
 * outside, the network one that is not open.
 */
#ifndef CORE_BOX_HINT_H
#define CORE_BOX_HINT_H

#include "base/buf.h"
#include "base/vec.h"
#include "port/sandbox.h"

/* Where its keys are; borrowed. */
struct box_keys {
	const char *section; /* "[gate \"tests\"]": of `network` and env */
	const char *network; /* the key there that opens the network: "network", "setup.network" */
	const char *env;     /* the key there that passes a variable; NULL: there is none */
	const char *file;    /* the policy's name */
	const struct vec *closed; /* places nobody may open: see opened_never */
};

enum box_trouble {
	TROUBLE_NONE,
	TROUBLE_KEY,     /* a key would have let it through; *out says which */
	TROUBLE_NETWORK, /* the same, of the network */
	TROUBLE_LOOPBACK, /* it needs loopback, and there is none with this machine's sandbox: no verdict on what was run */
};

/* Looks at what the command printed, the end first; `box` as it was started. Appends one line to *out. */
enum box_trouble box_hint(const struct box *box, const struct box_keys *keys, const char *said,
	size_t len, struct buf *out);

#endif
