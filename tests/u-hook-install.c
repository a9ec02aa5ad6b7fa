/* The hooks installer on real repositories: fresh, with hooks that were there, and under every owner of core.hooksPath. */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/hook_install.h"
#include "port/git.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char *binaries; /* where the built hooks are */
static char scratch[] = "/tmp/git-agent-hooks.XXXXXX";

static char *in(const char *dir, const char *name)
{
	return fs_join(dir, name);
}

static void put(const char *dir, const char *name, const char *text)
{
	CLEANUP(str_free) char *path = in(dir, name);
	CLEANUP(str_free) char *parent = fs_dirname(path);
	struct fault why = FAULT_INIT;

	if (fs_mkdirs(parent, 0755, &why) || fs_write(path, text, strlen(text), 0755, &why))
		printf("# %s\n", why.message);
}

static bool has(const char *dir, const char *name, const char *text)
{
	CLEANUP(str_free) char *path = in(dir, name);
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(path, &bytes, 64 << 20, &why) == 0 &&
	       memmem(bytes.data, bytes.len, text, strlen(text));
}

static bool is_there(const char *dir, const char *name)
{
	CLEANUP(str_free) char *path = in(dir, name);

	return fs_exists(path);
}

static void git(const char *dir, const char *a, const char *b, const char *c)
{
	struct git_call call = {.dir = dir};
	struct fault why = FAULT_INIT;

	if (git_do(&call, NULL, &why, a, b, c, NULL))
		printf("# git %s: %s\n", a, why.message);
}

/* A repository below the scratch directory; the caller frees its path. */
static char *make(const char *name)
{
	char *dir = in(scratch, name);

	git(scratch, "init", "-q", name);
	return dir;
}

static struct repo *opened(const char *dir)
{
	struct repo *repo = NULL;
	struct fault why = FAULT_INIT;

	if (repo_open(&repo, dir, NULL, &why)) {
		printf("Bail out! %s\n", why.message);
		exit(1);
	}
	return repo;
}

/* hook_install in a repository opened anew, as each command does: how many lines it said; -1: a fault. */
static int install(const char *dir, bool dry_run, struct buf *said)
{
	CLEANUP(repo_close) struct repo *repo = opened(dir);
	CLEANUP(vec_release) struct vec lines = VEC_INIT;
	struct fault why = FAULT_INIT;
	int done = hook_install(repo, binaries, dry_run, &lines, &why);

	buf_clear(said);
	for (size_t i = 0; i < lines.len; i++)
		buf_printf(said, "%s\n", lines.items[i]);
	if (done)
		buf_puts(said, why.message);
	return done ? -1 : (int)lines.len;
}

static int uninstall(const char *dir, bool dry_run, struct buf *said)
{
	CLEANUP(repo_close) struct repo *repo = opened(dir);
	CLEANUP(vec_release) struct vec lines = VEC_INIT;
	struct fault why = FAULT_INIT;
	int done = hook_uninstall(repo, dry_run, &lines, &why);

	buf_clear(said);
	for (size_t i = 0; i < lines.len; i++)
		buf_printf(said, "%s\n", lines.items[i]);
	return done ? -1 : (int)lines.len;
}

static bool live(const char *dir, struct buf *problem)
{
	CLEANUP(repo_close) struct repo *repo = opened(dir);

	buf_clear(problem);
	return hook_check(repo, problem);
}

static void test_fresh(void)
{
	CLEANUP(str_free) char *dir = make("fresh");
	CLEANUP(buf_release) struct buf said = BUF_INIT;

	ok(!live(dir, &said) && strstr(said.data, "not installed") &&
			strstr(said.data, "git agent init"),
		"before: not live, and what mends it");
	ok(install(dir, true, &said) == 2 && !is_there(dir, ".git/hooks/pre-push"),
		"dry run: says, writes not");
	ok(install(dir, false, &said) == 2, "two hooks are installed");
	ok(live(dir, &said) && said.len == 0, "live");
	ok(install(dir, false, &said) == 0, "again: nothing to do, nothing said");
	ok(!is_there(dir, ".git/hooks/pre-push.before-git-agent"), "it never keeps itself");
	ok(has(dir, ".git/hooks/post-commit", "git-agent-hook post-commit"), "post-commit too");
	ok(uninstall(dir, true, &said) == 2 && live(dir, &said), "dry run of the removal");
	ok(uninstall(dir, false, &said) == 2 && !is_there(dir, ".git/hooks/pre-push"), "removed");
	ok(uninstall(dir, false, &said) == 0, "again: nothing to remove");
}

