#include "flow/asked.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/redact.h"

#include <string.h>

#define REQUEST_MAX (1024 * 1024)

static struct json *to_json(const struct attempt *a, const struct agent_choice *agent,
	const struct brief *brief, const char *revision)
{
	const struct attempt_options *o = a->options;
	struct json *json = json_object();

	json_set_text(json, "source", brief ? brief->source : NULL);
	json_set_text(json, "revision", revision);
	json_set_text(json, "agent", agent ? agent->name : NULL);
	json_set_text(json, "model", agent ? agent->model : NULL);
	json_set_text(json, "simulate", agent ? agent->simulate : NULL);
	json_set_text(json, "sandbox", o->level);
	json_set_text(json, "fixes", o->fixes);
	json_set_list(json, "allow", &o->allow);
	json_set_bool(json, "keep", o->keep);
	return json;
}

int asked_save(const struct attempt *a, const struct agent_choice *agent, const struct brief *brief,
	const char *revision, struct fault *why)
{
	CLEANUP(str_free) char *issue = store_path(a->store, a->run.id, "issue.md");
	CLEANUP(str_free) char *path = store_path(a->store, a->run.id, "request.json");
	CLEANUP(json_free) struct json *json = to_json(a, agent, brief, revision);
	CLEANUP(buf_release) struct buf text = BUF_INIT, asked = BUF_INIT;

	json_write(json, true, &text);
	buf_putc(&text, '\n');
	buf_puts(&asked, brief ? brief->text : "");
	redact(&asked);
	/* In this order: the second says that the first is there. */
	if (brief && fs_write(issue, asked.data, asked.len, 0644, why) < 0)
		return -1;
	return fs_write(path, text.data, text.len, 0644, why);
}

static int read_brief(struct asked *r, const struct store *store, const char *id, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(store, id, "issue.md");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *source = json_text(r->json, "source", NULL);
	int found;

	if (!source)
		return 0;
	found = fs_read(path, &text, BRIEF_MAX, why);
	return found ? found : brief_parse(&r->brief, source, text.data, text.len, why);
}

int asked_read(struct asked *r, const struct store *store, const char *id, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(store, id, "request.json");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int found;

	*r = (struct asked){.options = {.allow = VEC_INIT}};
	found = fs_read(path, &text, REQUEST_MAX, why);
	if (found)
		return found;
	if (json_parse(text.data, text.len, &r->json, why) < 0)
		return fault_wrap(why, "damaged '%s'", path);
	r->revision = json_text(r->json, "revision", NULL);
	r->agent.name = json_text(r->json, "agent", NULL);
	r->agent.model = json_text(r->json, "model", NULL);
	r->agent.simulate = json_text(r->json, "simulate", NULL);
	r->options.level = json_text(r->json, "sandbox", NULL);
	r->options.fixes = json_text(r->json, "fixes", NULL);
	r->options.keep = json_bool(r->json, "keep", false);
	json_list(r->json, "allow", &r->options.allow);
	return read_brief(r, store, id, why);
}

void asked_release(struct asked *r)
{
	vec_release(&r->options.allow);
	brief_release(&r->brief);
	json_free(&r->json);
}
