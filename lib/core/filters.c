#include "core/filters.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/safe_config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void filters_release(struct filters *f)
{
	for (size_t i = 0; i < f->len; i++) {
		char **owned[] = {&f->items[i].name, &f->items[i].clean, &f->items[i].smudge,
			&f->items[i].process};

		for (size_t k = 0; k < ARRAY_LEN(owned); k++)
			str_free(owned[k]);
	}
	free(f->items);
	vec_release(&f->programs);
	str_free(&f->lfs);
	*f = (struct filters)FILTERS_INIT;
}

/* --- finding ---------------------------------------------------------------------------------- */

static struct filter *find(struct filters *f, const char *name, size_t len)
{
	for (size_t i = 0; i < f->len; i++)
		if (strlen(f->items[i].name) == len && !strncmp(f->items[i].name, name, len))
			return &f->items[i];
	GROW(f->items, f->len, f->cap);
	f->items[f->len] = (struct filter){.name = xstrndup(name, len)};
	return &f->items[f->len++];
}

static void take(struct filters *f, const struct repo_entry *entry)
{
	static const char section[] = "filter.";
	const char *last = strrchr(entry->key, '.');
	const char *name = entry->key + strlen(section);
	struct filter *filter;

	if (strncmp(entry->key, section, strlen(section)) != 0 || last < name)
		return;
	filter = find(f, name, (size_t)(last - name));
	if (!strcasecmp(last, ".clean"))
		str_replace(&filter->clean, entry->value);
	else if (!strcasecmp(last, ".smudge"))
		str_replace(&filter->smudge, entry->value);
	else if (!strcasecmp(last, ".process"))
		str_replace(&filter->process, entry->value);
	else if (!strcasecmp(last, ".required"))
		filter->required = entry->implicit || text_bool(entry->value) == 1;
}

/* Where the program of a command line is: its first word that is no assignment. NULL: nowhere a box would find it. */
static char *program_of(const char *command, const struct repo *repo)
{
	CLEANUP(vec_release) struct vec words = VEC_INIT;
	struct fault ignored = FAULT_INIT;
	const char *path = getenv("PATH"), *word;
	size_t first = 0;

	if (text_split_words(command, &words, &ignored) < 0)
		return NULL;
	while (first < words.len && strchr(words.items[first], '='))
		first++;
	word = first < words.len ? words.items[first] : "";
	if (word[0] == '/' || strchr(word, '/')) {
		char *file = word[0] == '/'    ? xstrdup(word)
			     : repo->work_tree ? fs_join(repo->work_tree, word)
					       : xstrdup(word);

		if (access(file, X_OK) == 0)
			return file;
		free(file);
		return NULL;
	}
	for (size_t len; *word && path && *path; path += len + (path[len] == ':')) {
		CLEANUP(str_free) char *dir = NULL;
		CLEANUP(str_free) char *file = NULL;

		len = strcspn(path, ":");
		dir = xstrndup(path, len);
		file = fs_join(dir, word);
		if (path[0] == '/' && access(file, X_OK) == 0 && !fs_is_dir(file))
			return xstrdup(file);
	}
	return NULL;
}

/* A name that can be a part of a pathspec and of a `-c`. */
static bool is_plain(const char *name)
{
	return *name && *name != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
		       strlen(name);
}

static bool has_programs(struct filters *f, const struct filter *filter, const struct repo *repo)
{
	const char *const commands[] = {filter->process, filter->clean, filter->smudge};
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		CLEANUP(str_free) char *program = NULL;

		if (!commands[i] || !*commands[i])
			continue;
		program = program_of(commands[i], repo);
		if (!program)
			return false;
		vec_push(&f->programs, program);
		any = true;
	}
	return any;
}

void filters_find(struct filters *f, const struct repo *repo, bool wanted)
{
	for (size_t i = 0; i < repo->config_len; i++)
		take(f, &repo->config[i]);
	for (size_t i = 0; i < f->len; i++) {
		struct filter *filter = &f->items[i];
		bool lfs = !strcmp(filter->name, "lfs");

		/* A store of its own elsewhere is one the git-lfs in a box would not find. */
		filter->usable = wanted && is_plain(filter->name) &&
				 !(lfs && repo_config(repo, "lfs.storage")) &&
				 has_programs(f, filter, repo);
		if (lfs && filter->usable)
			f->lfs = fs_join(repo->common_dir, "lfs/objects");
	}
}

/* --- for boxes -------------------------------------------------------------------------------- */

static void put_value(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	buf_printf(out, "\t%s = ", key);
	safe_config_value(value, out);
}

void filters_write(const struct filters *f, struct buf *config)
{
	for (size_t i = 0; i < f->len; i++) {
		const struct filter *filter = &f->items[i];

		if (!filter->usable)
			continue;
		buf_printf(config, "[filter \"%s\"]\n\trequired = %s\n", filter->name,
			filter->required ? "true" : "false");
		put_value(config, "clean", filter->clean);
		put_value(config, "smudge", filter->smudge);
		put_value(config, "process", filter->process);
	}
	/* What is not there cannot be had in a box without a network: it stays a pointer. */
	if (f->lfs)
		buf_puts(config, "[lfs]\n\tskipdownloaderrors = true\n");
}

void filters_open(const struct filters *f, struct box *box)
{
	vec_push_all(&box->exec, (const char *const *)f->programs.items);
	if (f->lfs)
		vec_push(&box->read, f->lfs);
}
