#include "core/detect.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "port/ini.h"
#include "port/json.h"
#include "port/match.h"
#include "port/regex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TABLE_MAX     ((size_t)1 << 20)
#define READ_MAX      200 /* files a glob matches that are read for one condition */
#define OWN_NAME_MAX  40
#define EVIDENCE_NAME "test|check|spec"

struct row { /* the section that is being read */
	char *section;
	struct vec file, with, without, setup, paths;
	char *set, *stage, *run, *timeout, *network;
	bool evidence;
};

struct reading {
	struct detect *d;
	const struct detect_tree *tree;
	struct row row;
	struct vec names, words; /* what `set` has given so far */
};

static void row_clear(struct row *r)
{
	struct vec *lists[] = {&r->file, &r->with, &r->without, &r->setup, &r->paths};
	char **texts[] = {&r->section, &r->set, &r->stage, &r->run, &r->timeout, &r->network};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		vec_release(lists[i]);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		str_free(texts[i]);
	r->evidence = false;
}

static void reading_release(struct reading *r)
{
	row_clear(&r->row);
	vec_release(&r->names);
	vec_release(&r->words);
}

void detect_init(struct detect *d)
{
	*d = (struct detect){.setup = VEC_INIT, .evidence_paths = VEC_INIT};
}

void detect_release(struct detect *d)
{
	for (size_t i = 0; i < d->len; i++) {
		struct detect_stage *s = &d->stages[i];
		char **texts[] = {&s->name, &s->run, &s->timeout, &s->network, &s->row};

		for (size_t k = 0; k < ARRAY_LEN(texts); k++)
			str_free(texts[k]);
	}
	free(d->stages);
	vec_release(&d->setup);
	vec_release(&d->evidence_paths);
	detect_init(d);
}

static bool has_stage(const struct detect *d, const char *name)
{
	for (size_t i = 0; i < d->len; i++)
		if (!strcasecmp(d->stages[i].name, name))
			return true;
	return false;
}

static struct detect_stage *add_stage(struct detect *d, const char *name, const char *run)
{
	struct detect_stage *s;

	GROW(d->stages, d->len, d->cap);
	s = &d->stages[d->len++];
	*s = (struct detect_stage){.name = xstrdup(name), .run = xstrdup(run)};
	return s;
}

static void add_once(struct vec *list, const char *text)
{
	if (!vec_has(list, text))
		vec_push(list, text);
}

/* --- conditions ------------------------------------------------------------------------------- */

static bool holds_regex(const struct buf *text, const char *regex)
{
	CLEANUP(buf_release) struct buf whole = BUF_INIT;

	buf_printf(&whole, "(?m-i)%s", regex);
	return regex_search(whole.data, text->data, text->len);
}

/* A rule's line: the target among the words before a colon that starts no assignment. */
static bool holds_target(const struct buf *text, const char *target)
{
	CLEANUP(buf_release) struct buf regex = BUF_INIT;

	buf_printf(&regex, "^(?:[^\\s#:=][^#:=\\n]*[ \\t])?\\Q%s\\E(?:[ \\t][^:=\\n]*)?:(?!:?=)",
		target);
	return holds_regex(text, regex.data);
}

/* A byte order mark is no JSON, but editors leave it and the tools that read these files pass over it. */
static bool holds_member(const struct buf *text, const char *path)
{
	CLEANUP(json_free) struct json *json = NULL;
	CLEANUP(str_free) char *keys = xstrdup(path);
	struct fault ignored = FAULT_INIT;
	const struct json *at;
	const char *value;
	size_t bom = strncmp(text->data, "\xef\xbb\xbf", 3) ? 0 : 3;
	char *key, *rest;

	if (json_parse(text->data + bom, text->len - bom, &json, &ignored) < 0)
		return false;
	at = json;
	for (key = strtok_r(keys, ".", &rest); key && at; key = strtok_r(NULL, ".", &rest))
		at = json_get(at, key);
	value = json_as_text(at);
	return at && (!value || *value);
}

static const struct {
	const char *word;
	bool (*holds)(const struct buf *text, const char *argument);
} tests[] = {
	{"contains", holds_regex},
	{"target", holds_target},
	{"member", holds_member},
};

struct condition {
	char *glob;
	const char *argument;
	bool (*holds)(
		const struct buf *text, const char *argument); /* NULL: to be there is enough */
};

