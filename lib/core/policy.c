#include "core/policy.h"
#include "base/alloc.h"
#include "base/text.h"
#include "core/policy_keys.h"
#include "port/ini.h"
#include "port/regex.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENV_PREFIX "GIT_AGENT_"

/* One value on its way in. */
struct given {
	enum policy_layer layer;
	int line;           /* LAYER_FILE */
	const char *source; /* for people: "git config", "GIT_AGENT_LIMITS_WALL", "--fixes" */
	const char *name; /* of the key, as its own source spells it; NULL: `source` says it all */
};

/* --- life ------------------------------------------------------------------------------------- */

static void lay_builtins(const struct policy_key *table, void *base)
{
	struct fault never = FAULT_INIT;

	for (; table->name; table++) {
		struct policy_key key = *table;

		key.check =
			NULL; /* ours are good, and compiling their globs is what a hook would wait for */
		policy_value_clear(&key, base);
		if (key.builtin)
			policy_value_read(&key, base, key.builtin, &never);
	}
}

void policy_init(struct policy *p)
{
	*p = (struct policy){.overrides = VEC_INIT, .warnings = VEC_INIT};
	lay_builtins(policy_keys, p);
	str_replace(&p->file, ".gitagent");
	str_replace(&p->origin, "built-in policy");
}

void policy_release(struct policy *p)
{
	for (const struct policy_key *key = policy_keys; key->name; key++)
		policy_value_clear(key, p);
	for (size_t i = 0; i < p->stages_len; i++) {
		for (const struct policy_key *key = stage_keys; key->name; key++)
			policy_value_clear(key, &p->stages[i]);
		str_free(&p->stages[i].name);
	}
	free(p->stages);
	for (size_t i = 0; i < p->secrets_len; i++) {
		str_free(&p->secrets[i].name);
		str_free(&p->secrets[i].pattern);
		str_free(&p->secrets[i].keyword);
	}
	free(p->secrets);
	str_free(&p->file);
	str_free(&p->origin);
	str_free(&p->blob);
	vec_release(&p->overrides);
	vec_release(&p->warnings);
	memset(p, 0, sizeof *p);
}

struct gate_stage *policy_stage(struct policy *p, const char *name)
{
	struct gate_stage *stage;

	for (size_t i = 0; i < p->stages_len; i++)
		if (!strcmp(p->stages[i].name, name))
			return &p->stages[i];
	GROW(p->stages, p->stages_len, p->stages_cap);
	stage = &p->stages[p->stages_len++];
	*stage = (struct gate_stage){.name = xstrdup(name)};
	lay_builtins(stage_keys, stage);
	return stage;
}

/* --- one value -------------------------------------------------------------------------------- */

/* What comes from elsewhere than the file has not been checked yet; hashes and reports are made of lines. */
static int check_one_line(const char *value, struct fault *why)
{
	for (const unsigned char *c = (const unsigned char *)value; *c; c++)
		if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
			return fault_set(why, EXIT_FATAL,
				"expected one line of text, found a control character");
	return 0;
}

/* A list's first mention in a layer replaces what lower layers say, but where a layer may only add. */
static int lay(const struct policy_key *key, void *base, struct policy_mark *mark,
	const struct given *given, const char *value, struct fault *why)
{
	bool in_file = given->layer == LAYER_FILE;
	bool again = in_file ? mark->line > 0 : mark->layer == given->layer;

	if (again && in_file && !policy_key_is_many(key))
		return fault_set(why, EXIT_FATAL, "given twice, first on line %d", mark->line);
	if (!in_file && check_one_line(value, why))
		return -1;
	if (policy_key_is_many(key) && !again && (in_file || !(key->flags & KEY_ADDS)))
		policy_value_clear(key, base);
	if (policy_value_read(key, base, value, why))
		return -1;
	mark->layer = (unsigned char)given->layer;
	if (in_file && !mark->line)
		mark->line = given->line;
	return 0;
}

static int refuse_own(const struct policy_key *key, struct fault *why)
{
	fault_set(why, EXIT_FATAL, "%s.%s: expected in your own git config, not in a policy file",
		key->section, key->name);
	if (!strcmp(key->section, "agent"))
		return fault_hint(why, "git config agent.%s <value>", key->name);
	return fault_hint(why, "git config agent.%s.%s <value>", key->section, key->name);
}

