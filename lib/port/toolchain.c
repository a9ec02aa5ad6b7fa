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
	vec_release(&t->tools);
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

static void try_path(struct reading *r, const char *path)
{
	CLEANUP(str_free) char *whole = NULL;
	const char *home = getenv("HOME");

	if (!r->name || r->root)
		return;
	if (path[0] == '~' && path[1] == '/' && home && *home == '/')
		whole = fs_join(home, path + 2);
	else if (*path == '/')
		whole = xstrdup(path);
	if (whole && fs_is_dir(whole))
		put(r, whole);
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
	} else if (!strcmp(key, "state")) {
		put_parts(r, value, &r->out->tools);
	} else if (!strcmp(key, "program")) {
		vec_push_split(&r->out->tools, value);
	} else {
		return fault_set(why, EXIT_FATAL,
			"toolchain '%s': expected env, path, only, hide, program or state, not '%s'",
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
	for (size_t i = 0; i < t->tools.len; i++)
		if (t->tools.items[i][0] == '/')
			fs_identity(t->tools.items[i], out);
		else
			put_program(t->tools.items[i], getenv("PATH"), out);
}
