/* The pair tree/ + git/: a checkout with a git directory of its own that borrows the repository's objects. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/fs_below.h"
#include "core/alternates.h"
#include "core/safe_config.h"
#include "core/workspace.h"
#include "port/git.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_FILE_MAX (16 * 1024 * 1024)
#define FAR_OFF        2145916800 /* seconds since 1970: in 2038 */

/* What a tree's .git says. */
static const char link_text[] = "gitdir: ../git\n";

void checkout_release(struct checkout *c)
{
	str_free(&c->path);
	str_free(&c->cache);
	str_free(&c->tree);
	str_free(&c->git);
	git_child_free(&c->filling);
	str_free(&c->home);
	str_free(&c->tmp);
}

/* Whether names are told apart by case is for the file system of the checkout to say, as at `git init`. */
static bool ignores_case(const struct checkout *c)
{
	CLEANUP(str_free) char *other = fs_join(c->git, "INFO");

	return fs_exists(other);
}

static int write_config(const struct checkout *c, const struct workspace *w,
	const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(c->git, "config");
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_printf(&text,
		"[core]\n\trepositoryformatversion = %d\n\tbare = false\n\tworktree = ../tree\n"
		"\tlogallrefupdates = true\n\tignorecase = %s\n",
		repo->sha256 ? 1 : 0, ignores_case(c) ? "true" : "false");
	if (repo->sha256)
		buf_puts(&text, "[extensions]\n\tobjectformat = sha256\n");
	buf_puts(&text,
		"[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[commit]\n\tgpgsign = false\n"
		"[tag]\n\tgpgsign = false\n");
	safe_config_put(repo, &text);
	filters_write(&w->filters, &text);
	return fs_write_derived(path, text.data, text.len, why);
}

static int put_alternates(const struct repo *repo, struct buf *out, struct fault *why)
{
	CLEANUP(str_free) char *objects = fs_join(repo->common_dir, "objects");
	CLEANUP(vec_release) struct vec all = VEC_INIT;

	if (alternates_find(objects, &all, why) < 0)
		return -1;
	alternates_write(&all, out);
	return 0;
}

static int write_alternates(const struct checkout *c, const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(c->git, "objects/info/alternates");
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	return put_alternates(repo, &text, why) < 0
		       ? -1
		       : fs_write_derived(path, text.data, text.len, why);
}

/* Tags and remote-tracking refs, read once per run; the base's branch is added per checkout. */
static int read_refs(struct workspace *w, const struct repo *repo, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf refs = BUF_INIT;

	if (w->refs)
		return 0;
	if (git_do(&call, &refs, why, "for-each-ref", "--format=%(objectname) %(refname)",
		    "refs/tags", "refs/remotes", NULL) < 0)
		return -1;
	w->refs = buf_take(&refs);
	return 0;
}

static int write_refs(const struct checkout *c, struct workspace *w, const struct repo *repo,
	const char *commit, const char *branch, struct fault *why)
{
	CLEANUP(str_free)
	char *packed = fs_join(c->git, "packed-refs"), *head = fs_join(c->git, "HEAD");
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (read_refs(w, repo, why) < 0)
		return -1;
	if (branch)
		buf_printf(&text, "%s refs/heads/%s\n", commit, branch);
	buf_puts(&text, w->refs);
	if (fs_write_derived(packed, text.data, text.len, why) < 0)
		return -1;
	buf_clear(&text);
	if (branch)
		buf_printf(&text, "ref: refs/heads/%s\n", branch);
	else
		buf_printf(&text, "%s\n", commit);
	return fs_write_derived(head, text.data, text.len, why);
}

/* Appends a file if it is there. */
static int add_file(const char *path, struct buf *out, struct fault *why)
{
	if (fs_read(path, out, SMALL_FILE_MAX, why) < 0)
		return -1;
	if (out->len && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	return 0;
}

/* info/<name> of the private directory: the user's own rules, then the repository's. */
static int write_info(const struct checkout *c, const struct repo *repo, const char *key,
	const char *global_name, const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf global = BUF_INIT, path = BUF_INIT, text = BUF_INIT;

	safe_config_file(repo, key, global_name, &global);
	buf_printf(&path, "%s/info/%s", repo->common_dir, name);
	if ((global.len && add_file(global.data, &text, why) < 0) ||
		add_file(path.data, &text, why) < 0)
		return -1;
	buf_clear(&path);
	buf_printf(&path, "%s/info/%s", c->git, name);
	return text.len ? fs_write_derived(path.data, text.data, text.len, why) : 0;
}

/* Copies a small file of the repository's git directory to the private one if it is there. */
static int copy_small(const char *from_dir, const char *to_dir, const char *name, struct fault *why)
{
	CLEANUP(str_free) char *from = fs_join(from_dir, name), *to = fs_join(to_dir, name);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int found = fs_read(from, &text, SMALL_FILE_MAX, why);

	return found ? (found < 0 ? -1 : 0) : fs_write_derived(to, text.data, text.len, why);
}

static int write_git_dir(const struct checkout *c, struct workspace *w, const struct repo *repo,
	const char *commit, const char *branch, struct fault *why)
{
	static const char *const dirs[] = {
		"objects/info", "objects/pack", "refs/heads", "refs/tags", "info"};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		CLEANUP(str_free) char *dir = fs_join(c->git, dirs[i]);

		if (fs_mkdirs(dir, 0700, why) < 0)
			return -1;
	}
	if (write_config(c, w, repo, why) < 0 || write_alternates(c, repo, why) < 0 ||
		write_refs(c, w, repo, commit, branch, why) < 0 ||
		write_info(c, repo, "core.excludesfile", "ignore", "exclude", why) < 0 ||
		write_info(c, repo, "core.attributesfile", "attributes", "attributes", why) < 0)
		return -1;
	if (repo->shallow && copy_small(repo->common_dir, c->git, "shallow", why) < 0)
		return -1;
	return repo->sparse ? copy_small(repo->git_dir, c->git, "info/sparse-checkout", why) : 0;
}

