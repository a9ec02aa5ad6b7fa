#include "port/toolchain.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "port/ini.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 20)

struct reading {
	struct vec *env;
	char *section;
	char *name;        /* the section's variable */
	const char *value; /* its value in the launching environment */
	bool found;
};

static void reading_release(struct reading *r)
{
	str_free(&r->section);
	str_free(&r->name);
}

static void put(struct reading *r, const char *value)
{
	vec_pushf(r->env, "%s=%s", r->name, value);
	r->found = true;
}

static void try_path(struct reading *r, const char *path)
{
	CLEANUP(str_free) char *whole = NULL;
	const char *home = getenv("HOME");

	if (!r->name || r->found)
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
	str_replace(&r->section, section);
	str_free(&r->name);
	r->found = false;
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
	if (!strcmp(key, "path")) {
		try_path(r, value);
		return 0;
	}
	if (strcmp(key, "env") != 0 || !*value || strchr(value, '='))
		return fault_set(why, EXIT_FATAL, "toolchain '%s': expected env or path, not '%s'",
			section, key);
	str_replace(&r->name, value);
	r->value = getenv(value);
	r->found = false;
	if (r->value && *r->value)
		put(r, r->value);
	return 0;
}

int toolchain_env(const char *path, struct vec *env, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(reading_release) struct reading r = {.env = env};
	int got = fs_read(path, &text, FILE_MAX, why);

	if (got)
		return got < 0 ? -1 : 0;
	return ini_read(text.data, text.len, path, take, &r, why);
}
