/* A box for people and tests: what --dry-run prints. */
#include "base/alloc.h"
#include "port/json.h"
#include "port/sandbox_private.h"

#include <inttypes.h>
#include <string.h>

struct named_limit {
	const char *name;
	uint64_t value;
};

#define LIMITS 5

static void name_limits(const struct box_limits *l, struct named_limit out[LIMITS])
{
	out[0] = (struct named_limit){"memory", l->memory};
	out[1] = (struct named_limit){"file-size", l->file_size};
	out[2] = (struct named_limit){"cpu", l->cpu};
	out[3] = (struct named_limit){"disk", l->disk};
	out[4] = (struct named_limit){"processes", l->processes};
}

static void put_limits(struct buf *out, const struct box_limits *l)
{
	struct named_limit limits[LIMITS];

	name_limits(l, limits);
	for (size_t i = 0; i < LIMITS; i++)
		if (limits[i].value)
			buf_printf(out, "limit: %s %" PRIu64 "\n", limits[i].name, limits[i].value);
}

/* Names alone: values may be keys. */
static void put_env(struct buf *out, const struct vec *env)
{
	buf_puts(out, "env:");
	for (size_t i = 0; i < env->len; i++)
		buf_printf(out, " %.*s", (int)strcspn(env->items[i], "="), env->items[i]);
	buf_putc(out, '\n');
}

static void put_hosts(struct buf *out, const struct box *box)
{
	const struct vec *hosts = box->proxy ? proxy_hosts(box->proxy) : NULL;

	for (size_t i = 0; box->network == NETWORK_PROXY && hosts && i < hosts->len; i++)
		buf_printf(out, "host: %s\n", hosts->items[i]);
}

static void put_view(struct buf *out, const struct view *v)
{
	for (size_t i = 0; i < v->len; i++) {
		const struct view_item *item = &v->items[i];

		buf_printf(out, "%s: %s", view_kind_name(item->kind), item->at);
		if (strcmp(item->at, item->real) != 0)
			buf_printf(out, " (%s)", item->real);
		if (item->upper)
			buf_printf(out, ", changes in %s", item->upper);
		buf_putc(out, '\n');
	}
}

/* A box as it would be started on this machine. */
struct plan {
	struct vec env;
	struct toolchains tools;
	struct view view;
	struct layers layers;
	bool given; /* the machine gives its level */
	struct fault why;
};

static void plan_release(struct plan *p)
{
	vec_release(&p->env);
	toolchains_release(&p->tools);
	view_release(&p->view);
}

/* `why` says what keeps it from being started. */
static void plan_make(struct plan *p, const struct box *box)
{
	*p = (struct plan){
		.env = VEC_INIT, .tools = TOOLCHAINS_INIT, .view = VIEW_INIT, .why = FAULT_INIT};
	p->given = cell_layers(box->level, &p->layers);
	if (sandbox_build_env(box, &p->env, &p->tools, &p->why) == 0 &&
		view_make(&p->view, box, &p->env, &p->tools, &p->layers, &p->why) == 0 &&
		p->view.tmp_moved)
		sandbox_move_tmp(box, &p->env);
}

void box_describe(const struct box *box, struct buf *out)
{
	CLEANUP(plan_release) struct plan p;

	plan_make(&p, box);
	buf_printf(out, "level: %s%s\n", sandbox_level_name(box->level),
		p.given ? "" : " (this machine does not give it)");
	buf_printf(out, "layers: %s%s%s%s\n", p.layers.ns ? "namespaces " : "",
		p.layers.landlock ? "landlock " : "", p.layers.seccomp ? "seccomp " : "",
		"environment limits");
	buf_printf(out, "network: %s\n", sandbox_network_name(box->network));
	put_hosts(out, box);
	if (box->ptrace)
		buf_printf(out, "ptrace: %s\n", p.layers.ns ? "yes" : "no (needs namespaces)");
	put_limits(out, &box->limits);
	put_env(out, &p.env);
	if (!p.layers.ns && !p.layers.landlock) {
		buf_puts(out, "write: whatever you may write\n");
		return;
	}
	if (p.why.message[0])
		buf_printf(out, "fault: %s\n", p.why.message);
	put_view(out, &p.view);
}

static struct json *layers_to_json(const struct layers *layers)
{
	struct json *list = json_array();

	if (layers->ns)
		json_push_text(list, "namespaces");
	if (layers->landlock)
		json_push_text(list, "landlock");
	if (layers->seccomp)
		json_push_text(list, "seccomp");
	return list;
}

static struct json *hosts_to_json(const struct box *box)
{
	const struct vec *hosts = box->proxy ? proxy_hosts(box->proxy) : NULL;
	struct json *list = json_array();

	for (size_t i = 0; box->network == NETWORK_PROXY && hosts && i < hosts->len; i++)
		json_push_text(list, hosts->items[i]);
	return list;
}

static struct json *limits_to_json(const struct box_limits *l)
{
	struct named_limit limits[LIMITS];
	struct json *object = json_object();

	name_limits(l, limits);
	for (size_t i = 0; i < LIMITS; i++)
		if (limits[i].value)
			json_set_int(object, limits[i].name, (int64_t)limits[i].value);
	return object;
}

static struct json *env_to_json(const struct vec *env)
{
	struct json *list = json_array();

	for (size_t i = 0; i < env->len; i++) {
		CLEANUP(str_free)
		char *name = xstrndup(env->items[i], strcspn(env->items[i], "="));

		json_push_text(list, name);
	}
	return list;
}

static struct json *view_to_json(const struct view *v)
{
	struct json *list = json_array();

	for (size_t i = 0; i < v->len; i++) {
		struct json *item = json_object();

		json_set_text(item, "kind", view_kind_name(v->items[i].kind));
		json_set_text(item, "path", v->items[i].at);
		json_set_text(item, "from", v->items[i].real);
		json_set_text(item, "changes", v->items[i].upper);
		json_push(list, item);
	}
	return list;
}

struct json *box_to_json(const struct box *box)
{
	CLEANUP(plan_release) struct plan p;
	struct json *json = json_object();

	plan_make(&p, box);
	json_set_int(json, "version", 1);
	json_set_text(json, "level", sandbox_level_name(box->level));
	json_set(json, "layers", layers_to_json(&p.layers));
	json_set_text(json, "network", sandbox_network_name(box->network));
	json_set(json, "hosts", hosts_to_json(box));
	json_set(json, "limits", limits_to_json(&box->limits));
	json_set(json, "env", env_to_json(&p.env));
	json_set(json, "view", view_to_json(&p.view));
	return json;
}
