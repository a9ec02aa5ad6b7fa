#include "core/store_mend.h"
#include "base/alloc.h"
#include "port/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS_MAX ((size_t)256 * 1024 * 1024)

/* 1: its last byte is a newline, or there is none. */
static int is_whole(int fd)
{
	struct stat st;
	char last;

	if (fstat(fd, &st) < 0)
		return -1;
	if (!st.st_size)
		return 1;
	return pread(fd, &last, 1, st.st_size - 1) == 1 ? last == '\n' : -1;
}

static size_t last_line(const struct buf *text)
{
	const char *newline = memrchr(text->data, '\n', text->len);

	return newline ? (size_t)(newline - text->data) + 1 : 0;
}

static bool is_event(const char *line, size_t len)
{
	CLEANUP(json_free) struct json *json = NULL;
	struct fault ignored = FAULT_INIT;

	return json_parse(line, len, &json, &ignored) == 0;
}

/* Before it is cut off: what was there is on disk in one place at least. */
static int keep_aside(
	const struct store *s, const char *id, const char *part, size_t len, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(s, id, "events.torn");
	CLEANUP(buf_release) struct buf all = BUF_INIT;

	if (fs_read(path, &all, EVENTS_MAX, why) < 0)
		return -1;
	buf_add(&all, part, len);
	buf_putc(&all, '\n');
	return fs_write(path, all.data, all.len, 0644, why);
}

static void say(const struct store *s, const char *id, const char *what)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;

	buf_printf(&line, "run '%s': the last line of its events was cut off: %s", id, what);
	if (s->say)
		s->say(line.data);
}

int store_mend(const struct store *s, const char *id, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(s, id, "events.ndjson");
	CLEANUP(fd_close) int fd = open(path, O_RDWR | O_CLOEXEC);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int whole = fd < 0 ? 1 : is_whole(fd);
	size_t start;

	if (fd < 0 && errno != ENOENT)
		return fault_errno(why, "cannot open '%s'", path);
	if (whole < 0)
		return fault_errno(why, "cannot read '%s'", path);
	if (whole)
		return 0;
	if (fs_read(path, &text, EVENTS_MAX, why))
		return -1;
	start = last_line(&text);
	if (is_event(text.data + start, text.len - start)) {
		if (pwrite(fd, "\n", 1, (off_t)text.len) != 1 || fsync(fd) < 0)
			return fault_errno(why, "cannot mend '%s'", path);
		say(s, id, "it was whole but for its end, and is mended");
		return 0;
	}
	if (keep_aside(s, id, text.data + start, text.len - start, why) < 0)
		return -1;
	if (ftruncate(fd, (off_t)start) < 0 || fsync(fd) < 0)
		return fault_errno(why, "cannot mend '%s'", path);
	say(s, id, "what was left of it is in events.torn");
	return 0;
}
