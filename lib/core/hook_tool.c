#include "core/hook_tool.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/hook_file.h"

#include <string.h>

/* In the texts {top} is the work tree, {dir} the hooks directory, {hook} the hook, {own} our copies' directory. */
struct hook_tool {
	const char *name;
	const char *dirs[3];  /* ends of a hooks directory that is this tool's */
	const char *mark;     /* what a hook file of this tool says */
	const char *files[9]; /* where a call of ours may stand; the first is where it belongs */
	const char *advice;
};

/*
 * The line is committed for others to share, so it does nothing where they have no git agent. It stands first
 * where it can, and leaves at once when we refuse.
 */
#define CALL                                                           \
	"h=\"$(git rev-parse --git-common-dir)/agent/hooks/{hook}\"; " \
	"[ ! -x \"$h\" ] || \"$h\" \"$@\" || exit"

/* pre-commit tells its hooks of one ref only, and of no deletion; what it keeps as .legacy gets everything. */
static const struct hook_tool tools[] = {
	{"lefthook", {NULL}, "lefthook",
		{"{top}/lefthook.yml", "{top}/lefthook.yaml", "{top}/.lefthook.yml",
			"{top}/.lefthook.yaml", "{top}/lefthook-local.yml",
			"{top}/.config/lefthook.yml", "{top}/lefthook.toml", "{top}/lefthook.json",
			NULL},
		"lefthook owns the {hook} hook; add under its commands in lefthook.yml: "
		"git-agent: {run: 'h=\"$(git rev-parse --git-common-dir)/agent/hooks/{hook}\"; "
		"[ ! -x \"$h\" ] || \"$h\"', use_stdin: true}"},
	{"pre-commit", {NULL}, "pre-commit.com", {"{dir}/{hook}.legacy", NULL},
		"pre-commit owns the {hook} hook; let it run ours first: "
		"cp '{own}/{hook}' '{dir}/{hook}.legacy'"},
	{"husky", {"/.husky/_", "/.husky", NULL}, NULL, {"{top}/.husky/{hook}", NULL},
		"husky owns the {hook} hook; add to .husky/{hook}: " CALL},
	{"you", {NULL}, NULL, {"{dir}/{hook}", NULL},
		"core.hooksPath of this repository is yours; add to {dir}/{hook} (an executable sh script): " CALL},
};

#define PERSON (&tools[ARRAY_LEN(tools) - 1])

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

const struct hook_tool *hook_tool_owning(const char *dir, const char *hook, bool theirs)
{
	CLEANUP(str_free) char *path = fs_join(dir, hook);

	for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
		const struct hook_tool *tool = &tools[i];

		if (tool->mark && hook_file_kind(path, hook) == HOOK_FILE_OTHER &&
			hook_file_mentions(path, tool->mark))
			return tool;
		for (size_t d = 0; theirs && tool->dirs[d]; d++)
			if (ends_with(dir, tool->dirs[d]))
				return tool;
	}
	return theirs ? PERSON : NULL;
}

static void put_text(struct buf *out, const char *text, const struct repo *repo, const char *dir,
	const char *hook)
{
	CLEANUP(buf_release) struct buf filled = BUF_INIT;
	CLEANUP(str_free) char *own = fs_join(repo->common_dir, "agent/hooks");

	buf_puts(&filled, text);
	text_replace(&filled, "{hook}", hook);
	text_replace(&filled, "{top}", repo->work_tree ? repo->work_tree : repo->git_dir);
	text_replace(&filled, "{own}", own);
	text_replace(&filled, "{dir}", dir);
	buf_add(out, filled.data, filled.len);
}

/* Appends the first file that calls us; false: none does. */
static bool find_call(const struct hook_tool *tool, const struct repo *repo, const char *dir,
	const char *hook, struct buf *out)
{
	CLEANUP(buf_release) struct buf call = BUF_INIT;

	buf_printf(&call, "agent/hooks/%s", hook);
	for (size_t i = 0; tool->files[i]; i++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT;
		enum hook_kind kind;

		put_text(&path, tool->files[i], repo, dir, hook);
		kind = hook_file_kind(path.data, hook);
		if (kind == HOOK_FILE_OURS || kind == HOOK_FILE_CURRENT ||
			hook_file_mentions(path.data, call.data)) {
			buf_add(out, path.data, path.len);
			return true;
		}
	}
	return false;
}

bool hook_tool_calls_us(
	const struct hook_tool *tool, const struct repo *repo, const char *dir, const char *hook)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	return find_call(tool, repo, dir, hook, &path);
}

void hook_tool_advice(const struct hook_tool *tool, const struct repo *repo, const char *dir,
	const char *hook, struct buf *out)
{
	put_text(out, tool->advice, repo, dir, hook);
}

void hook_tool_where(const struct hook_tool *tool, const struct repo *repo, const char *dir,
	const char *hook, struct buf *out)
{
	if (!find_call(tool, repo, dir, hook, out))
		put_text(out, tool->files[0], repo, dir, hook);
}
