/*
 * git_stream: a git whose output is read as it comes, however much it is, until a time is over.
 */
#ifndef PORT_GIT_STREAM_H
#define PORT_GIT_STREAM_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "port/git.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

struct git_stream;

/* Starts it. `input` (which git must read before it answers) becomes its standard input; `until` is of clock_now_ms, 0: no limit. */
int git_stream_open(const struct git_call *call, const struct vec *args, const struct buf *input,
	int64_t until, struct git_stream **out, struct fault *why);

/* Appends what has come, at least a byte. 1: git has ended, and well. A fault whose reason is "timed_out": the time is over. */
int git_stream_read(struct git_stream *stream, struct buf *out, struct fault *why);

/* For who waits for something else too: when its descriptor is ready, git_stream_read does not wait, but for git's end. */
struct pollfd git_stream_poll(const struct git_stream *stream);

/* One that still works is killed. NULL is fine; for CLEANUP. */
void git_stream_free(struct git_stream **stream);

#endif