/* `stage` NULL: the key is one of the policy itself. Tells of an override. */
static int set_key(struct policy *p, struct gate_stage *stage, const struct policy_key *key,
	const struct given *given, const char *value, struct fault *why)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	void *base = stage ? (void *)stage : (void *)p;
	struct policy_mark *mark =
		stage ? &stage->marks[key - stage_keys] : &p->marks[key - policy_keys];

	buf_printf(&name, "%s%s%s.%s", key->section, stage ? "." : "", stage ? stage->name : "",
		key->name);
	if (given->layer == LAYER_FILE && key->flags & KEY_OWN)
		return refuse_own(key, why);
	if (key->kind == KEY_FOREIGN)
		return 0;
	if (key->flags & KEY_CONFIG && given->layer != LAYER_CONFIG) {
		vec_pushf(&p->warnings, "%s: ignored, %s is read from git config only",
			given->source, name.data);
		return 0;
	}
	if (lay(key, base, mark, given, value, why)) {
		if (given->layer == LAYER_FILE)
			return fault_wrap(why, "%s", name.data);
		if (given->name)
			return fault_wrap(why, "%s %s", given->source, given->name);
		return fault_wrap(why, "%s", given->source);
	}
	/* what is a person's own overrides nothing, and may hold paths of their machine */
	if (given->layer > LAYER_FILE && !(key->flags & KEY_OWN))
		vec_pushf(&p->overrides, "%s = %s (%s)", name.data, value, given->source);
	return 0;
}

/* --- the policy file -------------------------------------------------------------------------- */

struct file_reader {
	struct policy *p;
	const char *file;
	char *warned; /* an unknown section is told of once */
};

static void warn_section(struct file_reader *r, const char *section, const char *name, int line)
{
	CLEANUP(buf_release) struct buf header = BUF_INIT, text = BUF_INIT;

	buf_printf(&header, "[%s", section);
	if (*name)
		buf_printf(&header, " \"%s\"", name);
	buf_putc(&header, ']');
	if (r->warned && !strcmp(r->warned, header.data))
		return;
	str_replace(&r->warned, header.data);
	buf_printf(&text, "%s:%d: unknown section %s", r->file, line, header.data);
	if (!policy_section_known(section))
		policy_put_nearest(&text, section, NULL, false);
	vec_push(&r->p->warnings, text.data);
}

static void warn_key(
	struct file_reader *r, const char *section, const char *key, bool stage, int line)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_printf(&text, "%s:%d: unknown key '%s' in [%s%s]", r->file, line, key, section,
		stage ? " \"...\"" : "");
	policy_put_nearest(&text, section, key, stage);
	vec_push(&r->p->warnings, text.data);
}

static struct policy_secret *find_secret(struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->secrets_len; i++)
		if (!strcmp(p->secrets[i].name, name))
			return &p->secrets[i];
	GROW(p->secrets, p->secrets_len, p->secrets_cap);
	p->secrets[p->secrets_len] = (struct policy_secret){.name = xstrdup(name)};
	return &p->secrets[p->secrets_len++];
}

/* A kind of secret of the repository's own. */
static int take_secret(struct file_reader *r, const char *name, const char *key, const char *value,
	struct fault *why)
{
	CLEANUP(regex_free) struct regex *code = NULL;
	struct policy_secret *secret = find_secret(r->p, name);
	bool pattern = key && !strcasecmp(key, "pattern");

	if (!key)
		return 0;
	if (!pattern && strcasecmp(key, "keyword") != 0)
		return fault_set(why, EXIT_FATAL,
			"expected pattern or keyword in [secret \"%s\"], got '%s'", name, key);
	if (pattern && regex_new(value, 0, &code, why))
		return fault_wrap(why, "secret.%s.pattern", name);
	str_replace(pattern ? &secret->pattern : &secret->keyword, value);
	return 0;
}

static int take_line(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	struct file_reader *r = state;
	const struct given given = {.layer = LAYER_FILE, .line = line};
	bool in_stage = *name && !strcasecmp(section, "gate");
	struct gate_stage *stage = NULL;
	const struct policy_key *row;

	if (!*section)
		return fault_set(
			why, EXIT_FATAL, "expected a [section] before '%s'", key ? key : "");
	if (*name && !strcasecmp(section, "secret"))
		return take_secret(r, name, key, value, why);
	if (in_stage && policy_check_stage_name(name, why))
		return -1;
	if (in_stage)
		stage = policy_stage(r->p, name);
	else if (*name || !policy_section_known(section)) {
		warn_section(r, section, name, line);
		return 0;
	}
	if (!key)
		return 0;
	row = policy_key_find(stage ? stage_keys : policy_keys, section, key);
	if (row)
		return set_key(r->p, stage, row, &given, value, why);
	if (!stage && policy_key_find(stage_keys, section, key))
		return fault_set(
			why, EXIT_FATAL, "gate.%s: expected below a stage, [gate \"tests\"]", key);
	warn_key(r, section, key, stage != NULL, line);
	return 0;
}

