/* Whether a stage's command may run a file, or what the file holds, or only names it to what reads it. */
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <string.h>

#define WORD_MAX \
	512 /* bytes of a word that are looked at; what is longer is no path that a policy names */

struct simple { /* command, as far as it was read */
	char program[WORD_MAX];
	size_t plain;     /* arguments that are no options, nor what stands right behind one */
	bool option;      /* the word before was one */
	bool input, into; /* what follows is read from, or written to */
};

static const char *base_name(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash ? slash + 1 : word;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

/* Words that stand before a command. */
static bool is_prefix(const char *word)
{
	static const char *const words[] = {"!", "{", "builtin", "command", "do", "elif", "else",
		"env", "eval", "exec", "if", "nice", "nohup", "setsid", "stdbuf", "sudo", "then",
		"time", "timeout", "until", "while", "xargs", NULL};

	return is_one_of(word, words);
}

/* Programs that compare, look into or check the files they are given, and run none of them. */
static bool is_reader(const char *program)
{
	static const char *const words[] = {"[", "black", "clang-format", "cmp", "diff", "du",
		"echo", "egrep", "eslint", "fgrep", "flake8", "gofmt", "grep", "isort", "jq", "ls",
		"markdownlint", "md5sum", "mkdir", "mypy", "prettier", "printf", "pylint", "rm",
		"ruff", "rustfmt", "sha1sum", "sha256sum", "sha512sum", "shellcheck", "stat",
		"test", "touch", "wc", "yamllint", NULL};

	return is_one_of(base_name(program), words);
}

static bool is_interpreter(const struct evidence_rules *rules, const char *program)
{
	for (size_t i = 0; i < rules->langs_len; i++)
		if (vec_has(&rules->langs[i].interpreters, base_name(program)))
			return true;
	return false;
}

/* By its name a file that nothing runs, given to a script: what it works on. */
static bool is_data(const struct evidence_rules *rules, const struct simple *c, const char *path)
{
	const char *program = c->program;
	bool own = strchr(program, '/') && program[0] != '/' && !strstr(program, "bin/");
	const struct lang *lang = lang_of(rules, path);

	if (lang && (lang->interpreters.len || lang->counts[COUNT_TEST]))
		return false;
	return is_interpreter(rules, program) ? c->plain > 0 : own;
}

static bool names(const char *word, const char *path)
{
	while (word[0] == '.' && word[1] == '/')
		word += 2;
	return !strcmp(word, path);
}

/* The path stands here; `rest` is what follows. */
static bool may_run(const struct evidence_rules *rules, const struct simple *c, const char *path,
	const char *rest)
{
	if (c->into)
		return false;
	if (!c->program[0])
		return true;
	if (is_reader(c->program)) { /* what goes into a pipe may be run at its other end */
		rest += strcspn(rest, "\n;&|()`");
		return *rest == '|' && rest[1] != '|';
	}
	return c->input || !is_data(rules, c, path);
}

static void take_word(const struct evidence_rules *rules, struct simple *c, const char *word)
{
	bool option = word[0] == '-';

	if (c->input || c->into) {
		c->input = c->into = false;
	} else if (!c->program[0]) {
		if (!option && !strchr(word, '=') && !is_prefix(word))
			strcpy(c->program, word);
	} else if (!strcmp(word, "-c") && is_interpreter(rules, c->program)) {
		*c = (struct simple){.plain = 0}; /* what follows is a command */
	} else {
		c->plain += !option && !c->option;
		c->option = option;
	}
}

/* Between words. */
static void take_sign(struct simple *c, const char *at, const char *start)
{
	if (*at == '<' || *at == '>') {
		c->input = *at == '<';
		c->into = *at == '>';
	} else if (strchr("\n;|()`", *at) || (*at == '&' && (at == start || at[-1] != '>'))) {
		*c = (struct simple){.plain = 0};
	}
}

bool command_runs(const struct evidence_rules *rules, const char *command, const char *path)
{
	struct simple c = {.plain = 0};

	for (const char *at = command; *at;) {
		char word[WORD_MAX];
		size_t len = strcspn(at, " \t\n'\";&|()`<>");

		if (len && len < sizeof word) {
			const char *value;

			memcpy(word, at, len);
			word[len] = '\0';
			value = strchr(word, '=');
			if ((names(word, path) || (value && names(value + 1, path))) &&
				may_run(rules, &c, path, at + len))
				return true;
			take_word(rules, &c, word);
		}
		at += len;
		if (*at)
			take_sign(&c, at++, command);
	}
	return false;
}
