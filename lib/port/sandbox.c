#include "port/sandbox.h"
#include "base/alloc.h"
#include "base/install.h"
#include "port/toolchain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_OTHERWISE "/usr/local/bin:/usr/bin:/bin"

static const char *const level_names[] = {
	[SANDBOX_NONE] = "none",
	[SANDBOX_EXTERNAL] = "external",
	[SANDBOX_PARTIAL] = "partial",
	[SANDBOX_FULL] = "full",
};

static const char *const network_names[] = {
	[NETWORK_NONE] = "none",
	[NETWORK_PROXY] = "proxy",
	[NETWORK_OPEN] = "open",
};

/* What of the launching environment every box gets. */
static const char *const passed[] = {"LANG", "LANGUAGE", "LOGNAME", "TZ", "USER", NULL};

static const char *const fixed[] = {
	"GIT_CONFIG_NOSYSTEM=1",
	"GIT_TERMINAL_PROMPT=0",
	"SHELL=/bin/sh",
	"TERM=dumb",
};

static char *toolchains;

void box_init(struct box *box)
{
	*box = (struct box){
		.argv = VEC_INIT,
		.read = VEC_INIT,
		.write = VEC_INIT,
		.pass = VEC_INIT,
		.set = VEC_INIT,
		.in_fd = -1,
		.out_fd = -1,
		.log_fd = -1,
	};
}

void box_release(struct box *box)
{
	vec_release(&box->argv);
	vec_release(&box->read);
	vec_release(&box->write);
	vec_release(&box->pass);
	vec_release(&box->set);
}

static int find_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -1;
}

const char *sandbox_level_name(enum sandbox_level level)
{
	return level_names[level];
}

int sandbox_level_parse(const char *word, enum sandbox_level *out)
{
	int found = find_word(level_names, ARRAY_LEN(level_names), word);

	if (found < 0)
		return -1;
	*out = (enum sandbox_level)found;
	return 0;
}

const char *sandbox_network_name(enum sandbox_network network)
{
	return network_names[network];
}

int sandbox_network_parse(const char *word, enum sandbox_network *out)
{
	int found = find_word(network_names, ARRAY_LEN(network_names), word);

	if (found < 0)
		return -1;
	*out = (enum sandbox_network)found;
	return 0;
}

enum sandbox_level sandbox_reach(void)
{
	const char *said = getenv("GIT_AGENT_SANDBOX");

	return said && !strcmp(said, "external") ? SANDBOX_EXTERNAL : SANDBOX_NONE;
}

int sandbox_require(enum sandbox_level require, enum sandbox_level *reached, struct fault *why)
{
	*reached = sandbox_reach();
	if (*reached >= require)
		return 0;
	fault_set(why, EXIT_REFUSED,
		"this machine reaches sandbox level '%s', the policy requires '%s'",
		sandbox_level_name(*reached), sandbox_level_name(require));
	fault_reason(why, "sandbox");
	return fault_hint(why,
		"'--sandbox %s' for this once, or 'require = %s' under [sandbox] in .gitagent",
		sandbox_level_name(*reached), sandbox_level_name(*reached));
}

void sandbox_set_toolchains(const char *path)
{
	str_replace(&toolchains, path);
}

/* Sets a variable, in the place of an earlier one of the same name. */
static void put(struct vec *env, const char *name, size_t len, const char *value)
{
	CLEANUP(buf_release) struct buf entry = BUF_INIT;

	buf_add(&entry, name, len);
	buf_printf(&entry, "=%s", value);
	for (size_t i = 0; i < env->len; i++)
		if (!strncmp(env->items[i], entry.data, len + 1)) {
			str_replace(&env->items[i], entry.data);
			return;
		}
	vec_push(env, entry.data);
}

static void put_named(struct vec *env, const char *name, const char *value)
{
	if (*name && value)
		put(env, name, strlen(name), value);
}

static void put_entry(struct vec *env, const char *entry)
{
	size_t len = strcspn(entry, "=");

	if (len && entry[len])
		put(env, entry, len, entry + len + 1);
}

/* Without the parts that begin at the working directory: there the agent's own programs would judge the agent. */
static void put_path(struct vec *env)
{
	const char *path = getenv("PATH");
	CLEANUP(buf_release) struct buf kept = BUF_INIT;

	for (size_t len; path && *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		if (path[0] == '/')
			buf_printf(&kept, "%s%.*s", kept.len ? ":" : "", (int)len, path);
	}
	put_named(env, "PATH", kept.len ? kept.data : PATH_OTHERWISE);
}

static void put_launching(struct vec *env)
{
	put_path(env);
	for (size_t i = 0; passed[i]; i++)
		put_named(env, passed[i], getenv(passed[i]));
	for (char **entry = environ; *entry; entry++)
		if (!strncmp(*entry, "LC_", 3))
			put_entry(env, *entry);
}

static void put_private(const struct box *box, struct vec *env)
{
	static const char *const temporary[] = {"TMPDIR", "TMP", "TEMP"};

	put_named(env, "HOME", box->home);
	for (size_t i = 0; i < ARRAY_LEN(temporary); i++)
		put_named(env, temporary[i], box->tmp);
	put_named(env, "GIT_CONFIG_GLOBAL", box->gitconfig ? box->gitconfig : "/dev/null");
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		put_entry(env, fixed[i]);
}

static int put_toolchains(struct vec *env, struct fault *why)
{
	CLEANUP(vec_release) struct vec found = VEC_INIT;
	CLEANUP(str_free)
	char *path = toolchains ? xstrdup(toolchains) : install_share("toolchains.ini");
	int failed = toolchain_env(path, &found, why);

	for (size_t i = 0; i < found.len; i++)
		put_entry(env, found.items[i]);
	return failed;
}

static int build_env(const struct box *box, struct vec *env, struct fault *why)
{
	int failed;

	vec_clear(env);
	put_launching(env);
	failed = put_toolchains(env, why);
	put_private(box, env);
	for (size_t i = 0; i < box->pass.len; i++)
		put_named(env, box->pass.items[i], getenv(box->pass.items[i]));
	for (size_t i = 0; i < box->set.len; i++)
		put_entry(env, box->set.items[i]);
	vec_sort(env);
	return failed;
}

void sandbox_env(const struct box *box, struct vec *env)
{
	struct fault dropped = FAULT_INIT;

	build_env(box, env, &dropped);
}

int sandbox_start(const struct box *box, struct proc **out, struct fault *why)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;

	if (build_env(box, &env, why) < 0)
		return -1;
	spec.argv = (const char *const *)box->argv.items;
	spec.env = (const char *const *)env.items;
	spec.dir = box->dir;
	spec.input = box->input;
	spec.input_len = box->input_len;
	spec.in_fd = box->in_fd;
	spec.out_fd = box->out_fd;
	spec.err_fd = box->merge ? -1 : box->log_fd;
	spec.log_fd = box->log_fd;
	spec.capture = box->out_fd < 0;
	spec.merge = box->merge;
	spec.contain = true;
	spec.wall_ms = box->wall_ms;
	spec.idle_ms = box->idle_ms;
	spec.output_max = box->output_max;
	spec.keep_max = box->keep_max;
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
