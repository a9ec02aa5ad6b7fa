/* The table: share/evidence.ini. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "base/text.h"
#include "core/evidence_private.h"
#include "port/ini.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_MAX ((size_t)1 << 20)

static const char *const count_keys[COUNT_KINDS] = {
	[COUNT_TEST] = "test",
	[COUNT_ASSERTION] = "assertion",
	[COUNT_STRONG] = "strong",
	[COUNT_CALL] = "call",
	[COUNT_SKIP] = "skip",
	[COUNT_EXIT] = "exit",
	[COUNT_ABORT] = "abort",
	[COUNT_SWALLOW] = "swallow",
	[COUNT_LINT] = "lint",
	[COUNT_WIDEN] = "widen",
	[COUNT_BROAD] = "broad",
	[COUNT_NARROW] = "narrow",
	[COUNT_HOOK] = "hook",
	[COUNT_VALUE] = "",
	[COUNT_UNBUILT] = "unbuilt",
	[COUNT_INLINE] = "inline",
};

static const struct {
	const char *key;
	unsigned kind;
} path_keys[] = {
	{"tests", EVIDENCE_TEST},
	{"fixtures", EVIDENCE_FIXTURE},
	{"snapshots", EVIDENCE_SNAPSHOT},
	{"ci", EVIDENCE_CI},
	{"linters", EVIDENCE_LINT},
	{"runners", EVIDENCE_RUNNER},
	{"shadows", EVIDENCE_SHADOW},
	{"scripts", EVIDENCE_SCRIPT},
	{"builds", EVIDENCE_BUILD},
	{"dependencies", EVIDENCE_DEPENDENCY},
	{"caches", EVIDENCE_CACHE},
};

#define PATH_KINDS ARRAY_LEN(path_keys)

struct reading {
	struct evidence_rules *rules;
	struct vec paths[PATH_KINDS]; /* of all sections */
	char *section, *name;
	struct vec files, collected;
	struct buf counts[COUNT_KINDS]; /* alternatives, side by side */
	struct buf regex;               /* of a part */
	struct lang lang;
	struct part part;
	struct runner runner;
};

static void add_alternative(struct buf *all, const char *regex)
{
	buf_printf(all, "%s(?:%s)", all->len ? "|" : "", regex);
}

static struct lazy_regex *lazy_new(const char *before, const char *pattern, const char *after)
{
	struct lazy_regex *lazy = xcalloc(1, sizeof *lazy);
	struct buf whole = BUF_INIT;

	buf_printf(&whole, "%s%s%s", before, pattern, after);
	lazy->pattern = buf_take(&whole);
	return lazy;
}

static void lazy_free(struct lazy_regex **lazy)
{
	if (*lazy) {
		str_free(&(*lazy)->pattern);
		regex_free(&(*lazy)->regex);
	}
	free(*lazy);
	*lazy = NULL;
}

static int compile(struct lazy_regex *lazy, struct fault *why)
{
	if (!lazy || lazy->regex)
		return 0;
	return regex_new(lazy->pattern, REGEX_LINES, &lazy->regex, why);
}

struct regex *lazy_regex(struct lazy_regex *lazy)
{
	struct fault ignored = FAULT_INIT;

	return lazy && compile(lazy, &ignored) == 0 ? lazy->regex : NULL;
}

static int end_part(struct reading *r, struct fault *why)
{
	struct evidence_rules *rules = r->rules;

	if (!r->files.len || !r->regex.len || !r->part.finding)
		return fault_set(
			why, EXIT_FATAL, "part '%s': expected files, part and finding", r->name);
	r->part.regex = lazy_new("", r->regex.data, "");
	r->part.name = xstrdup(r->name);
	r->part.files = match_set_new(&r->files);
	GROW(rules->parts, rules->parts_len, rules->parts_cap);
	rules->parts[rules->parts_len++] = r->part;
	r->part = (struct part){0};
	return 0;
}

static void end_lang(struct reading *r)
{
	struct evidence_rules *rules = r->rules;

	for (size_t i = 0; i < COUNT_KINDS; i++) {
		/* The first group of whichever alternative matched is group 1. */
		if (r->counts[i].len)
			r->lang.counts[i] = lazy_new("(?|", r->counts[i].data, ")");
		buf_clear(&r->counts[i]);
	}
	r->lang.name = xstrdup(r->section);
	r->lang.files = match_set_new(&r->files);
	r->lang.collected = r->collected.len ? match_set_new(&r->collected) : NULL;
	GROW(rules->langs, rules->langs_len, rules->langs_cap);
	rules->langs[rules->langs_len++] = r->lang;
	r->lang = (struct lang){.interpreters = VEC_INIT};
}

static int end_runner(struct reading *r, struct fault *why)
{
	struct evidence_rules *rules = r->rules;

	if (!r->runner.ran_len)
		return fault_set(why, EXIT_FATAL, "runner '%s': expected ran", r->name);
	r->runner.name = xstrdup(r->name);
	GROW(rules->runners, rules->runners_len, rules->runners_cap);
	rules->runners[rules->runners_len++] = r->runner;
	r->runner = (struct runner){0};
	return 0;
}

