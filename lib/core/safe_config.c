#include "core/safe_config.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* What of the user's configuration decides how files look in a working tree, or who commits. Not core.safecrlf: work
 * that is done would be refused for its line ends. */
static const char *const allowed_config[] = {"core.autocrlf", "core.eol", "core.filemode",
	"core.symlinks", "core.precomposeunicode", "core.quotepath", "core.sparsecheckout",
	"core.sparsecheckoutcone", "user.name", "user.email", "diff.renames", "merge.conflictstyle",
	"rerere.enabled"};

void safe_config_value(const char *value, struct buf *out)
{
	buf_putc(out, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_putc(out, '\\');
		if (*value == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *value);
	}
	buf_puts(out, "\"\n");
}

void safe_config_file(const struct repo *repo, const char *key, const char *name, struct buf *out)
{
	const char *set = repo_config(repo, key), *home = getenv("HOME");
	const char *config = getenv("XDG_CONFIG_HOME");

	if (set && set[0] == '~' && set[1] == '/' && home)
		buf_printf(out, "%s%s", home, set + 1);
	else if (set)
		buf_puts(out, set);
	else if (config && config[0])
		buf_printf(out, "%s/git/%s", config, name);
	else if (home)
		buf_printf(out, "%s/.config/git/%s", home, name);
}

void safe_config_put(const struct repo *repo, struct buf *out)
{
	/* Without a promise git takes what a partial clone lacks for damage. Nothing can be fetched: it has no address. */
	if (repo->partial)
		buf_puts(out, "[remote \"not-fetched\"]\n\tpromisor = true\n");
	for (size_t i = 0; i < ARRAY_LEN(allowed_config); i++) {
		const char *key = allowed_config[i], *value = repo_config(repo, key);
		const char *dot = strchr(key, '.');

		if (!value)
			continue;
		buf_printf(out, "[%.*s]\n\t%s = ", (int)(dot - key), key, dot + 1);
		safe_config_value(value, out);
	}
}
