#include "port/sandbox.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "base/text.h"
#include "port/sandbox_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void box_init(struct box *box)
{
	*box = (struct box){
		.level = SANDBOX_FULL,
		.argv = VEC_INIT,
		.read = VEC_INIT,
		.exec = VEC_INIT,
		.write = VEC_INIT,
		.pin = VEC_INIT,
		.hide = VEC_INIT,
		.over = VEC_INIT,
		.pass = VEC_INIT,
		.set = VEC_INIT,
		.in_fd = -1,
		.out_fd = -1,
		.log_fd = -1,
		.tty_fd = -1,
	};
}

void box_release(struct box *box)
{
	vec_release(&box->argv);
	vec_release(&box->read);
	vec_release(&box->exec);
	vec_release(&box->write);
	vec_release(&box->pin);
	vec_release(&box->hide);
	vec_release(&box->over);
	vec_release(&box->pass);
	vec_release(&box->set);
	places_release(box);
}

enum sandbox_level sandbox_reach(void)
{
	const char *said = getenv("GIT_AGENT_SANDBOX");
	struct layers unused;

	if (cell_layers(SANDBOX_FULL, &unused))
		return SANDBOX_FULL;
	if (cell_layers(SANDBOX_PARTIAL, &unused))
		return SANDBOX_PARTIAL;
	return said && !strcmp(said, "external") ? SANDBOX_EXTERNAL : SANDBOX_NONE;
}

void sandbox_explain(struct buf *out)
{
	buf_puts(out, probe_reasons());
}

void sandbox_look(struct sandbox_machine *out)
{
	const struct layers *found = probe_layers();

	*out = (struct sandbox_machine){
		.namespaces = found->ns, .seccomp = found->seccomp, .landlock = found->landlock};
}

static void put_profile(struct buf *out)
{
	CLEANUP(str_free) char *profile = install_share("apparmor/git-agent");

	buf_puts(out, "sudo cp ");
	text_put_shell_word(out, profile);
	buf_puts(out, " /etc/apparmor.d/ && sudo apparmor_parser -r /etc/apparmor.d/git-agent");
}

static void put_clone(struct buf *out)
{
	buf_puts(out, "sudo sysctl -w kernel.unprivileged_userns_clone=1");
}

static void put_number(struct buf *out)
{
	buf_puts(out, "sudo sysctl -w user.max_user_namespaces=15000");
}

/* What keeps people from user namespaces (the first of Ubuntu, the second of Debian), and the command that lets them. */
static const struct {
	const char *path;
	char closed; /* its first character then */
	void (*put)(struct buf *out);
} switches[] = {
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1', put_profile},
	{"/proc/sys/kernel/unprivileged_userns_clone", '0', put_clone},
	{"/proc/sys/user/max_user_namespaces", '0', put_number},
};

void sandbox_mend(struct buf *out)
{
	for (size_t i = 0; !probe_layers()->ns && i < ARRAY_LEN(switches); i++) {
		CLEANUP(buf_release) struct buf value = BUF_INIT;
		struct fault ignored = FAULT_INIT;

		if (fs_read(switches[i].path, &value, 64, &ignored) == 0 &&
			value.data[0] == switches[i].closed) {
			switches[i].put(out);
			return;
		}
	}
}

static int refuse(enum sandbox_level reached, enum sandbox_level require, struct fault *why)
{
	CLEANUP(buf_release) struct buf hint = BUF_INIT;
	const char *name = sandbox_level_name(reached);

	fault_set(why, EXIT_REFUSED,
		"this machine reaches sandbox level '%s', the policy requires '%s' (%s)", name,
		sandbox_level_name(require), probe_reasons());
	fault_reason(why, "sandbox");
	sandbox_mend(&hint);
	if (hint.len)
		buf_puts(&hint, "; or ");
	return fault_hint(why,
		"%s'--sandbox %s' for this once, or 'require = %s' under [sandbox] in .gitagent",
		hint.data, name, name);
}

static enum sandbox_level level_asked(enum sandbox_level require)
{
	const char *said = getenv("GIT_AGENT_SANDBOX");

	if (require <= SANDBOX_EXTERNAL && said && !strcmp(said, "external"))
		return SANDBOX_EXTERNAL;
	return require == SANDBOX_NONE ? SANDBOX_NONE : sandbox_reach();
}

int sandbox_require(enum sandbox_level require, enum sandbox_level *reached, struct fault *why)
{
	*reached = level_asked(require);
	return *reached >= require ? 0 : refuse(*reached, require, why);
}

bool sandbox_can_trace(enum sandbox_level level)
{
	struct layers layers;

	return level <= SANDBOX_EXTERNAL || (cell_layers(level, &layers) && layers.ns);
}

static int layers_for(enum sandbox_level level, struct layers *out, struct fault *why)
{
	enum sandbox_level reached;

	if (cell_layers(level, out))
		return 0;
	return sandbox_require(level, &reached, why) < 0
		       ? -1
		       : fault_set(why, EXIT_REFUSED, "no sandbox of level '%s'",
				 sandbox_level_name(level));
}

static void fill_spec(struct proc_spec *spec, const struct box *box, const char *dir)
{
	*spec = (struct proc_spec)PROC_SPEC_INIT;
	spec->argv = (const char *const *)box->argv.items;
	spec->dir = dir;
	spec->input = box->input;
	spec->input_len = box->input_len;
	spec->in_fd = box->in_fd;
	spec->out_fd = box->out_fd;
	spec->err_fd = box->merge ? -1 : box->log_fd;
	spec->log_fd = box->log_fd;
	spec->log = box->log;
	spec->log_state = box->log_state;
	spec->capture = box->out_fd < 0;
	spec->merge = box->merge;
	spec->contain = true;
	spec->wall_ms = box->wall_ms;
	spec->idle_ms = box->idle_ms;
	spec->output_max = box->output_max;
	spec->keep_max = box->keep_max;
	spec->disk_dir = box->dir;
	spec->disk_free = box->limits.disk;
	spec->job = box->job;
	spec->tty_fd = box->tty_fd;
	spec->background = box->background;
}

static int find_way(const struct box *box, const struct layers *layers, struct proxy_way *way,
	struct fault *why)
{
	if (box->network != NETWORK_PROXY || !box->proxy)
		return 0;
	return proxy_start(box->proxy, layers->ns, way, why);
}

int sandbox_start(const struct box *box, struct proc **out, struct fault *why)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(toolchains_release) struct toolchains tools = TOOLCHAINS_INIT;
	CLEANUP(cell_release) struct cell cell = {.view = VIEW_INIT};
	CLEANUP(str_free) char *dir = NULL;
	struct proxy_way way = {.wire = -1};
	struct layers layers;
	struct proc_spec spec;

	if (layers_for(box->level, &layers, why) < 0 || find_way(box, &layers, &way, why) < 0 ||
		sandbox_build_env(box, &env, &tools, why) < 0 || cache_dirs(box, &tools, why) < 0 ||
		cell_make(&cell, box, &layers, &env, &tools, why) < 0)
		return -1;
	cell.way = way;
	if (cell.view.tmp_moved)
		sandbox_move_tmp(box, &env);
	if (box->dir)
		dir = box_inside(box, box->dir);
	fill_spec(&spec, box, dir);
	spec.env = (const char *const *)env.items;
	spec.confine = &cell.confine;
	return proc_start(&spec, out, why);
}

int sandbox_run(const struct box *box, struct proc **out, struct fault *why)
{
	if (sandbox_start(box, out, why) < 0)
		return -1;
	while ((*out)->end == PROC_RUNNING)
		proc_poll(out, 1, -1);
	return 0;
}