static int end_section(struct reading *r, struct fault *why)
{
	int done = 0;

	if (r->section && !strcmp(r->section, "part"))
		done = end_part(r, why);
	else if (r->section && !strcmp(r->section, "runner"))
		done = end_runner(r, why);
	else if (r->section && r->files.len)
		end_lang(r);
	vec_clear(&r->files);
	vec_clear(&r->collected);
	buf_clear(&r->regex);
	return done;
}

static void push_tokens(char *tokens[TOKENS_MAX], const char *value)
{
	CLEANUP(str_free) char *words = xstrdup(value);
	size_t len = 0;
	char *word, *rest;

	while (len < TOKENS_MAX && tokens[len])
		len++;
	for (word = strtok_r(words, " ", &rest); word && len < TOKENS_MAX;
		word = strtok_r(NULL, " ", &rest))
		tokens[len++] = xstrdup(word);
}

static void push_words(struct vec *words, const char *value)
{
	CLEANUP(str_free) char *copy = xstrdup(value);
	char *word, *rest;

	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		vec_push(words, word);
}

/* "/ * * /": where it opens, where it closes. */
static void push_block(struct lang *lang, const char *value)
{
	size_t open = strcspn(value, " "), len = 0;

	while (len + 1 < TOKENS_MAX && lang->open[len])
		len++;
	lang->open[len] = xstrndup(value, open);
	lang->close[len] = xstrdup(value + open + strspn(value + open, " "));
}

static bool take_path(struct reading *r, const char *key, const char *value)
{
	for (size_t i = 0; i < PATH_KINDS; i++)
		if (!strcmp(path_keys[i].key, key)) {
			vec_push_split(&r->paths[i], value);
			return true;
		}
	return false;
}

static bool take_lang(struct reading *r, const char *key, const char *value)
{
	for (size_t i = 0; i < COUNT_KINDS; i++)
		if (*key && !strcmp(count_keys[i], key)) {
			add_alternative(&r->counts[i], value);
			return true;
		}
	if (!strcmp(key, "collected"))
		vec_push_split(&r->collected, value);
	else if (!strcmp(key, "interpreters"))
		push_words(&r->lang.interpreters, value);
	else if (!strcmp(key, "comment"))
		push_tokens(r->lang.line, value);
	else if (!strcmp(key, "no-comment"))
		str_replace(&r->lang.not_line, value);
	else if (!strcmp(key, "block"))
		push_block(&r->lang, value);
	else if (!strcmp(key, "quotes"))
		str_replace(&r->lang.quote, value);
	else if (!strcmp(key, "fences"))
		push_tokens(r->lang.fence, value);
	else
		return false;
	return true;
}

static bool take_part(struct reading *r, const char *key, const char *value)
{
	if (!strcmp(key, "part")) {
		buf_clear(&r->regex);
		buf_puts(&r->regex, value);
	} else if (!strcmp(key, "finding")) {
		str_replace(&r->part.finding, value);
	} else if (!strcmp(key, "detail")) {
		str_replace(&r->part.detail, value);
	} else if (!strcmp(key, "added")) {
		r->part.added = text_bool(value) == 1;
	} else if (!strcmp(key, "code")) {
		r->part.code = text_bool(value) == 1;
	} else {
		return false;
	}
	return true;
}

static bool take_runner(struct reading *r, const char *key, const char *value)
{
	struct runner *runner = &r->runner;
	struct lazy_regex **one = !strcmp(key, "less")     ? &runner->less
				  : !strcmp(key, "none")   ? &runner->none
				  : !strcmp(key, "unless") ? &runner->unless
							   : NULL;

	if (one && !*one)
		*one = lazy_new("", value, "");
	else if (!strcmp(key, "ran") && runner->ran_len < RAN_MAX)
		runner->ran[runner->ran_len++] = lazy_new("", value, "");
	else if (!strcmp(key, "largest"))
		runner->largest = text_bool(value) == 1;
	else
		return false;
	return true;
}

/* What a section's keys are told by; whatever is no other is a language. */
static bool take_key(struct reading *r, const char *section, const char *key, const char *value)
{
	if (!strcmp(section, "part"))
		return take_part(r, key, value);
	return (strcmp(section, "runner") ? take_lang : take_runner)(r, key, value);
}

static int take(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	struct reading *r = state;

	(void)line;
	if (!r->section || strcmp(r->section, section) || strcmp(r->name, name)) {
		if (end_section(r, why) < 0)
			return -1;
		str_replace(&r->section, section);
		str_replace(&r->name, name);
	}
	if (!key || take_path(r, key, value))
		return 0;
	if (!strcmp(key, "files"))
		vec_push_split(&r->files, value);
	else if (!take_key(r, section, key, value))
		return fault_set(why, EXIT_FATAL, "unknown key '%s'", key);
	return 0;
}