static void condition_release(struct condition *c)
{
	str_free(&c->glob);
}

static int parse_condition(const char *text, struct condition *c, struct fault *why)
{
	size_t glob = strcspn(text, " "), blank = strspn(text + glob, " ");
	const char *word = text + glob + blank;
	size_t len = strcspn(word, " ");

	c->glob = xstrndup(text, glob);
	if (match_check(c->glob, why) < 0)
		return -1;
	if (!*word)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
		if (strlen(tests[i].word) == len && !memcmp(tests[i].word, word, len) &&
			word[len]) {
			c->holds = tests[i].holds;
			c->argument = word + len + 1;
			return 0;
		}
	}
	return fault_set(why, EXIT_FATAL,
		"expected <glob> and then contains <regex>, target <name> or member <path>, got '%s'",
		text);
}

static bool file_holds(const struct condition *c, const struct detect_tree *tree, const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (!c->holds)
		return true;
	return !tree->read(tree->state, path, &text) && c->holds(&text, c->argument);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Most rows name one file at the top, and a tree may hold many thousands. */
static bool tree_holds(const struct condition *c, const struct detect_tree *tree)
{
	const struct vec *paths = &tree->paths;
	int left = READ_MAX;

	if (c->glob[0] == '/' && !strpbrk(c->glob, "*?[\\")) {
		const char *path = c->glob + 1;

		return bsearch(&path, paths->items, paths->len, sizeof *paths->items, compare) &&
		       file_holds(c, tree, path);
	}
	for (size_t i = 0; i < paths->len && left; i++) {
		if (!match_path(c->glob, paths->items[i]))
			continue;
		if (file_holds(c, tree, paths->items[i]))
			return true;
		left--;
	}
	return false;
}

/* How many of the conditions hold; -1: one is none. */
static int count_true(
	const struct vec *conditions, const struct detect_tree *tree, struct fault *why)
{
	int count = 0;

	for (size_t i = 0; i < conditions->len; i++) {
		CLEANUP(condition_release) struct condition c = {0};

		if (parse_condition(conditions->items[i], &c, why) < 0)
			return -1;
		count += tree_holds(&c, tree);
	}
	return count;
}

/* --- rows ------------------------------------------------------------------------------------- */

static const char *words_of(const struct reading *r, const char *name, size_t len)
{
	for (size_t i = 0; i < r->names.len; i++)
		if (strlen(r->names.items[i]) == len && !memcmp(r->names.items[i], name, len))
			return r->words.items[i];
	return NULL;
}

/* {name} becomes its words; an empty one leaves no blank at the start. */
static char *filled(const struct reading *r, const char *text)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	buf_puts(&out, text);
	for (size_t i = 0; i < r->names.len; i++) {
		CLEANUP(buf_release) struct buf from = BUF_INIT;

		buf_printf(&from, "{%s}", r->names.items[i]);
		text_replace(&out, from.data, r->words.items[i]);
	}
	return xstrdup(out.data + strspn(out.data, " "));
}

/* false: the name is taken. */
static bool take_name(struct reading *r)
{
	const char *set = r->row.set;
	size_t len = strcspn(set, " ");
	CLEANUP(str_free) char *name = xstrndup(set, len);

	if (words_of(r, set, len))
		return false;
	vec_push(&r->names, name);
	vec_push(&r->words, set + len + strspn(set + len, " "));
	return true;
}

static void take_row(struct reading *r)
{
	struct row *row = &r->row;

	if (row->set && !take_name(r))
		return;
	if (row->stage) {
		CLEANUP(str_free) char *run = filled(r, row->run);
		struct detect_stage *s = add_stage(r->d, row->stage, run);

		s->row = xstrdup(row->section);
		s->evidence = row->evidence;
		str_replace(&s->timeout, row->timeout);
		str_replace(&s->network, row->network);
	}
	for (size_t i = 0; i < row->setup.len; i++) {
		CLEANUP(str_free) char *setup = filled(r, row->setup.items[i]);

		add_once(&r->d->setup, setup);
	}
	for (size_t i = 0; i < row->paths.len; i++)
		add_once(&r->d->evidence_paths, row->paths.items[i]);
}