/* "filter.<name>.process" -> the length of "filter.<name>"; 0: another key. */
static size_t filter_stem(const char *key)
{
	const char *last = strrchr(key, '.');

	if (strncmp(key, "filter.", 7) != 0 || last < key + 7)
		return 0;
	return (size_t)(last - key);
}

static void put_env_config(struct vec *env, int *count, const char *key, const char *value)
{
	vec_pushf(env, "GIT_CONFIG_KEY_%d=%s", *count, key);
	vec_pushf(env, "GIT_CONFIG_VALUE_%d=%s", *count, value);
	++*count;
}

void checkout_quiet_env(const struct repo *repo, struct vec *env)
{
	static const char *const always[][2] = {{"core.hooksPath", "/dev/null"},
		{"core.fsmonitor", "false"}, {"submodule.recurse", "false"},
		{"core.splitIndex", "false"}, {"core.untrackedCache", "false"},
		{"index.sparse", "false"}, {"checkout.workers", "2"},
		{"checkout.thresholdForParallelism",
			"300"}}; /* below it a worker costs more than it brings */
	int count = 0;

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		put_env_config(env, &count, always[i][0], always[i][1]);
	for (size_t i = 0; i < repo->config_len; i++) {
		const char *key = repo->config[i].key;
		size_t stem = filter_stem(key);

		if (stem)
			put_env_config(env, &count, key,
				!strcasecmp(key + stem, ".required") ? "false" : "");
	}
	vec_pushf(env, "GIT_CONFIG_COUNT=%d", count);
}

/* git, at work in the checkout with the repository's objects; `env` is the caller's to release. */
static struct git_call call_for(
	const struct checkout *c, const struct repo *repo, const char *index, struct vec *env)
{
	checkout_quiet_env(repo, env);
	return (struct git_call){.git_dir = repo->git_dir,
		.work_tree = c->tree,
		.index = index,
		.dir = c->tree,
		.env = (const char *const *)env->items};
}

static int populate(
	struct checkout *c, const struct repo *repo, const char *commit, struct fault *why)
{
	const char *const words[] = {"read-tree", "--reset", "-u", commit, NULL};
	CLEANUP(str_free) char *index = fs_join(c->git, "index");
	CLEANUP(vec_release) struct vec env = VEC_INIT, args = VEC_INIT;
	struct git_call call = call_for(c, repo, index, &env);

	vec_push_all(&args, words);
	return git_start(&call, &args, false, &c->filling, why);
}

int checkout_widen(const struct checkout *c, const struct repo *repo, const char *commit,
	const struct repo_changes *changes, struct fault *why)
{
	CLEANUP(str_free) char *index = fs_join(c->git, "index");
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(buf_release) struct buf paths = BUF_INIT;
	struct git_call call;

	for (size_t i = 0; repo->sparse && i < changes->len; i++)
		if (changes->items[i].new_mode)
			buf_add(&paths, changes->items[i].path, strlen(changes->items[i].path) + 1);
	if (!paths.len)
		return 0;
	vec_push(&env, "GIT_LITERAL_PATHSPECS=1");
	call = call_for(c, repo, index, &env);
	call.input = paths.data;
	call.input_len = paths.len;
	return git_do(&call, NULL, why, "checkout", "-q", "--ignore-skip-worktree-bits",
		"--pathspec-from-file=-", "--pathspec-file-nul", commit, NULL);
}

int checkout_fill(
	struct checkout *c, const struct repo *repo, const char *commit, struct fault *why)
{
	if (fs_mkdirs(c->tree, 0700, why) < 0 || fs_mkdirs(c->git, 0700, why) < 0)
		return -1;
	return populate(c, repo, commit, why);
}

void checkout_name(struct checkout *c, const struct workspace *w, const char *name)
{
	*c = (struct checkout){.path = name[0] ? fs_join(w->path, name) : xstrdup(w->path)};
	c->cache = fs_join(c->path, "cache");
	c->tree = fs_join(c->path, "tree");
	c->git = fs_join(c->path, "git");
	c->home = fs_join(c->path, "home");
	c->tmp = fs_join(c->path, "tmp");
}

