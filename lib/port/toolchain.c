#include "port/toolchain.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "port/ini.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20)

struct reading {
	struct toolchains *out;
	char *section;
	char *name; /* the section's variable */
	char *root; /* where it is; NULL: not found */
	bool part;  /* only parts of it are shown */
};

void toolchains_release(struct toolchains *t)
{
	vec_release(&t->env);
	vec_release(&t->show);
	vec_release(&t->hide);
	vec_release(&t->set);
	vec_release(&t->tools);
	for (size_t i = 0; i < t->caches_len; i++) {
		str_free(&t->caches[i].name);
		str_free(&t->caches[i].from);
		str_free(&t->caches[i].at);
	}
	free(t->caches);
	t->caches = NULL;
	t->caches_len = t->caches_cap = 0;
}

static void reading_release(struct reading *r)
{
	str_free(&r->section);
	str_free(&r->name);
	str_free(&r->root);
}

/* A section is at its end: its directory is shown, unless parts of it were named. */
static void leave(struct reading *r)
{
	if (r->root && !r->part)
		vec_push(&r->out->show, r->root);
	str_free(&r->root);
	r->part = false;
}

static void put(struct reading *r, const char *value)
{
	vec_pushf(&r->out->env, "%s=%s", r->name, value);
	str_replace(&r->root, value);
}

/* "~/x", "$NAME/x" or "/x" as a path; NULL: there is no such variable. The caller frees. */
static char *expand(const char *path)
{
	size_t len = strcspn(path, "/");
	CLEANUP(str_free) char *name = xstrndup(path, len);
	const char *value = !strcmp(name, "~") ? getenv("HOME")
			    : *name == '$'     ? getenv(name + 1)
					       : "";
	struct buf whole = BUF_INIT;

	if (!value || (*value != '/' && *path != '/'))
		return NULL;
	buf_printf(&whole, "%s%s", value, path + len);
	return buf_take(&whole);
}

static void try_path(struct reading *r, const char *path)
{
	CLEANUP(str_free) char *whole = r->name && !r->root ? expand(path) : NULL;

	if (whole && fs_is_dir(whole))
		put(r, whole);
}

static void add_cache(struct reading *r, const char *from, const char *at)
{
	struct toolchains *t = r->out;
	struct buf name = BUF_INIT;

	buf_printf(&name, "%s-%zu", r->section, t->caches_len);
	GROW(t->caches, t->caches_len, t->caches_cap);
	t->caches[t->caches_len++] = (struct toolchain_cache){
		.name = buf_take(&name), .from = xstrdup(from), .at = at ? xstrdup(at) : NULL};
}

/* "~/.npm/_cacache $npm_config_cache/_cacache": where it is below any HOME, and where else a person may have it. */
static void put_home_cache(struct reading *r, const char *value)
{
	CLEANUP(str_free) char *words = xstrdup(value), *from = NULL;
	char *rest = NULL, *at = strtok_r(words, " ", &rest), *word;

	from = expand(at);
	while ((word = strtok_r(NULL, " ", &rest))) {
		CLEANUP(str_free) char *moved = expand(word);

		if (moved && fs_is_dir(moved))
			str_replace(&from, moved);
	}
	if (from && fs_is_dir(from))
		add_cache(r, from, at + 2);
}

static void put_caches(struct reading *r, const char *value)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	if (!strncmp(value, "~/", 2)) {
		put_home_cache(r, value);
		return;
	}
	vec_push_split(&names, value);
	for (size_t i = 0; r->root && i < names.len; i++) {
		CLEANUP(str_free) char *from = fs_join(r->root, names.items[i]);

		add_cache(r, from, NULL);
	}
}

static void enter(struct reading *r, const char *section)
{
	if (r->section && !strcmp(r->section, section))
		return;
	leave(r);
	str_replace(&r->section, section);
	str_free(&r->name);
}

static void put_parts(struct reading *r, const char *names, struct vec *out)
{
	CLEANUP(vec_release) struct vec parts = VEC_INIT;

	if (!r->root)
		return;
	vec_push_split(&parts, names);
	for (size_t i = 0; i < parts.len; i++)
		vec_pushf(out, "%s/%s", r->root, parts.items[i]);
}

static int take_env(struct reading *r, const char *name)
{
	const char *value = getenv(name);

	str_replace(&r->name, name);
	if (value && *value)
		put(r, value);
	return 0;
}

static int take(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	struct reading *r = state;

	(void)name;
	(void)line;
	enter(r, section);
	if (!key)
		return 0;
	if (!strcmp(key, "env") && *value && !strchr(value, '='))
		return take_env(r, value);
	if (!strcmp(key, "path")) {
		try_path(r, value);
	} else if (!strcmp(key, "only")) {
		put_parts(r, value, &r->out->show);
		r->part = true;
	} else if (!strcmp(key, "hide")) {
		put_parts(r, value, &r->out->hide);
	} else if (!strcmp(key, "cache")) {
		put_caches(r, value);
	} else if (!strcmp(key, "set")) {
		vec_push(&r->out->set, value);
	} else if (!strcmp(key, "state")) {
		put_parts(r, value, &r->out->tools);
	} else if (!strcmp(key, "program")) {
		vec_push_split(&r->out->tools, value);
	} else {
		return fault_set(why, EXIT_FATAL,
			"toolchain '%s': expected env, path, only, hide, cache, set, program or state, not '%s'",
			section, key);
	}
	return 0;
}

int toolchains_find(struct toolchains *t, const char *path, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(reading_release) struct reading r = {.out = t};
	int got = fs_read(path, &text, FILE_MAX, why);

	if (got)
		return got < 0 ? -1 : 0;
	if (ini_read(text.data, text.len, path, take, &r, why) < 0)
		return -1;
	leave(&r);
	return 0;
}

/* The first of the name in PATH. */
static void put_program(const char *name, const char *path, struct buf *out)
{
	CLEANUP(buf_release) struct buf file = BUF_INIT;

	for (size_t len; path && *path; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		buf_clear(&file);
		buf_printf(&file, "%.*s/%s", (int)len, path, name);
		if (path[0] == '/' && access(file.data, X_OK) == 0) {
			fs_identity(file.data, out);
			return;
		}
	}
}

void toolchains_identity(const struct toolchains *t, struct buf *out)
{
	for (size_t i = 0; i < t->env.len; i++)
		buf_printf(out, "%s\n", t->env.items[i]);
	for (size_t i = 0; i < t->caches_len; i++)
		buf_printf(out, "cache %s %s\n", t->caches[i].name, t->caches[i].from);
	for (size_t i = 0; i < t->tools.len; i++)
		if (t->tools.items[i][0] == '/')
			fs_identity(t->tools.items[i], out);
		else
			put_program(t->tools.items[i], getenv("PATH"), out);
}
