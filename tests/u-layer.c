/* Which layer a commit wants: what makes it another, and what does not. And what of a commit setup has read. */
#include "core/layer_reads.h"
#include "u-repo.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

static struct workspace work;
static struct policy policy;
static char *rows;

/* The key of a commit, or "" where setup runs in each checkout; lives until the next but three. */
static const char *key_of(struct repo *repo, const char *rev, bool foreign)
{
	static char keys[4][HASH_HEX_SIZE];
	static int next;
	CLEANUP(layer_release) struct layer l;
	struct fault why = FAULT_INIT;
	char oid[OID_MAX];

	layer_init(&l);
	l.foreign = foreign;
	if (repo_commit(repo, rev, oid, &why) ||
		layer_name(&l, &work, repo, &policy, oid, &why) < 0)
		bail(rev, why.message);
	next = (next + 1) % 4;
	snprintf(keys[next], sizeof keys[next], "%s", l.key);
	return keys[next];
}

static bool same(const char *a, const char *b)
{
	return *a && !strcmp(a, b);
}

static bool differs(const char *a, const char *b)
{
	return *a && *b && strcmp(a, b) != 0;
}

static void set(const char *text)
{
	struct fault why = FAULT_INIT;

	policy_release(&policy);
	policy_init(&policy);
	if (policy_read(&policy, text, strlen(text), "policy", &why) < 0)
		bail("policy", why.message);
}

static void make_repo(void)
{
	git(".", "init", "-q", "repo");
	put_file("repo/package-lock.json", "1");
	put_file("repo/src/a", "a");
	git("repo", "add", "-A");
	git("repo", "commit", "-q", "-m", "first");
	git("repo", "tag", "first");
	put_file("repo/src/a", "b");
	git("repo", "commit", "-qam", "source");
	git("repo", "tag", "source");
	put_file("repo/sub/Cargo.lock", "1");
	git("repo", "add", "-A");
	git("repo", "commit", "-qm", "input");
	git("repo", "tag", "input");
	git("repo", "checkout", "-q", "--orphan", "none");
	git("repo", "rm", "-rqf", ".");
	put_file("repo/only", "1");
	git("repo", "add", "-A");
	git("repo", "commit", "-qm", "none");
	put_file("repo/only", "2");
	git("repo", "commit", "-qam", "none");
}

static void test_key(struct repo *repo)
{
	static const char setup[] = "[worktree]\nsetup = make\ncopy = mine.env\n";
	const char *first;
	char kept[HASH_HEX_SIZE];

	set("[gate \"x\"]\nrun = true\n");
	ok(!*key_of(repo, "first", false), "no setup, no layer");
	set(setup);
	first = key_of(repo, "first", false);
	snprintf(kept, sizeof kept, "%s", first);
	ok(same(kept, key_of(repo, "first", false)), "the same wants the same");
	ok(same(kept, key_of(repo, "source", false)), "what is no input does not count");
	ok(differs(kept, key_of(repo, "input", false)), "another input does, wherever it is");
	ok(differs(key_of(repo, "none", false), key_of(repo, "none~1", false)),
		"without any input each tree wants its own");
	ok(differs(key_of(repo, "first", true), key_of(repo, "source", true)) &&
			differs(kept, key_of(repo, "first", true)),
		"so does a commit that is nobody's base");
	set("[worktree]\nsetup = make\nsetup = make more\ncopy = mine.env\n");
	ok(differs(kept, key_of(repo, "first", false)), "other commands");
	set("[worktree]\nsetup = make\nsetup.network = none\ncopy = mine.env\n");
	ok(differs(kept, key_of(repo, "first", false)), "another network");
	set("[worktree]\nsetup = make\nsetup.inputs = src/\ncopy = mine.env\n");
	ok(differs(key_of(repo, "first", false), key_of(repo, "source", false)),
		"inputs of one's own");
	set(setup);
	put_file("repo/mine.env", "x");
	ok(differs(kept, key_of(repo, "first", false)), "a file that is copied");
	unlink("repo/mine.env");
}

static void test_tools(struct repo *repo)
{
	CLEANUP(str_free) char *bin = in_scratch("bin"), *tool = in_scratch("bin/a-tool");
	CLEANUP(str_free) char *path = xstrdup(getenv("PATH")), *inner = work.inner;
	CLEANUP(buf_release) struct buf longer = BUF_INIT;
	char kept[HASH_HEX_SIZE];

	snprintf(kept, sizeof kept, "%s", key_of(repo, "first", false));
	put_file("bin/a-tool", "#!/bin/sh\n");
	chmod(tool, 0755);
	buf_printf(&longer, "%s:%s", bin, path);
	setenv("PATH", longer.data, 1);
	ok(differs(kept, key_of(repo, "first", false)), "another program of a toolchain");
	setenv("PATH", path, 1);
	ok(same(kept, key_of(repo, "first", false)), "and the same again without it");
	work.copies = -work.copies;
	ok(differs(kept, key_of(repo, "first", false)), "copied or not");
	work.copies = -work.copies;
	work.inner = xstrdup("/another/place");
	ok(differs(kept, key_of(repo, "first", false)), "another path inside");
	str_free(&work.inner);
	work.inner = inner;
	inner = NULL;
}

