/* What a path, or a text, is by the rows. */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/evidence_private.h"

#include <string.h>

bool evidence_unbuilt(struct evidence_rules *rules, const char *log, size_t len)
{
	struct regex_span span;

	for (size_t i = 0; i < rules->langs_len; i++) {
		struct regex *regex = lazy_regex(rules->langs[i].counts[COUNT_UNBUILT]);

		if (regex && !regex_find(regex, log, len, 0, false, &span))
			return true;
	}
	return false;
}

const struct lang *lang_of(const struct evidence_rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->langs_len; i++)
		if (match_set_has(rules->langs[i].files, path))
			return &rules->langs[i];
	return NULL;
}

const struct lang *lang_of_text(const struct evidence_rules *rules, const struct buf *text)
{
	size_t len = strcspn(text->data, "\n");
	CLEANUP(str_free) char *line = xstrndup(text->data, len);
	char *word, *rest, *name = NULL;

	if (strncmp(line, "#!", 2) != 0)
		return NULL;
	/* "#!/usr/bin/env -S python3 -u": past env and options. */
	for (word = strtok_r(line + 2, " \t\r", &rest); word;
		word = strtok_r(NULL, " \t\r", &rest)) {
		name = strrchr(word, '/') ? strrchr(word, '/') + 1 : word;
		if (*name != '-' && strcmp(name, "env") != 0)
			break;
		name = NULL;
	}
	for (size_t i = 0; name && i < rules->langs_len; i++)
		if (vec_has(&rules->langs[i].interpreters, name))
			return &rules->langs[i];
	return NULL;
}

unsigned evidence_classify(
	struct evidence_rules *rules, const struct evidence_scope *scope, const char *path)
{
	unsigned kind = 0;

	for (size_t i = 0; i < rules->paths_len; i++)
		if (match_set_has(rules->paths[i].set, path))
			kind |= rules->paths[i].kind;
	if (!(kind & ~(unsigned)EVIDENCE_OTHER) && scope->paths &&
		match_path_any(scope->paths, path))
		kind |= EVIDENCE_TEST;
	for (size_t i = 0; scope->commands && i < scope->commands->len; i++)
		if (command_runs(rules, scope->commands->items[i], path))
			kind |= EVIDENCE_SCRIPT;
	if (scope->policy_file && path_is_in(path, scope->policy_file))
		kind |= EVIDENCE_POLICY;
	return kind;
}