static void test_kept(void)
{
	CLEANUP(str_free) char *dir = make("kept");
	CLEANUP(buf_release) struct buf said = BUF_INIT;

	put(dir, ".git/hooks/pre-push", "#!/bin/sh\n# theirs\n");
	ok(!live(dir, &said) && strstr(said.data, "not ours"), "somebody else's hook is not ours");
	ok(install(dir, false, &said) == 3 && strstr(said.data, "kept"),
		"a hook that was there is kept, and said");
	ok(has(dir, ".git/hooks/pre-push.before-git-agent", "theirs") && live(dir, &said),
		"beside ours");
	ok(install(dir, false, &said) == 0, "again: nothing");
	put(dir, ".git/hooks/pre-push", "\177ELF git-agent-hook pre-push 0.0.1\n");
	ok(!live(dir, &said) && strstr(said.data, "another version"),
		"another version is not live");
	ok(install(dir, false, &said) == 1 && strstr(said.data, "renewed") && live(dir, &said),
		"and is renewed");
	ok(has(dir, ".git/hooks/pre-push.before-git-agent", "theirs"),
		"theirs is untouched by that");
	put(dir, ".git/hooks/pre-push", "#!/bin/sh\n# another\n");
	ok(install(dir, false, &said) == -1 && strstr(said.data, "in its way"),
		"two to keep: a fault");
	ok(has(dir, ".git/hooks/pre-push", "another"), "that loses neither");
	put(dir, ".git/hooks/pre-push", "\177ELF git-agent-hook pre-push 0.0.1\n");
	ok(uninstall(dir, false, &said) > 0 && has(dir, ".git/hooks/pre-push", "theirs"),
		"theirs is back after the removal, of an old version too");
	ok(!is_there(dir, ".git/hooks/pre-push.before-git-agent"), "under its own name alone");
}