static void forget_lines(struct policy *p)
{
	for (size_t i = 0; i < POLICY_KEYS_MAX; i++)
		p->marks[i].line = 0;
	for (size_t i = 0; i < p->stages_len; i++)
		for (size_t k = 0; k < STAGE_KEYS_MAX; k++)
			p->stages[i].marks[k].line = 0;
}

int policy_read(struct policy *p, const char *text, size_t len, const char *file, struct fault *why)
{
	struct file_reader r = {.p = p, .file = file};
	int rc;

	forget_lines(p);
	rc = ini_read(text, len, file, take_line, &r, why);
	str_free(&r.warned);
	return rc;
}

/* --- the layers above it ---------------------------------------------------------------------- */

/* "gate.<stage>.<key>", the stage's name as written. NULL: something else. */
static const struct policy_key *split_stage_path(const char *path, char **stage)
{
	const char *last = strrchr(path, '.');

	if (strncasecmp(path, "gate.", 5) || last < path + 6)
		return NULL;
	*stage = xstrndup(path + 5, (size_t)(last - path - 5));
	return policy_key_find(stage_keys, "gate", last + 1);
}

/* 1: no key of a policy. */
static int set_path(struct policy *p, const char *path, const struct given *given,
	const char *value, struct fault *why)
{
	CLEANUP(str_free) char *name = NULL;
	const struct policy_key *row = policy_key_path(path);

	if (row)
		return set_key(p, NULL, row, given, value, why);
	row = split_stage_path(path, &name);
	if (!row)
		return 1;
	if (policy_check_stage_name(name, why))
		return fault_wrap(why, "%s %s", given->source, given->name ? given->name : path);
	return set_key(p, policy_stage(p, name), row, given, value, why);
}

/* Only what looks like a typing error: other keys below agent. are somebody else's. */
static void warn_path(struct policy *p, const char *key, const char *path)
{
	CLEANUP(buf_release) struct buf near = BUF_INIT;
	const char *dot = strchr(path, '.');
	CLEANUP(str_free)
	char *section = dot ? xstrndup(path, (size_t)(dot - path)) : xstrdup("agent");
	bool stage = dot && strchr(dot + 1, '.') && !strcasecmp(section, "gate");
	const char *name = stage ? strrchr(path, '.') + 1 : dot ? dot + 1 : path;

	policy_put_nearest(&near, section, name, stage);
	if (near.len)
		vec_pushf(&p->warnings, "git config %s: unknown key%s", key, near.data);
}

int policy_config(struct policy *p, const char *key, const char *value, struct fault *why)
{
	const struct given given = {.layer = LAYER_CONFIG, .source = "git config", .name = key};
	int rc;

	if (strncasecmp(key, "agent.", 6))
		return 0;
	rc = set_path(p, key + 6, &given, value, why);
	if (rc > 0)
		warn_path(p, key, key + 6);
	return rc < 0 ? -1 : 0;
}

int policy_environ(struct policy *p, const char *const *env, struct fault *why)
{
	for (; *env; env++) {
		const char *value = strchr(*env, '=');
		CLEANUP(str_free) char *name = NULL;
		const struct policy_key *row;
		struct given given = {.layer = LAYER_ENV};

		if (strncmp(*env, ENV_PREFIX, strlen(ENV_PREFIX)) || !value || !value[1])
			continue;
		name = xstrndup(*env, (size_t)(value - *env));
		given.source = name;
		row = policy_key_variable(name + strlen(ENV_PREFIX));
		if (row && set_key(p, NULL, row, &given, value + 1, why))
			return -1;
	}
	return 0;
}

int policy_flag(
	struct policy *p, const char *key, const char *value, const char *flag, struct fault *why)
{
	const struct given given = {.layer = LAYER_FLAG, .source = flag};
	int rc = set_path(p, key, &given, value, why);

	if (rc > 0)
		fault_set(why, EXIT_USAGE, "%s: '%s' is no key of a policy", flag, key);
	if (rc)
		why->exit = EXIT_USAGE;
	return rc ? -1 : 0;
}