static int end_row(struct reading *r, struct fault *why)
{
	struct row *row = &r->row;
	int file, with, without;

	if (!row->section)
		return 0;
	if (!row->file.len || !row->stage != !row->run)
		return fault_set(why, EXIT_FATAL,
			"detection row '%s': expected a file, and run where there is a stage",
			row->section);
	if (row->stage && has_stage(r->d, row->stage))
		return 0;
	file = count_true(&row->file, r->tree, why);
	with = file > 0 ? count_true(&row->with, r->tree, why) : 0;
	without = file > 0 ? count_true(&row->without, r->tree, why) : 0;
	if (file < 0 || with < 0 || without < 0)
		return fault_wrap(why, "detection row '%s'", row->section);
	if (file && (size_t)with == row->with.len && !without)
		take_row(r);
	return 0;
}

static int take_key(struct row *row, const char *key, const char *value, struct fault *why)
{
	const struct {
		const char *key;
		struct vec *list;
		char **text;
	} keys[] = {
		{"file", &row->file, NULL},
		{"with", &row->with, NULL},
		{"without", &row->without, NULL},
		{"setup", &row->setup, NULL},
		{"set", NULL, &row->set},
		{"stage", NULL, &row->stage},
		{"run", NULL, &row->run},
		{"timeout", NULL, &row->timeout},
		{"network", NULL, &row->network},
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (keys[i].list)
			vec_push(keys[i].list, value);
		else
			str_replace(keys[i].text, value);
		return 0;
	}
	if (!strcmp(key, "paths")) {
		vec_push_split(&row->paths, value);
		return 0;
	}
	if (!strcmp(key, "evidence")) {
		row->evidence = text_bool(value) == 1;
		return 0;
	}
	return fault_set(
		why, EXIT_FATAL, "unknown key '%s' in detection row '%s'", key, row->section);
}

static int take(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	struct reading *r = state;

	(void)name;
	(void)line;
	if (!r->row.section || strcmp(r->row.section, section) != 0) {
		if (end_row(r, why) < 0)
			return -1;
		row_clear(&r->row);
		r->row.section = xstrdup(section);
	}
	return key ? take_key(&r->row, key, value, why) : 0;
}

int detect_run(
	struct detect *d, const char *path, const struct detect_tree *tree, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(reading_release)
	struct reading r = {.d = d,
		.tree = tree,
		.row = {.file = VEC_INIT,
			.with = VEC_INIT,
			.without = VEC_INIT,
			.setup = VEC_INIT,
			.paths = VEC_INIT},
		.names = VEC_INIT,
		.words = VEC_INIT};
	int found = fs_read(path, &text, TABLE_MAX, why);

	if (found == 1)
		return fault_set(why, EXIT_FATAL, "'%s' is missing: install again", path);
	if (found < 0 || ini_read(text.data, text.len, path, take, &r, why) < 0)
		return -1;
	return end_row(&r, why);
}

/* --- a person's own --------------------------------------------------------------------------- */

/* Length of the name before a '='; 0: there is none. */
static size_t own_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._+-");

	return text[len] == '=' && isalnum((unsigned char)*text) ? len : 0;
}

static int check_own(const char *run, const char *text, struct fault *why)
{
	if (!*run) {
		fault_set(why, EXIT_FATAL, "--gate '%s' names no command", text);
		return fault_hint(why, "git agent init --gate 'tests=make test'");
	}
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
			return fault_set(why, EXIT_FATAL, "a gate's command is one line of text");
	return 0;
}

int detect_add(struct detect *d, const char *text, struct fault *why)
{
	size_t len = own_name(text);
	const char *start = text + len + (len > 0);
	CLEANUP(buf_release) struct buf name = BUF_INIT, run = BUF_INIT;
	struct detect_stage *s;

	buf_puts(&run, start + strspn(start, " \t"));
	buf_rtrim(&run);
	if (check_own(run.data, text, why) < 0)
		return -1;
	if (len)
		buf_add(&name, text, len);
	else
		text_slug(&name, run.data, OWN_NAME_MAX);
	if (!name.len)
		buf_puts(&name, "gate");
	if (has_stage(d, name.data)) {
		fault_set(why, EXIT_FATAL, "two gate stages are called '%s'", name.data);
		return fault_hint(why, "git agent init --gate '<name>=<command>'");
	}
	s = add_stage(d, name.data, run.data);
	s->evidence = regex_search(EVIDENCE_NAME, name.data, name.len);
	return 0;
}