static void lang_release(struct lang *l)
{
	char **texts[] = {&l->name, &l->not_line, &l->quote};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		str_free(texts[i]);
	for (size_t i = 0; i < TOKENS_MAX; i++) {
		str_free(&l->line[i]);
		str_free(&l->open[i]);
		str_free(&l->close[i]);
		str_free(&l->fence[i]);
	}
	vec_release(&l->interpreters);
	match_set_free(&l->files);
	match_set_free(&l->collected);
	for (size_t i = 0; i < COUNT_KINDS; i++)
		lazy_free(&l->counts[i]);
}

static void part_release(struct part *p)
{
	str_free(&p->name);
	str_free(&p->finding);
	str_free(&p->detail);
	match_set_free(&p->files);
	lazy_free(&p->regex);
}

static void runner_release(struct runner *r)
{
	str_free(&r->name);
	for (size_t i = 0; i < r->ran_len; i++)
		lazy_free(&r->ran[i]);
	lazy_free(&r->less);
	lazy_free(&r->none);
	lazy_free(&r->unless);
}

void evidence_rules_free(struct evidence_rules **rules)
{
	struct evidence_rules *r = *rules;

	if (!r)
		return;
	for (size_t i = 0; i < r->langs_len; i++)
		lang_release(&r->langs[i]);
	for (size_t i = 0; i < r->parts_len; i++)
		part_release(&r->parts[i]);
	for (size_t i = 0; i < r->paths_len; i++)
		match_set_free(&r->paths[i].set);
	for (size_t i = 0; i < r->runners_len; i++)
		runner_release(&r->runners[i]);
	free(r->runners);
	free(r->langs);
	free(r->parts);
	free(r->paths);
	free(r);
	*rules = NULL;
}

static void reading_release(struct reading *r)
{
	for (size_t i = 0; i < PATH_KINDS; i++)
		vec_release(&r->paths[i]);
	for (size_t i = 0; i < COUNT_KINDS; i++)
		buf_release(&r->counts[i]);
	str_free(&r->section);
	str_free(&r->name);
	vec_release(&r->files);
	vec_release(&r->collected);
	buf_release(&r->regex);
	lang_release(&r->lang);
	part_release(&r->part);
	runner_release(&r->runner);
}

static void reading_init(struct reading *r, struct evidence_rules *rules)
{
	*r = (struct reading){.rules = rules, .lang = {.interpreters = VEC_INIT}};
	for (size_t i = 0; i < PATH_KINDS; i++)
		r->paths[i] = (struct vec)VEC_INIT;
	for (size_t i = 0; i < COUNT_KINDS; i++)
		r->counts[i] = (struct buf)BUF_INIT;
	r->files = (struct vec)VEC_INIT;
	r->collected = (struct vec)VEC_INIT;
	r->regex = (struct buf)BUF_INIT;
}

static void make_paths(struct reading *r)
{
	r->rules->paths = xcalloc(PATH_KINDS, sizeof *r->rules->paths);
	for (size_t i = 0; i < PATH_KINDS; i++)
		r->rules->paths[r->rules->paths_len++] = (struct path_rule){
			.kind = path_keys[i].kind, .set = match_set_new(&r->paths[i])};
}

int evidence_rules_load(struct evidence_rules **out, const char *path, struct fault *why)
{
	CLEANUP(str_free) char *own = path ? xstrdup(path) : install_share("evidence.ini");
	CLEANUP(evidence_rules_free) struct evidence_rules *rules = xcalloc(1, sizeof *rules);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(reading_release) struct reading r;
	int found;

	reading_init(&r, rules);
	found = fs_read(own, &text, TABLE_MAX, why);
	if (found == 1)
		return fault_set(why, EXIT_FATAL, "'%s' is missing: install again", own);
	if (found < 0 || ini_read(text.data, text.len, own, take, &r, why) < 0 ||
		end_section(&r, why) < 0)
		return -1;
	make_paths(&r);
	*out = rules;
	rules = NULL;
	return 0;
}

int evidence_rules_check(struct evidence_rules *rules, struct fault *why)
{
	for (size_t i = 0; i < rules->langs_len; i++)
		for (size_t k = 0; k < COUNT_KINDS; k++)
			if (compile(rules->langs[i].counts[k], why) < 0)
				return fault_wrap(
					why, "row '%s', %s", rules->langs[i].name, count_keys[k]);
	for (size_t i = 0; i < rules->parts_len; i++)
		if (compile(rules->parts[i].regex, why) < 0)
			return fault_wrap(why, "part '%s'", rules->parts[i].name);
	for (size_t i = 0; i < rules->runners_len; i++) {
		struct runner *r = &rules->runners[i];
		bool bad = compile(r->less, why) < 0 || compile(r->none, why) < 0 ||
			   compile(r->unless, why) < 0;

		for (size_t k = 0; k < r->ran_len && !bad; k++)
			bad = compile(r->ran[k], why) < 0;
		if (bad)
			return fault_wrap(why, "runner '%s'", r->name);
	}
	return 0;
}
