#include "core/flaky.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "port/clock.h"
#include "port/json.h"

#include <string.h>

#define FILE_MAX   ((size_t)16 << 20)
#define DATE_CHARS 10 /* of a stamp */

/* A line that is torn, or another's, does not count. */
static int count_before(const struct buf *text, const char *stage, char last[CLOCK_STAMP_SIZE])
{
	int count = 0;

	for (const char *at = text->data, *end; *at; at = *end ? end + 1 : end) {
		CLEANUP(json_free) struct json *line = NULL;
		struct fault ignored = FAULT_INIT;
		const char *when;

		end = strchrnul(at, '\n');
		if (json_parse(at, (size_t)(end - at), &line, &ignored) < 0 ||
			strcmp(json_text(line, "stage", ""), stage) != 0)
			continue;
		when = json_text(line, "time", "");
		if (clock_parse(when) < 0)
			continue;
		memcpy(last, when, CLOCK_STAMP_SIZE - 1);
		last[CLOCK_STAMP_SIZE - 1] = '\0';
		count++;
	}
	return count;
}

int flaky_note(const char *state, const struct gate_result *r, const char *commit, struct buf *out,
	struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(state, "flaky.ndjson");
	CLEANUP(buf_release) struct buf text = BUF_INIT, line = BUF_INIT;
	CLEANUP(json_free) struct json *entry = json_object();
	char last[CLOCK_STAMP_SIZE] = "", now[CLOCK_STAMP_SIZE];
	int before;

	if (fs_read(path, &text, FILE_MAX, why) < 0)
		return -1;
	before = count_before(&text, r->stage->name, last);
	buf_printf(out, "stage '%s' was red (%s) and then green on the same tree", r->stage->name,
		r->first);
	if (before)
		buf_printf(out, "; %d time%s before, last %.*s", before, before == 1 ? "" : "s",
			DATE_CHARS, last);
	clock_stamp(now);
	json_set_text(entry, "time", now);
	json_set_text(entry, "stage", r->stage->name);
	json_set_text(entry, "commit", commit);
	json_set_text(entry, "red", r->first);
	json_write(entry, false, &line);
	return fs_append_line_derived(path, line.data, why);
}
