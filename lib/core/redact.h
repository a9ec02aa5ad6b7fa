/*
 * redact: takes secrets out of text before it is stored, shown, put into a prompt or sent: those that a rule finds, and the values
 * that this process's environment holds as secrets (guard_secrets). In its place stands "[redacted: <rule>]".
 */
#ifndef CORE_REDACT_H
#define CORE_REDACT_H

#include "base/buf.h"
#include "base/fault.h"

#include <stddef.h>

/* Of text that is all there. */
void redact(struct buf *text);

/* The same of an owned string; NULL is fine. */
void redact_string(char **text);

/* Of text that comes in pieces, wherever they are cut. */
struct redact_stream {
	struct buf held; /* what may be the beginning of one */
	size_t taken;    /* how many were taken out */
};

#define REDACT_STREAM_INIT  \
	{                   \
		BUF_INIT, 0 \
	}

/* Appends to *out what can be said by now: whole lines, and of a line that does not end all but its end. */
void redact_feed(struct redact_stream *s, const char *bytes, size_t len, struct buf *out);

/* Appends the rest. It may begin anew. */
void redact_end(struct redact_stream *s, struct buf *out);
void redact_release(struct redact_stream *s);

#endif
