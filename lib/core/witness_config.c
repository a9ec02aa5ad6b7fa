/* The configuration of a repository, by what it says: git rewrites the file, and writes some of it by itself. */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/witness_private.h"
#include "port/git.h"
#include "port/regex.h"

#include <string.h>

#define CONFIG_MAX ((size_t)16 << 20)

void witness_config_release(struct config_texts *c)
{
	buf_release(&c->config);
	buf_release(&c->worktree);
}

int witness_config_take(struct config_texts *c, const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *config = fs_join(repo->common_dir, "config");
	CLEANUP(str_free) char *worktree = fs_join(repo->common_dir, "config.worktree");

	return fs_read(config, &c->config, CONFIG_MAX, why) < 0 ||
			       fs_read(worktree, &c->worktree, CONFIG_MAX, why) < 0
		       ? -1
		       : 0;
}

/* What programs write there while a person works: names of branches' upstreams, windows' sizes, how a server is logged in to. */
static const char *const passing[] = {
	"\\Abranch\\.[^\\n]*\\.(remote|pushremote|merge|rebase|description|vscode-merge-base)\\n",
	"\\Abranch\\.[^\\n]*\\.(gh-merge-base|github-pr-[a-z-]*)\\n",
	"\\Agui\\.[a-z]+\\n",
	"\\Alfs\\.repositoryformatversion\\n",
	"\\Alfs\\.[^\\n]*\\.(access|locksverify)\\n",
};

/* A branch may come to follow a remote there is; else it would be pushed where the entry says. */
static bool names_known_remote(const struct repo *repo, const char *entry)
{
	const char *value = strchr(entry, '\n');
	CLEANUP(buf_release) struct buf key = BUF_INIT;

	if (!regex_search("\\Abranch\\.[^\\n]*\\.(remote|pushremote)\\n", entry, strlen(entry)))
		return true;
	buf_printf(&key, "remote.%s.url", value ? value + 1 : "");
	return (value && !strcmp(value + 1, ".")) || repo_config(repo, key.data);
}

static bool is_passing(const struct repo *repo, const char *entry)
{
	for (size_t i = 0; i < ARRAY_LEN(passing); i++)
		if (regex_search(passing[i], entry, strlen(entry)))
			return names_known_remote(repo, entry);
	return false;
}

/* Its entries, "key\nvalue" each, in git's own reading of it and no other file. 1: git cannot read it. */
static int list(const struct buf *text, struct vec *entries, struct fault *why)
{
	struct git_call call = {.dir = "/", .input = text->data, .input_len = text->len};
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	static const char *const words[] = {
		"config", "--file", "-", "--no-includes", "--null", "--list", NULL};
	int code;

	if (!text->len)
		return 0;
	vec_push_all(&args, words);
	if (git_run(&call, &args, &out, NULL, &code, why) < 0)
		return -1;
	for (const char *at = out.data, *end = at + out.len; at < end; at += strlen(at) + 1)
		vec_push(entries, at);
	return code != 0;
}

static void tell(const char *file, const char *entry, const char *how, struct witness_changes *out)
{
	CLEANUP(buf_release) struct buf what = BUF_INIT;

	/* Of an address the password would be shown. */
	buf_printf(&what, "%s: %.*s %s", file, (int)strcspn(entry, "\n"), entry, how);
	witness_add(out, what.data, NULL);
}

/* Without what only passes by. */
static void keep_lasting(struct vec *entries, const struct repo *repo)
{
	CLEANUP(vec_release) struct vec kept = VEC_INIT;

	for (size_t i = 0; i < entries->len; i++)
		if (!is_passing(repo, entries->items[i]))
			vec_push(&kept, entries->items[i]);
	vec_copy(entries, &kept);
}

static bool same(const struct vec *a, const struct vec *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return a->len == b->len;
}

/* The order counts too: the last of two values is the one in force. */
static void compare(const char *file, struct vec *before, struct vec *after,
	const struct repo *repo, struct witness_changes *out)
{
	size_t told = out->len;

	keep_lasting(before, repo);
	keep_lasting(after, repo);
	if (same(before, after))
		return;
	for (size_t i = 0; i < after->len; i++)
		if (!vec_has(before, after->items[i]))
			tell(file, after->items[i], "was set", out);
	for (size_t i = 0; i < before->len; i++)
		if (!vec_has(after, before->items[i]))
			tell(file, before->items[i], "is not what it was", out);
	if (out->len == told)
		tell(file, "entries", "were repeated or moved", out);
}

static int compare_file(const char *file, const struct buf *before, const struct buf *after,
	const struct repo *repo, struct witness_changes *out, struct fault *why)
{
	CLEANUP(vec_release) struct vec old = VEC_INIT;
	CLEANUP(vec_release) struct vec new = VEC_INIT;
	CLEANUP(buf_release) struct buf what = BUF_INIT;
	int unreadable;

	if (before->len == after->len && !memcmp(before->data, after->data, before->len))
		return 0;
	unreadable = list(before, &old, why);
	if (!unreadable)
		unreadable = list(after, &new, why);
	if (unreadable < 0)
		return -1;
	if (unreadable) {
		buf_printf(&what, "%s was changed, and git cannot read it", file);
		witness_add(out, what.data, NULL);
		return 0;
	}
	compare(file, &old, &new, repo, out);
	return 0;
}

int witness_config_compare(const struct config_texts *before, const struct config_texts *after,
	const struct repo *repo, struct witness_changes *out, struct fault *why)
{
	if (compare_file("config", &before->config, &after->config, repo, out, why) < 0)
		return -1;
	return compare_file("config.worktree", &before->worktree, &after->worktree, repo, out, why);
}
