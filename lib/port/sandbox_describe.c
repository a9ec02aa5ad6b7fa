/* A box for people and tests: what --dry-run prints. */
#include "base/alloc.h"
#include "port/sandbox_private.h"

#include <inttypes.h>
#include <string.h>

static void put_limit(struct buf *out, const char *name, uint64_t value)
{
	if (value)
		buf_printf(out, "limit: %s %" PRIu64 "\n", name, value);
}

static void put_limits(struct buf *out, const struct box_limits *l)
{
	put_limit(out, "memory", l->memory);
	put_limit(out, "file-size", l->file_size);
	put_limit(out, "cpu", l->cpu);
	put_limit(out, "disk", l->disk);
	put_limit(out, "processes", l->processes);
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

void box_describe(const struct box *box, struct buf *out)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(toolchains_release) struct toolchains tools = TOOLCHAINS_INIT;
	CLEANUP(view_release) struct view view = VIEW_INIT;
	struct fault why = FAULT_INIT;
	struct layers layers;
	bool given = cell_layers(box->level, &layers);

	buf_printf(out, "level: %s%s\n", sandbox_level_name(box->level),
		given ? "" : " (this machine does not give it)");
	buf_printf(out, "layers: %s%s%s%s\n", layers.ns ? "namespaces " : "",
		layers.landlock ? "landlock " : "", layers.seccomp ? "seccomp " : "",
		"environment limits");
	buf_printf(out, "network: %s\n", sandbox_network_name(box->network));
	put_hosts(out, box);
	if (box->ptrace)
		buf_printf(out, "ptrace: %s\n", layers.ns ? "yes" : "no (needs namespaces)");
	put_limits(out, &box->limits);
	sandbox_build_env(box, &env, &tools, &why);
	put_env(out, &env);
	if (!layers.ns && !layers.landlock) {
		buf_puts(out, "write: whatever you may write\n");
		return;
	}
	if (view_make(&view, box, &env, &tools, &layers, &why) < 0)
		buf_printf(out, "fault: %s\n", why.message);
	put_view(out, &view);
}
