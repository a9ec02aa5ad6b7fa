#include "core/agent.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "base/text.h"
#include "port/ini.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESET_MAX 65536

void agent_init(struct agent *a)
{
	*a = (struct agent){
		.words = VEC_INIT, .model_words = VEC_INIT, .pass = VEC_INIT, .reads = VEC_INIT};
}

void agent_release(struct agent *a)
{
	str_free(&a->name);
	str_free(&a->model);
	vec_release(&a->words);
	vec_release(&a->model_words);
	vec_release(&a->pass);
	vec_release(&a->reads);
}

static int not_found(struct fault *why)
{
	why->exit = EXIT_AGENT;
	return fault_reason(why, "not_found");
}

/* One key of a preset; what this version does not know is another version's. */
static int preset_key(void *state, const char *section, const char *name, const char *key,
	const char *value, int line, struct fault *why)
{
	struct agent *a = state;

	(void)section, (void)name, (void)line;
	if (key && !strcmp(key, "command"))
		return text_split_words(value, &a->words, why);
	if (key && !strcmp(key, "model"))
		return text_split_words(value, &a->model_words, why);
	if (key && !strcmp(key, "env"))
		vec_push_split(&a->pass, value);
	if (key && !strcmp(key, "reads"))
		vec_push_split(&a->reads, value);
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
	if (a->model)
		vec_push_all(&a->words, (const char *const *)a->model_words.items);
	for (size_t i = 0; i < p->agent_env.len; i++)
		vec_push(&a->pass, p->agent_env.items[i]);
	return find_program(a, why);
}

bool agent_command(const struct agent *a, const char *prompt_file, struct vec *argv)
{
	bool named = false;

	for (size_t i = 0; i < a->words.len; i++) {
		CLEANUP(buf_release) struct buf word = BUF_INIT;

		buf_puts(&word, a->words.items[i]);
		named |= strstr(word.data, "{prompt_file}") != NULL;
		text_replace(&word, "{model}", a->model ? a->model : "");
		text_replace(&word, "{prompt_file}", prompt_file);
		vec_push(argv, word.data);
	}
	return named;
}
