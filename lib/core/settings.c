#include "core/settings.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/fs_below.h"
#include "core/grant.h"
#include "port/json.h"
#include "port/proxy_hosts.h"
#include "port/toml.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETTINGS_MAX (1024 * 1024)

static bool matches(const char *pattern, const struct vec *path)
{
	for (size_t i = 0; i < path->len; i++) {
		size_t len = strcspn(pattern, ".");
		CLEANUP(str_free) char *part = xstrndup(pattern, len);

		if (!len || fnmatch(part, path->items[i], FNM_NOESCAPE) != 0)
			return false;
		if (!pattern[len])
			return i + 1 == path->len || !strcmp(part, "*");
		pattern += len + 1;
	}
	return false;
}

bool settings_wants(const struct vec *carry, const struct vec *path)
{
	for (size_t i = 0; i < carry->len; i++)
		if (matches(carry->items[i], path))
			return true;
	return false;
}

static bool wants(void *state, const struct vec *path)
{
	return settings_wants(state, path);
}

static int pick_toml(
	const char *text, size_t len, const struct vec *carry, struct buf *out, struct fault *why)
{
	(void)why;
	toml_pick(text, len, wants, (void *)carry, out);
	return 0;
}

static int pick_json(
	const char *text, size_t len, const struct vec *carry, struct buf *out, struct fault *why)
{
	CLEANUP(json_free) struct json *whole = NULL;
	CLEANUP(json_free) struct json *picked = NULL;

	if (json_parse(text, len, &whole, why) < 0)
		return -1;
	picked = json_pick(whole, wants, (void *)carry);
	if (picked) {
		json_write(picked, true, out);
		buf_putc(out, '\n');
	}
	return 0;
}

static const struct {
	const char *end;
	int (*pick)(const char *text, size_t len, const struct vec *carry, struct buf *out,
		struct fault *why);
} kinds[] = {{".toml", pick_toml}, {".json", pick_json}};

int settings_pick(const char *name, const char *text, size_t len, const struct vec *carry,
	struct buf *out, struct fault *why)
{
	const char *end = strrchr(name, '.');

	for (size_t i = 0; end && i < ARRAY_LEN(kinds); i++)
		if (!strcmp(end, kinds[i].end))
			return kinds[i].pick(text, len, carry, out, why);
	return fault_set(
		why, EXIT_FATAL, "expected settings in a .toml or .json file, got '%s'", name);
}

static int put(const char *home, const char *path, const struct buf *text, struct fault *why)
{
	CLEANUP(fd_close) int dir = fs_open_parent(home, path, true);
	struct stat like = {.st_mode = 0600, .st_uid = geteuid(), .st_gid = getegid()};
	int done = -1;

	if (dir >= 0 && text->len)
		done = fs_replace_at(dir, fs_basename(path), text->data, text->len, &like);
	else if (dir >= 0)
		done = unlinkat(dir, fs_basename(path), 0) == 0 || errno == ENOENT ? 1 : -1;
	return done < 0 ? fault_errno(why, "cannot write '%s' in the agent's HOME", path) : done;
}

/* Appends what `keys` take of the person's file. */
static int read_picked(const struct agent *a, const struct vec *keys, struct grant *at,
	struct buf *picked, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int found;

	if (grant_find(at, a->settings, a->moved, "settings", why) < 0)
		return -1;
	if (!at->inside)
		return fault_set(
			why, EXIT_FATAL, "settings: '%s' is not below your HOME", a->settings);
	found = fs_read(at->outside, &text, SETTINGS_MAX, why);
	if (found < 0 ||
		(!found && settings_pick(at->inside, text.data, text.len, keys, picked, why) < 0))
		return fault_wrap(why, "settings '%s'", at->outside);
	return 0;
}

int settings_carry(const struct agent *a, const char *home, struct fault *why)
{
	CLEANUP(grant_release) struct grant at = GRANT_INIT;
	CLEANUP(buf_release) struct buf picked = BUF_INIT;

	if (!a->settings)
		return 1;
	return read_picked(a, &a->carry, &at, &picked, why) < 0
		       ? -1
		       : put(home, at.inside, &picked, why);
}

/* Each URL of a text, by its host and port; a name and a password before them are not for the list. */
static void push_hosts(const char *text, struct vec *hosts)
{
	static const char scheme[] = "://";

	for (const char *at = text; (at = strstr(at, scheme));) {
		struct fault none = FAULT_INIT;
		CLEANUP(str_free) char *host = NULL;
		const char *user;
		size_t len;

		at += strlen(scheme);
		len = strcspn(at, "/?#\"' \t\r\n\\");
		user = memrchr(at, '@', len);
		host = user ? xstrndup(user + 1, len - (size_t)(user + 1 - at)) : xstrndup(at, len);
		if (rule_check(host, &none) == 0 && !vec_has(hosts, host))
			vec_push(hosts, host);
		at += len;
	}
}

int settings_hosts(const struct agent *a, struct vec *hosts, struct fault *why)
{
	CLEANUP(grant_release) struct grant at = GRANT_INIT;
	CLEANUP(buf_release) struct buf picked = BUF_INIT;

	for (size_t i = 0; i < a->served.len; i++) {
		const char *name = a->served.items[i];
		const char *value = *name == '$' ? getenv(name + 1) : NULL;

		if (value)
			push_hosts(value, hosts);
	}
	if (a->settings && read_picked(a, &a->served, &at, &picked, why) < 0)
		return -1;
	push_hosts(picked.data, hosts);
	return 0;
}
