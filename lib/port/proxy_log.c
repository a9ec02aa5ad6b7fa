#include "port/proxy_log.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "port/clock.h"
#include "port/json.h"

static void put_line(const struct proxy_log *log, const struct log_entry *e, struct buf *line)
{
	CLEANUP(json_free) struct json *o = json_object();
	char time[CLOCK_STAMP_SIZE], address[ADDRESS_TEXT_MAX];

	clock_stamp(time);
	json_set_text(o, "time", time);
	json_set_text(o, "for", log->label);
	json_set_int(o, "n", (int64_t)e->number);
	json_set_text(o, "event", e->event);
	json_set_text(o, "host", e->target ? e->target->host : NULL);
	if (e->target)
		json_set_int(o, "port", e->target->port);
	else
		json_set(o, "port", NULL);
	if (e->reason)
		json_set_text(o, "reason", e->reason);
	if (e->address) {
		address_text(e->address, address);
		json_set_text(o, "address", address);
	}
	if (e->ended) {
		json_set_int(o, "sent", (int64_t)e->sent);
		json_set_int(o, "received", (int64_t)e->received);
	}
	json_write(o, false, line);
	buf_putc(line, '\n');
}

bool log_write(struct proxy_log *log, const struct log_entry *entry)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	bool done;

	put_line(log, entry, &line);
	pthread_mutex_lock(&log->mutex);
	log->written += line.len;
	log->broken = log->broken || log->written > PROXY_LOG_MAX ||
		      fs_write_fd(log->fd, line.data, line.len) < 0;
	done = !log->broken;
	pthread_mutex_unlock(&log->mutex);
	return done;
}
