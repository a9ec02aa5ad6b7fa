#include "core/redact_log.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "core/redact.h"

#include <fcntl.h>
#include <stdlib.h>

struct redact_log {
	int fd;
	struct redact_stream stream;
	struct buf out; /* what can be written */
};

int redact_log_open(struct redact_log **out, const char *path, bool append, struct fault *why)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC);
	int fd = open(path, flags, 0644);

	if (fd < 0)
		return fault_errno(why, "cannot write '%s'", path);
	*out = xcalloc(1, sizeof **out);
	**out = (struct redact_log){fd, REDACT_STREAM_INIT, BUF_INIT};
	return 0;
}

int redact_log_write(void *log, const char *bytes, size_t len)
{
	struct redact_log *l = log;
	int done;

	if (len)
		redact_feed(&l->stream, bytes, len, &l->out);
	else
		redact_end(&l->stream, &l->out);
	done = fs_write_fd(l->fd, l->out.data, l->out.len);
	buf_clear(&l->out);
	return done;
}

void redact_log_free(struct redact_log **log)
{
	struct redact_log *l = *log;

	if (!l)
		return;
	fd_close(&l->fd);
	redact_release(&l->stream);
	buf_release(&l->out);
	free(l);
	*log = NULL;
}
