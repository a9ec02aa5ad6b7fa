#include "core/store_files.h"
#include "base/alloc.h"
#include "port/clock.h"

#include <string.h>

#define RECORD_MAX (16 * 1024 * 1024)

void store_init(struct store *s, const char *common_dir)
{
	s->dir = fs_join(common_dir, "agent");
	s->runs = fs_join(s->dir, "runs");
	s->say = NULL;
}

void store_release(struct store *s)
{
	str_free(&s->dir);
	str_free(&s->runs);
}

char *store_path(const struct store *s, const char *id, const char *file)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s/%s", s->runs, id, file);
	return buf_take(&path);
}

int store_load(struct store *s, const char *id, struct run *out, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(s, id, "run.json");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(json_free) struct json *json = NULL;
	int found = fs_read(path, &text, RECORD_MAX, why);

	run_init(out);
	if (found)
		return found;
	if (json_parse(text.data, text.len, &json, why) < 0 || run_from_json(out, json, why) < 0 ||
		strcmp(out->id, id) != 0) {
		run_release(out);
		if (!why->message[0])
			fault_set(why, EXIT_FATAL, "its id is not its directory's name");
		fault_wrap(why, "damaged record '%s'", path);
		return fault_hint(why, "git agent drop %s", id);
	}
	return 0;
}

int store_write(struct store *s, const struct run *r, bool durable, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(s, r->id, "run.json");
	CLEANUP(json_free) struct json *json = run_to_json(r);
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_write(json, true, &text);
	buf_putc(&text, '\n');
	return durable ? fs_write(path, text.data, text.len, 0644, why)
		       : fs_write_derived(path, text.data, text.len, why);
}

int store_add_event(struct store *s, const struct run *r, const char *event, const char *from,
	const char *note, bool durable, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(s, r->id, "events.ndjson");
	CLEANUP(json_free) struct json *json = json_object();
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(stamp);
	json_set_text(json, "time", stamp);
	json_set_text(json, "event", event);
	json_set_text(json, "from", from);
	json_set_text(json, "to", run_state_name(r->state));
	if (note)
		json_set_text(json, "note", note);
	json_write(json, false, &line);
	return durable ? fs_append_line(path, line.data, why)
		       : fs_append_line_derived(path, line.data, why);
}

int store_names(struct store *s, struct vec *names, struct fault *why)
{
	CLEANUP(vec_release) struct vec all = VEC_INIT;

	if (fs_list(s->runs, &all, why) < 0)
		return -1;
	for (size_t i = 0; i < all.len; i++)
		if (run_name_valid(all.items[i]))
			vec_push(names, all.items[i]);
	return 0;
}