int checkout_relink(const struct checkout *c, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(c->tree, ".git");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		fs_read(path, &text, sizeof link_text, &ignored) == 0 &&
		!strcmp(text.data, link_text))
		return 0;
	if (fs_remove(path, why) < 0)
		return -1;
	return fs_write_derived(path, link_text, sizeof link_text - 1, why);
}

int checkout_borrow(const struct checkout *c, const struct repo *repo, struct fault *why)
{
	static const char path[] = "objects/info/alternates";
	CLEANUP(fd_close) int dir = fs_open_parent(c->git, path, true);
	CLEANUP(buf_release) struct buf text = BUF_INIT, old = BUF_INIT;
	struct stat st;

	if (dir < 0)
		return fault_errno(why, "cannot open the directory of '%s/%s'", c->git, path);
	if (put_alternates(repo, &text, why) < 0)
		return -1;
	if (fs_read_at(dir, fs_basename(path), &old, text.len, &st) == 0 &&
		!strcmp(old.data, text.data))
		return 0;
	st = (struct stat){.st_mode = 0644, .st_uid = geteuid(), .st_gid = getegid()};
	if (fs_replace_at(dir, fs_basename(path), text.data, text.len, &st) < 0)
		return fault_errno(why, "cannot write '%s/%s'", c->git, path);
	return 0;
}

int checkout_start(struct checkout *c, struct workspace *w, struct repo *repo, const char *name,
	const char *commit, const char *branch, struct fault *why)
{
	CLEANUP(str_free) char *link_path = NULL;

	checkout_name(c, w, name);
	link_path = fs_join(c->tree, ".git");
	/* The tree fills while the rest is written: git needs nothing of the private directory but a place for its index. */
	if (checkout_fill(c, repo, commit, why) < 0 || fs_mkdirs(c->home, 0700, why) < 0 ||
		fs_mkdirs(c->tmp, 0700, why) < 0 ||
		write_git_dir(c, w, repo, commit, branch, why) < 0 ||
		fs_write_derived(link_path, link_text, sizeof link_text - 1, why) < 0)
		return fault_wrap(why, "cannot check out %.7s in '%s'", commit, c->path);
	return 0;
}

int checkout_finish(struct checkout *c, struct fault *why)
{
	if (c->filling && git_finish(&c->filling, NULL, why) < 0)
		return fault_wrap(why, "cannot check out in '%s'", c->path);
	return 0;
}

int checkout_create(struct checkout *c, struct workspace *w, struct repo *repo, const char *name,
	const char *commit, const char *branch, struct fault *why)
{
	if (checkout_start(c, w, repo, name, commit, branch, why) < 0)
		return -1;
	return checkout_finish(c, why);
}

int checkout_ignore(const struct checkout *c, const struct workspace *w, const struct vec *patterns,
	struct fault *why)
{
	CLEANUP(str_free)
	char *list = fs_join(c->git, "info/layer"), *config = fs_join(c->git, "config");
	CLEANUP(str_free) char *inside = fs_join(w->inner, "git/info/layer");
	CLEANUP(buf_release) struct buf text = BUF_INIT, settings = BUF_INIT;

	if (!patterns->len)
		return 0;
	for (size_t i = 0; i < patterns->len; i++)
		buf_printf(&text, "%s\n", patterns->items[i]);
	if (fs_read(config, &settings, SMALL_FILE_MAX, why) < 0)
		return -1;
	buf_puts(&settings, "[core]\n\texcludesFile = ");
	safe_config_value(inside, &settings);
	if (fs_write_derived(list, text.data, text.len, why) < 0)
		return -1;
	return fs_write_derived(config, settings.data, settings.len, why);
}

bool checkout_changes_rules(const struct repo_changes *changes)
{
	for (size_t i = 0; i < changes->len; i++) {
		const char *slash = strrchr(changes->items[i].path, '/');

		if (!strcasecmp(slash ? slash + 1 : changes->items[i].path, ".gitattributes"))
			return true;
	}
	return false;
}

void checkout_trust_index(const struct checkout *c)
{
	const struct timespec never = {FAR_OFF, 0}, times[] = {never, never};
	CLEANUP(str_free) char *index = fs_join(c->git, "index");

	utimensat(AT_FDCWD, index, times, AT_SYMLINK_NOFOLLOW);
}

int checkout_switch(struct checkout *c, const struct repo *repo, const char *commit,
	const struct repo_changes *changes, struct fault *why)
{
	CLEANUP(str_free) char *head = fs_join(c->git, "HEAD");
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (checkout_changes_rules(changes))
		return 1;
	buf_printf(&text, "%s\n", commit);
	checkout_trust_index(c);
	if (fs_write_derived(head, text.data, text.len, why) < 0 ||
		populate(c, repo, commit, why) < 0)
		return fault_wrap(why, "cannot check out %.7s in '%s'", commit, c->path);
	return 0;
}
