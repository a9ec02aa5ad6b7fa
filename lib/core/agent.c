#include "core/agent.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "base/text.h"
#include "port/ini.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESET_MAX 65536

/* What a preset may say; what this version does not know is another version's. */
enum row_kind { ROW_WORDS, ROW_LIST, ROW_TEXT };

static const struct {
	const char *key;
	enum row_kind kind;
	size_t offset;
} rows[] = {
	{"command", ROW_WORDS, offsetof(struct agent, words)},
	{"boxed", ROW_WORDS, offsetof(struct agent, boxed)},
	{"unboxed", ROW_WORDS, offsetof(struct agent, unboxed)},
	{"model", ROW_WORDS, offsetof(struct agent, model_words)},
	{"env", ROW_LIST, offsetof(struct agent, pass)},
	{"key", ROW_LIST, offsetof(struct agent, keys)},
	{"set", ROW_LIST, offsetof(struct agent, set)},
	{"reads", ROW_LIST, offsetof(struct agent, reads)},
	{"login", ROW_LIST, offsetof(struct agent, login)},
	{"read", ROW_LIST, offsetof(struct agent, read)},
	{"hosts", ROW_LIST, offsetof(struct agent, hosts)},
	{"settings", ROW_TEXT, offsetof(struct agent, settings)},
	{"carry", ROW_LIST, offsetof(struct agent, carry)},
	{"served", ROW_LIST, offsetof(struct agent, served)},
	{"moved", ROW_TEXT, offsetof(struct agent, moved)},
	{"login_command", ROW_TEXT, offsetof(struct agent, login_command)},
	{"failure", ROW_TEXT, offsetof(struct agent, failure)},
};

void agent_init(struct agent *a)
{
	*a = (struct agent){0};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind != ROW_TEXT)
			*(struct vec *)((char *)a + rows[i].offset) = (struct vec)VEC_INIT;
}

void agent_release(struct agent *a)
{
	str_free(&a->name);
	str_free(&a->model);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		void *place = (char *)a + rows[i].offset;

		if (rows[i].kind == ROW_TEXT)
			str_free(place);
		else
			vec_release(place);
	}
}

static int not_found(struct fault *why)
{
	why->exit = EXIT_AGENT;
	return fault_reason(why, "not_found");
}

static int preset_key(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	(void)section, (void)name, (void)line;
	for (size_t i = 0; key && i < ARRAY_LEN(rows); i++) {
		void *place = (char *)state + rows[i].offset;

		if (strcmp(key, rows[i].key) != 0)
			continue;
		switch (rows[i].kind) {
		case ROW_WORDS:
			return text_split_words(value, place, why);
		case ROW_LIST:
			vec_push_split(place, value);
			break;
		case ROW_TEXT:
			str_replace(place, value);
			break;
		}
	}
	return 0;
}

static int find_preset(struct agent *a, const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(str_free) char *dir = install_share("agents"), *path = NULL;
	struct buf file = BUF_INIT;
	int found = 1;

	buf_printf(&file, "%s/%s.ini", dir, name);
	path = buf_take(&file);
	if (!strchr(name, '/') && name[0] != '.')
		found = fs_read(path, &text, PRESET_MAX, why);
	if (found < 0)
		return -1;
	if (found == 1) {
		fault_set(why, EXIT_AGENT, "there is no preset for an agent called '%s'", name);
		fault_hint(why, "AGENT_CMD='%s {prompt_file}' git agent issue <brief>", name);
		return not_found(why);
	}
	str_replace(&a->name, name);
	return ini_read(text.data, text.len, path, preset_key, a, why);
}

static int use_template(struct agent *a, const char *template, const char *where, struct fault *why)
{
	const char *slash;

	if (text_split_words(template, &a->words, why) < 0)
		return fault_wrap(why, "%s", where);
	if (!a->words.len) {
		fault_set(why, EXIT_AGENT, "%s is empty", where);
		return not_found(why);
	}
	slash = strrchr(a->words.items[0], '/');
	str_replace(&a->name, slash ? slash + 1 : a->words.items[0]);
	return 0;
}

static int use_simulation(struct agent *a, const char *how)
{
	CLEANUP(str_free) char *script = install_share("simulate/agent.sh");

	vec_push(&a->words, "sh");
	vec_push(&a->words, script);
	vec_push(&a->words, how);
	str_replace(&a->name, "simulate");
	str_replace(&a->model, how);
	return 0;
}