static void test_links(void)
{
	CLEANUP(str_free) char *dir = make("links");
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	CLEANUP(str_free) char *hook = in(dir, ".git/hooks/pre-push");
	CLEANUP(str_free) char *mode = in(dir, ".git/hooks/pre-push");
	struct stat st;

	put(dir, ".git/hooks/x", "");
	ok(symlink("/nowhere", hook) == 0 && !live(dir, &said), "a dangling link is not live");
	ok(install(dir, false, &said) == 3 && live(dir, &said), "it is kept like any hook");
	ok(lstat(hook, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0755,
		"ours is a file, 755");
	ok(chmod(mode, 0644) == 0 && !live(dir, &said) && strstr(said.data, "executed"),
		"one that may not be executed is not live");
	ok(install(dir, false, &said) == 1 && live(dir, &said), "installing mends it");
}

static void test_outside(void)
{
	CLEANUP(str_free) char *dir = make("outside");
	CLEANUP(str_free) char *global = in(scratch, "global");
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	enum hook_place place;

	put(global, "pre-push", "#!/bin/sh\n");
	put(global, "reference-transaction", "#!/bin/sh\n");
	struct git_call call = {.dir = dir};
	struct fault why = FAULT_INIT;

	git_do(&call, NULL, &why, "config", "--global", "core.hooksPath", global, NULL);
	{
		CLEANUP(repo_close) struct repo *repo = opened(dir);

		ok(hook_place(repo, &place, &why) == 0 && place == HOOK_PLACE_OUTSIDE,
			"set outside");
	}
	ok(install(dir, false, &said) == 4 && live(dir, &said), "installed with forwarders");
	ok(has(dir, ".git/agent/hooks/commit-msg", "git-agent-hook forward") &&
			has(dir, ".git/agent/hooks/pre-push.before-git-agent",
				"git-agent-hook forward"),
		"for every hook, ours too");
	ok(is_there(dir, ".git/agent/hooks/reference-transaction") &&
			!is_there(dir, ".git/agent/hooks/push-to-checkout"),
		"a hook whose presence has effects is forwarded only where it exists");
	ok(has(dir, ".git/config", "agent/hooks"), "a local core.hooksPath");
	ok(install(dir, false, &said) == 0 && live(dir, &said), "again: nothing");
	ok(uninstall(dir, false, &said) == 2 && !has(dir, ".git/config", "hooksPath") &&
			!is_there(dir, ".git/agent/hooks"),
		"the removal unsets it");
	git_do(&call, NULL, &why, "config", "--global", "--unset-all", "core.hooksPath", NULL);
}

/* A tool's hooks directory gets nothing; the line it needs is said until it stands there. */
static void test_owned(const char *name, const char *path, const char *hook, const char *text,
	const char *config, const char *line)
{
	CLEANUP(str_free) char *dir = make(name);
	CLEANUP(buf_release) struct buf said = BUF_INIT;

	put(dir, hook, text);
	if (path)
		git(dir, "config", "core.hooksPath", path);
	ok(install(dir, false, &said) >= 2 && strstr(said.data, name), "%s: says who owns the hook",
		name);
	ok(strstr(said.data, "agent/hooks/pre-push") != NULL, "%s: and the line to add", name);
	ok(has(dir, hook, text) && !has(dir, hook, "git-agent-hook"),
		"%s: nothing of theirs is written", name);
	ok(!live(dir, &said), "%s: not live yet", name);
	put(dir, config, line);
	ok(live(dir, &said), "%s: live with the line", name);
	ok(install(dir, false, &said) >= 0 && !strstr(said.data, "the pre-push hook"),
		"%s: which is asked for no more", name);
	ok(uninstall(dir, false, &said) > 0 && strstr(said.data, "left to you"),
		"%s: the removal names it", name);
}

static void test_places(void)
{
	CLEANUP(str_free) char *dir = make("places");
	CLEANUP(str_free) char *linked = in(scratch, "linked");
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	struct git_call call = {.dir = dir};
	struct fault why = FAULT_INIT;

	git_do(&call, NULL, &why, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q",
		"--allow-empty", "-m", "x", NULL);
	git_do(&call, NULL, &why, "worktree", "add", "-q", linked, NULL);
	ok(install(linked, false, &said) == 2, "from a linked worktree");
	ok(live(dir, &said) && live(linked, &said), "the hooks are everybody's");
	git(dir, "config", "core.hooksPath", ".git/hooks");
	ok(install(dir, false, &said) == 0 && live(dir, &said),
		"core.hooksPath that says the default is the default");
	git_do(&call, NULL, &why, "clone", "-q", "--bare", ".", "../bare", NULL);
	CLEANUP(str_free) char *bare = in(scratch, "bare");

	ok(install(bare, false, &said) == 2 && live(bare, &said), "a bare repository");
}

int main(void)
{
	const char *build = getenv("GIT_AGENT_BUILD");
	struct fault why = FAULT_INIT;

	if (!build || !mkdtemp(scratch)) {
		puts("Bail out! GIT_AGENT_BUILD does not name the build");
		return 1;
	}
	binaries = in(build, "libexec/git-agent/hooks");
	setenv("HOME", scratch, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	unsetenv("XDG_CONFIG_HOME");
	test_fresh();
	test_kept();
	test_links();
	test_outside();
	test_owned("husky", ".husky/_", ".husky/_/pre-push",
		"#!/bin/sh\n. \"$(dirname \"$0\")/h\"\n", ".husky/pre-push",
		"agent/hooks/pre-push\n");
	test_owned("lefthook", NULL, ".git/hooks/pre-push",
		"#!/bin/sh\ncall_lefthook run pre-push\n", "lefthook.yml",
		"run: agent/hooks/pre-push\n");
	test_owned("pre-commit", NULL, ".git/hooks/pre-push",
		"#!/bin/sh\n# File generated by pre-commit: "
		"https://pre-commit.com\n",
		".git/hooks/pre-push.legacy", "\177ELF git-agent-hook pre-push " VERSION "\n");
	test_owned("core.hooksPath", "mine", "mine/pre-push", "#!/bin/sh\n# mine\n",
		"mine/pre-push", "#!/bin/sh\nagent/hooks/pre-push\n");
	test_places();
	fs_remove(scratch, &why);
	str_free(&binaries);
	return tap_done();
}