/* A tree on disk whose times of access are set: those of the reads are later than the rest. */
static void touch(const char *path, time_t when)
{
	CLEANUP(str_free) char *full = in_scratch(path);
	const struct timespec times[] = {{when, 0}, {1, 0}};

	if (utimensat(AT_FDCWD, full, times, 0) < 0)
		bail(path, "has no times");
}

static bool has(const struct buf *list, const char *path)
{
	for (const char *at = list->data, *end = at + list->len; at < end; at += strlen(at) + 1)
		if (*at == 'r' && strchr(at, ' ') && !strcmp(strchr(at, ' ') + 1, path))
			return true;
	return false;
}

static void put_tree(struct buf *out, const char *const *lines)
{
	buf_clear(out);
	for (; *lines; lines++)
		buf_add(out, *lines, strlen(*lines) + 1);
}

static void test_reads(void)
{
	static const char *const paths[] = {
		"tree", "tree/a", "tree/d", "tree/d/b", "tree/d/e", "tree/d/e/f", "tree/x"};
	static const char *const first[] = {"100644 blob 1111\ta", "100644 blob 2222\td/b",
		"100644 blob 3333\td/e/f", "100644 blob 4444\tx", NULL};
	static const char *const other[] = {"100644 blob 9999\ta", "100644 blob 2222\td/b",
		"100644 blob 3333\td/e/f", "100644 blob 4444\tx", NULL};
	static const char *const more[] = {"100644 blob 1111\ta", "100644 blob 2222\td/b",
		"100644 blob 3333\td/e/f", "100644 blob 5555\td/g", "100644 blob 4444\tx", NULL};
	static const char *const deeper[] = {"100644 blob 1111\ta", "100644 blob 2222\td/b",
		"100644 blob 3333\td/e/f", "100644 blob 6666\td/e/h", "100644 blob 4444\tx", NULL};
	static const char *const gone[] = {
		"100644 blob 1111\ta", "100644 blob 3333\td/e/f", "100644 blob 4444\tx", NULL};
	CLEANUP(layer_release) struct layer l;
	CLEANUP(buf_release) struct buf list = BUF_INIT, tree = BUF_INIT;
	CLEANUP(str_free) char *top = in_scratch("tree"), *was = NULL;
	struct checkout c = {.tree = top};

	layer_init(&l);
	for (size_t i = 1; i < ARRAY_LEN(paths); i++)
		if (!strchr("d", paths[i][5]) || strchr("bf", paths[i][strlen(paths[i]) - 1]))
			put_file(paths[i], "x");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		touch(paths[i], 1000);
	touch("tree/d", 2000);
	touch("tree/d/b", 3000);
	put_tree(&l.tree, first);
	layer_reads_note(&l, &c, (struct timespec){2000, 0}, &list);
	ok(has(&list, "d/") && has(&list, "d/b"), "what was listed, and what was read");
	ok(!has(&list, "/") && !has(&list, "a") && !has(&list, "d/e/") && !has(&list, "x"),
		"and nothing else");
	for (const char *at = list.data, *end = at + list.len; at < end; at += strlen(at) + 1)
		vec_push(&l.reads, at + 1);
	ok(layer_reads_same(&l, &l.tree), "it is the same in its own commit");
	put_tree(&tree, other);
	ok(layer_reads_same(&l, &tree), "and where something else is another");
	put_tree(&tree, deeper);
	ok(layer_reads_same(&l, &tree), "or new in a directory that was not listed");
	put_tree(&tree, more);
	ok(!layer_reads_same(&l, &tree), "not where a listed one has a new name");
	put_tree(&tree, gone);
	ok(!layer_reads_same(&l, &tree), "nor where a file is gone");
	snprintf(l.key, sizeof l.key, "%064d", 1);
	l.path = in_scratch("layers/0000");
	layer_reads_vary(&l);
	was = xstrdup(l.path);
	ok(strstr(was, "/layers/") && !strstr(was, "0000000000000000"), "it has another name: %s",
		was);
	snprintf(l.key, sizeof l.key, "%064d", 1);
	put_tree(&l.tree, more);
	layer_reads_vary(&l);
	ok(strcmp(was, l.path) != 0, "one for each of what it reads");
}

int main(void)
{
	struct repo *repo;

	scratch_make();
	if (chdir(scratch) < 0)
		bail(scratch, "is not there");
	put_file("rows.ini", "[a]\nprogram = a-tool\n");
	rows = in_scratch("rows.ini");
	sandbox_set_toolchains(rows);
	make_repo();
	repo = open_as("repo", NULL);
	workspace_at(&work, scratch);
	work.level = sandbox_reach();
	work.copies = 1;
	policy_init(&policy);
	if (sandbox_has_places(work.level)) {
		test_key(repo);
		test_tools(repo);
	} else {
		set("[worktree]\nsetup = make\n");
		ok(!*key_of(repo, "first", false), "without namespaces there is no layer");
	}
	test_reads();
	policy_release(&policy);
	workspace_release(&work);
	repo_close(&repo);
	scratch_remove();
	str_free(&rows);
	return tap_done();
}