/* The program as an absolute path: the agent's working directory is another one. NULL: there is none. */
static char *look_up(const char *program)
{
	const char *path = getenv("PATH");
	CLEANUP(buf_release) struct buf candidate = BUF_INIT;

	if (strchr(program, '/'))
		return access(program, X_OK) || fs_is_dir(program) ? NULL : fs_real(program);
	for (; path && *path; path += *path == ':') {
		const char *end = strchrnul(path, ':');

		buf_clear(&candidate);
		buf_add(&candidate, path, (size_t)(end - path));
		buf_printf(&candidate, "%s%s", candidate.len ? "/" : "./", program);
		path = end;
		if (!access(candidate.data, X_OK) && !fs_is_dir(candidate.data))
			return candidate.data[0] == '/' ? xstrdup(candidate.data)
							: fs_real(candidate.data);
	}
	return NULL;
}

static int find_program(struct agent *a, struct fault *why)
{
	CLEANUP(str_free) char *full = look_up(a->words.items[0]);

	if (full) {
		str_replace(&a->words.items[0], full);
		return 0;
	}
	fault_set(why, EXIT_AGENT, "the agent's program '%s' was not found", a->words.items[0]);
	fault_hint(why, "install it, or name another one: AGENT_CMD='<program> {prompt_file}'");
	return not_found(why);
}

static int choose(struct agent *a, const struct agent_choice *choice, const struct policy *p,
	struct fault *why)
{
	const char *command = getenv("AGENT_CMD");

	if (choice->simulate)
		return use_simulation(a, choice->simulate);
	if (choice->name)
		return find_preset(a, choice->name, why);
	if (command && command[0])
		return use_template(a, command, "AGENT_CMD", why);
	if (p->command && p->command[0])
		return use_template(a, p->command, "agent.command", why);
	if (p->backend && p->backend[0])
		return find_preset(a, p->backend, why);
	fault_set(why, EXIT_AGENT, "no agent is named");
	fault_hint(why,
		"AGENT_CMD='<program> {prompt_file}', or `backend = <name>` under [agent] in %s",
		p->file);
	return not_found(why);
}

int agent_find(struct agent *a, const struct agent_choice *choice, const struct policy *p,
	struct fault *why)
{
	const char *model = choice->model ? choice->model : p->model;

	if (choose(a, choice, p, why) < 0)
		return -1;
	if (model && model[0] && !choice->simulate)
		str_replace(&a->model, model);
	vec_push_all(&a->pass, (const char *const *)p->agent_env.items);
	if (choice->simulate)
		return find_program(a, why);
	vec_push_all(&a->login, (const char *const *)p->agent_login.items);
	vec_push_all(&a->read, (const char *const *)p->agent_read.items);
	return find_program(a, why);
}

const char *agent_key(const struct agent *a)
{
	for (size_t i = 0; i < a->keys.len; i++) {
		const char *value = getenv(a->keys.items[i]);

		if (value && value[0])
			return a->keys.items[i];
	}
	return NULL;
}

bool agent_command(const struct agent *a, bool boxed, const char *prompt_file, struct vec *argv)
{
	CLEANUP(vec_release) struct vec words = VEC_INIT;
	bool named = false;

	vec_copy(&words, &a->words);
	vec_push_all(&words, (const char *const *)(boxed ? a->boxed : a->unboxed).items);
	if (a->model)
		vec_push_all(&words, (const char *const *)a->model_words.items);
	for (size_t i = 0; i < words.len; i++) {
		CLEANUP(buf_release) struct buf word = BUF_INIT;

		buf_puts(&word, words.items[i]);
		named |= strstr(word.data, "{prompt_file}") != NULL;
		text_replace(&word, "{model}", a->model ? a->model : "");
		text_replace(&word, "{prompt_file}", prompt_file);
		vec_push(argv, word.data);
	}
	return named;
}

enum sandbox_network agent_mode(const struct agent *a, const struct policy *p)
{
	enum sandbox_network mode;

	if (sandbox_network_parse(p->agent_network, &mode) == 0)
		return mode;
	return a->hosts.len ? NETWORK_PROXY : NETWORK_OPEN;
}

void agent_hosts(const struct agent *a, const struct policy *p, struct vec *hosts)
{
	vec_push_all(hosts, (const char *const *)a->hosts.items);
	vec_push_all(hosts, (const char *const *)p->hosts.items);
}
