/* The environment of a box, built from nothing. */
#include "base/alloc.h"
#include "base/install.h"
#include "base/text.h"
#include "port/sandbox_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_OTHERWISE "/usr/local/bin:/usr/bin:/bin"

/* What of the launching environment every box gets. */
static const char *const passed[] = {"LANG", "LANGUAGE", "LOGNAME", "TZ", "USER", NULL};

static const char *const fixed[] = {
	"GIT_CONFIG_NOSYSTEM=1",
	"GIT_TERMINAL_PROMPT=0",
	"SHELL=/bin/sh",
	"TERM=dumb",
};

static const char *const temporary[] = {"TMPDIR", "TMP", "TEMP"};

/* What clients read: curl (only the small http_proxy), git, Python, Go, Rust's, npm, and node if it is told to. */
static const char *const proxied[] = {
	"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"};

static char *toolchains;

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
	CLEANUP(str_free) char *home = box->home ? box_inside(box, box->home) : NULL;
	CLEANUP(str_free) char *tmp = box->tmp ? box_inside(box, box->tmp) : NULL;

	put_named(env, "HOME", home);
	for (size_t i = 0; i < ARRAY_LEN(temporary); i++)
		put_named(env, temporary[i], tmp);
	put_named(env, "GIT_CONFIG_GLOBAL", box->gitconfig ? box->gitconfig : "/dev/null");
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		put_entry(env, fixed[i]);
}

static int put_toolchains(struct vec *env, struct toolchains *found, struct fault *why)
{
	CLEANUP(str_free)
	char *path = toolchains ? xstrdup(toolchains) : install_share("toolchains.ini");
	int failed = toolchains_find(found, path, why);

	for (size_t i = 0; i < found->env.len; i++)
		put_entry(env, found->env.items[i]);
	return failed;
}

/* What tools are told that do not look for HOME. */
static void put_settings(const struct box *box, struct vec *env, const struct toolchains *tools)
{
	CLEANUP(str_free) char *home = box->home ? box_inside(box, box->home) : NULL;

	for (size_t i = 0; home && i < tools->set.len; i++) {
		CLEANUP(buf_release) struct buf entry = BUF_INIT;

		buf_puts(&entry, tools->set.items[i]);
		text_replace(&entry, "{home}", home);
		put_entry(env, entry.data);
	}
}

/*
 * Last, so that no proxy of the launching environment takes its place. What goes to the box's own loopback goes there directly; with
 * Landlock alone there is no such thing, all is behind the proxy.
 */
static void put_proxy(const struct box *box, struct vec *env)
{
	struct layers layers;
	const char *direct = "localhost,127.0.0.1,::1", *url;

	cell_layers(box->level, &layers);
	if (layers.seccomp && !layers.ns)
		direct = "";
	url = proxy_url(box->proxy, layers.ns);
	for (size_t i = 0; i < ARRAY_LEN(proxied); i++)
		put_named(env, proxied[i], url);
	put_named(env, "NO_PROXY", direct);
	put_named(env, "no_proxy", direct);
	put_named(env, "NODE_USE_ENV_PROXY", "1");
}

int sandbox_build_env(
	const struct box *box, struct vec *env, struct toolchains *tools, struct fault *why)
{
	int failed;

	vec_clear(env);
	put_launching(env);
	failed = put_toolchains(env, tools, why);
	put_private(box, env);
	put_settings(box, env, tools);
	for (size_t i = 0; i < box->pass.len; i++)
		put_named(env, box->pass.items[i], getenv(box->pass.items[i]));
	for (size_t i = 0; i < box->set.len; i++)
		put_entry(env, box->set.items[i]);
	if (box->network == NETWORK_PROXY && box->proxy)
		put_proxy(box, env);
	vec_sort(env);
	return failed;
}

void sandbox_move_tmp(const struct box *box, struct vec *env)
{
	CLEANUP(str_free) char *tmp = box_inside(box, box->tmp);
	CLEANUP(buf_release) struct buf was = BUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(temporary); i++) {
		buf_clear(&was);
		buf_printf(&was, "%s=%s", temporary[i], tmp);
		if (vec_has(env, was.data))
			put_named(env, temporary[i], "/tmp");
	}
}

void sandbox_env(const struct box *box, struct vec *env)
{
	CLEANUP(toolchains_release) struct toolchains tools = TOOLCHAINS_INIT;
	struct fault dropped = FAULT_INIT;

	sandbox_build_env(box, env, &tools, &dropped);
}

int sandbox_tools(struct buf *out, struct fault *why)
{
	CLEANUP(toolchains_release) struct toolchains tools = TOOLCHAINS_INIT;
	CLEANUP(vec_release) struct vec env = VEC_INIT;

	if (put_toolchains(&env, &tools, why) < 0)
		return -1;
	toolchains_identity(&tools, out);
	return 0;
}
