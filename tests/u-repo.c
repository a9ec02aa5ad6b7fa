/* Opening a repository as git finds it, its configuration, and refs moved by compare and swap. */
#include "u-repo.h"

#include <signal.h>
#include <sys/stat.h>

static const struct repo_reader *const readers[] = {&repo_reader_git, &repo_reader_libgit2};

static void make_repo(const char *dir)
{
	CLEANUP(buf_release) struct buf file = BUF_INIT;

	git(".", "init", "-q", dir);
	for (int i = 1; i <= 3; i++) {
		buf_clear(&file);
		buf_printf(&file, "%s/file%d", dir, i);
		put_file(file.data, "text\n");
		git(dir, "add", ".");
		git(dir, "commit", "-qm", file.data);
	}
}

static void enter(const char *path)
{
	CLEANUP(str_free) char *full = in_scratch(path);

	if (chdir(full) < 0)
		bail(full, "cannot be entered");
}

/* The path below the scratch directory, NULL for NULL. */
static const char *below(const char *path)
{
	return path ? path + strlen(scratch) + 1 : NULL;
}

static void check_place(const char *dir, const char *git_dir, const char *common,
	const char *work_tree, const char *prefix, const char *repo_name)
{
	CLEANUP(repo_close) struct repo *repo = NULL;
	struct fault why = FAULT_INIT;

	if (!ok(repo_open(&repo, dir, NULL, &why) == 0, "it opens: %s", why.message))
		return;
	is(below(repo->git_dir), git_dir, "git directory");
	is(below(repo->common_dir), common, "common directory");
	is(below(repo->work_tree), work_tree, "work tree");
	is(repo->prefix, prefix, "prefix");
	is(repo->name, repo_name, "name");
}

static void test_places(void)
{
	CLEANUP(str_free) char *elsewhere = in_scratch("one/a/b");

	make_repo("one");
	put_file("one/a/b/x", "");
	enter("one");
	check_place(NULL, "one/.git", "one/.git", "one", "", "one");
	enter("one/a/b");
	check_place(NULL, "one/.git", "one/.git", "one", "a/b/", "one");
	check_place("..", "one/.git", "one/.git", "one", "a/", "one");
	enter(".");
	check_place(elsewhere, "one/.git", "one/.git", "one", "a/b/", "one");
	enter("one/.git");
	check_place(NULL, "one/.git", "one/.git", NULL, "", "one");
	enter("one/.git/refs");
	check_place(NULL, "one/.git", "one/.git", NULL, "", "one");
	git(".", "clone", "-q", "--bare", "one", "two.git");
	enter("two.git");
	check_place(NULL, "two.git", "two.git", NULL, "", "two");
	git("one", "worktree", "add", "-q", "-b", "side", "../side");
	enter("side");
	check_place(NULL, "one/.git/worktrees/side", "one/.git", "side", "", "one");
	git("two.git", "worktree", "add", "-q", "../three", "main");
	enter("three");
	check_place(NULL, "two.git/worktrees/three", "two.git", "three", "", "two");
	make_repo("odd\nplace --top--\n");
	put_file("odd\nplace --top--\n/sub\n/x", "");
	enter("odd\nplace --top--\n/sub\n");
	check_place(NULL, "odd\nplace --top--\n/.git", "odd\nplace --top--\n/.git",
		"odd\nplace --top--\n", "sub\n/", "odd\nplace --top--\n");
}

/* GIT_DIR and its kin lead where they lead git; what is asked later stays there. */
static void test_environment(void)
{
	CLEANUP(str_free) char *git_dir = in_scratch("one/.git");
	CLEANUP(str_free) char *work_tree = in_scratch("one/a");
	CLEANUP(repo_close) struct repo *repo = NULL;
	struct fault why = FAULT_INIT;
	char oid[OID_MAX];

	enter(".");
	setenv("GIT_DIR", git_dir, 1);
	setenv("GIT_WORK_TREE", work_tree, 1);
	check_place(NULL, "one/.git", "one/.git", "one/a", "", "one");
	unsetenv("GIT_WORK_TREE");
	ok(repo_open(&repo, NULL, NULL, &why) == 0, "GIT_DIR alone");
	is(repo->work_tree, scratch, "has the directory it is called in as its work tree");
	setenv("GIT_DIR", "/nowhere/at/all", 1);
	ok(repo_commit(repo, "main", oid, &why) == 0, "GIT_DIR is asked once");
	repo_close(&repo);
	ok(repo_open(&repo, NULL, NULL, &why) < 0 && strstr(why.message, "/nowhere/at/all"),
		"GIT_DIR that leads nowhere: %s", why.message);
	unsetenv("GIT_DIR");

	enter("one");
	setenv("GIT_PREFIX", "a/b/", 1);
	check_place(NULL, "one/.git", "one/.git", "one", "a/b/", "one");
	check_place(".", "one/.git", "one/.git", "one", "", "one");
	setenv("GIT_PREFIX", "a/../../two.git/", 1);
	check_place(NULL, "one/.git", "one/.git", "one", "", "one");
	setenv("GIT_PREFIX", "gone/", 1);
	check_place(NULL, "one/.git", "one/.git", "one", "", "one");
	enter("one/a");
	setenv("GIT_PREFIX", "b/", 1);
	check_place(NULL, "one/.git", "one/.git", "one", "a/", "one");
	unsetenv("GIT_PREFIX");
}

/* Makes a repository somebody else's in earnest, which only root can; git is told to believe it. */
static void give_away(const char *dir, uid_t owner)
{
	CLEANUP(str_free) char *path = in_scratch(dir);
	CLEANUP(buf_release) struct buf git_dir = BUF_INIT;

	if (geteuid() != 0)
		return;
	buf_printf(&git_dir, "%s/.git", path);
	if (chown(path, owner, (gid_t)-1) < 0 || chown(git_dir.data, owner, (gid_t)-1) < 0)
		bail(path, "cannot be given away");
}

static void test_refused(void)
{
	CLEANUP(repo_close) struct repo *repo = NULL;
	CLEANUP(str_free) char *one = in_scratch("one");
	CLEANUP(str_free) char *file = in_scratch("one/file1");
	CLEANUP(str_free) char *none = in_scratch("none");
	struct fault why = FAULT_INIT;

	put_file("none/x", "");
	setenv("GIT_CEILING_DIRECTORIES", scratch, 1);
	ok(repo_open(&repo, none, NULL, &why) < 0 && !repo, "no repository: %s", why.message);
	ok(why.exit == EXIT_FATAL && strstr(why.message, "not a git repository") &&
			!strchr(why.message, '\n') && strstr(why.hint, "git init"),
		"says so, with a hint: %s", why.hint);
	unsetenv("GIT_CEILING_DIRECTORIES");
	ok(repo_open(&repo, file, NULL, &why) < 0 && strstr(why.message, file), "a file: %s",
		why.message);
	setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1", 1);
	give_away("one", 65534);
	ok(repo_open(&repo, one, NULL, &why) < 0 && strstr(why.message, one) &&
			strstr(why.message, "ownership") && !strchr(why.message, '\n'),
		"somebody else's: %s", why.message);
	ok(strstr(why.hint, "git config --global --add safe.directory") && strstr(why.hint, one),
		"with git's own remedy: %s", why.hint);
	git("one", "config", "--global", "--add", "safe.directory", one);
	ok(repo_open(&repo, one, &repo_reader_libgit2, &why) == 0, "which works: %s", why.message);
	if (repo)
		is(repo->reader->name, "libgit2", "for libgit2, too");
	give_away("one", 0);
	unsetenv("GIT_TEST_ASSUME_DIFFERENT_OWNER");
	put_file("one/.git/config.bad", "[core\n");
	git("one", "config", "include.path", "config.bad");
	repo_close(&repo);
	ok(repo_open(&repo, one, NULL, &why) < 0 && strstr(why.message, "config.bad"),
		"broken configuration: %s", why.message);
	put_file("one/.git/config.bad", "");
}

static void test_config(void)
{
	CLEANUP(repo_close) struct repo *repo = NULL;

	make_repo("conf");
	git("conf", "config", "Agent.Name", "first");
	git("conf", "config", "--add", "agent.name", "second");
	git("conf", "config", "agent.Mixed.Case.Key", "two\nlines");
	git("conf", "config", "agent.empty", "");
	git("conf", "config", "agent.number", "7up");
	put_file("more", "[agent]\n\tbare\n[agent \"x.y\"]\n\ton = Yes\n\toff = off\n");
	git("conf", "config", "include.path", "../../more");
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "agent.once", 1);
	setenv("GIT_CONFIG_VALUE_0", "given", 1);
	repo = open_as("conf", NULL);
	unsetenv("GIT_CONFIG_COUNT");
	is(repo_config(repo, "agent.name"), "second", "the last value counts");
	is(repo_config(repo, "AGENT.NAME"), "second", "section and name in any case");
	is(repo_config(repo, "Agent.Mixed.Case.kEY"), "two\nlines", "a value of two lines");
	is(repo_config(repo, "agent.mixed.Case.key"), NULL, "a subsection counts as written");
	is(repo_config(repo, "agent.nam"), NULL, "no prefix of a key");
	is(repo_config(repo, "agent"), NULL, "no section alone");
	is(repo_config(repo, ""), NULL, "no key at all");
	is(repo_config(repo, "agent.once"), "given", "one given for this call");
	is(repo_config(repo, "agent.bare"), "", "a key without a value");
	ok(repo_config_bool(repo, "agent.bare", false), "is true");
	ok(!repo_config_bool(repo, "agent.empty", true), "an empty value is false");
	ok(repo_config_bool(repo, "agent.x.y.on", false), "yes, in an included file");
	ok(!repo_config_bool(repo, "agent.x.y.off", true), "no");
	ok(repo_config_bool(repo, "agent.number", true) &&
			!repo_config_bool(repo, "agent.none", false),
		"otherwise");
}

/* --- refs ------------------------------------------------------------------------------------- */

struct ids {
	char one[OID_MAX], two[OID_MAX], three[OID_MAX];
};

static void check_cas(struct repo *repo, const struct ids *id)
{
	const char *ref = "refs/heads/agent/x", *who = repo->reader->name;
	struct fault why = FAULT_INIT;
	char now[OID_MAX] = "";

	ok(repo_ref_set(repo, ref, id->two, id->one, "r", &why) == 1, "%s: old, but no ref", who);
	ok(repo_ref_set(repo, ref, id->one, "", "born", &why) == 0, "%s: create", who);
	ok(repo_ref_set(repo, ref, id->two, "", "r", &why) == 1, "%s: create again", who);
	ok(repo_ref_set(repo, ref, id->three, id->two, "r", &why) == 1, "%s: wrong old", who);
	ok(repo_ref(repo, ref, now, &why) == 0 && !strcmp(now, id->one), "%s: it stayed", who);
	ok(repo_ref_set(repo, ref, id->two, id->one, "it moves", &why) == 0, "%s: right old", who);
	ok(repo_ref(repo, ref, now, &why) == 0 && !strcmp(now, id->two), "%s: it moved", who);
	ok(repo_ref_set(repo, ref, id->three, NULL, NULL, &why) == 0, "%s: any old", who);
	ok(repo_ref_delete(repo, ref, id->two, &why) == 1, "%s: delete another id", who);
	ok(repo_ref_delete(repo, ref, id->three, &why) == 0, "%s: delete", who);
	ok(repo_ref(repo, ref, now, &why) == 1, "%s: it is gone", who);
	ok(repo_ref_delete(repo, ref, id->three, &why) == 0, "%s: nothing left to delete", who);
	ok(repo_ref_delete(repo, ref, NULL, &why) == 0, "%s: nor of any id", who);
	ok(repo_ref_set(repo, ref, id->one, "", "", &why) == 0, "%s: create without a reason", who);
	git("refs", "pack-refs", "--all", "--prune");
	ok(repo_ref_set(repo, ref, id->two, id->one, "r", &why) == 0, "%s: one that was packed",
		who);
	git("refs", "pack-refs", "--all", "--prune");
	ok(repo_ref_delete(repo, ref, NULL, &why) == 0 && repo_ref(repo, ref, now, &why) == 1,
		"%s: delete one that is packed", who);
}

static void check_reason(struct repo *repo, const struct ids *id)
{
	CLEANUP(str_free) char *log = NULL;
	struct fault why = FAULT_INIT;

	ok(repo_ref_set(repo, "refs/heads/logged", id->one, "", "agent: 'it' \"moves\"", &why) == 0,
		"%s: a reason", repo->reader->name);
	log = git_say("refs", "reflog", "-1", "--format=%gs", "refs/heads/logged");
	is(log, "agent: 'it' \"moves\"", "is in the reflog");
	repo_ref_delete(repo, "refs/heads/logged", NULL, &why);
}

static void check_conflicts(struct repo *repo, const struct ids *id)
{
	const char *who = repo->reader->name;
	struct fault why = FAULT_INIT;

	git("refs", "branch", "agent", id->one);
	ok(repo_ref_set(repo, "refs/heads/agent/x", id->one, "", "r", &why) < 0 &&
			strstr(why.message, "'refs/heads/agent'"),
		"%s: what is in the way is named: %s", who, why.message);
	is(why.reason, "ref_conflict", "with a word for it");
	ok(strstr(why.hint, "git branch -m agent "), "and a remedy: %s", why.hint);
	ok(repo_ref_set(repo, "refs/heads/agent/x", id->one, NULL, "r", &why) < 0 &&
			!strcmp(why.reason, "ref_conflict"),
		"%s: whatever the old id", who);
	git("refs", "pack-refs", "--all", "--prune");
	fault_clear(&why);
	ok(repo_ref_set(repo, "refs/heads/agent/x/y", id->one, "", "r", &why) < 0 &&
			!strcmp(why.reason, "ref_conflict"),
		"%s: two floors below, packed", who);
	git("refs", "branch", "-D", "agent");
	git("refs", "branch", "agent/x", id->one);
	fault_clear(&why);
	ok(repo_ref_set(repo, "refs/heads/agent", id->one, "", "r", &why) < 0 &&
			strstr(why.message, "'refs/heads/agent/x'") &&
			!strcmp(why.reason, "ref_conflict"),
		"%s: what lies below is in the way: %s", who, why.message);
	git("refs", "branch", "-D", "agent/x");
}

static void check_faults(struct repo *repo, const struct ids *id)
{
	static const char *const bad[] = {"main", "HEAD", "", "-d", "refs/heads/a..b",
		"refs/heads/", "refs/heads/../../../etc/passwd", "refs/heads/a b",
		"refs/heads/x.lock"};
	const char *who = repo->reader->name, *ref = "refs/heads/held";
	struct fault why = FAULT_INIT;
	char now[OID_MAX];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(repo_ref_set(repo, bad[i], id->one, "", "r", &why) < 0, "%s: bad name '%s'", who,
			bad[i]);
	ok(repo_ref_set(repo, ref, "main", "", "r", &why) < 0, "%s: a name for an id", who);
	ok(repo_ref_set(repo, ref, id->one, "HEAD~1", "r", &why) < 0, "%s: or for an old one", who);
	ok(repo_ref_set(repo, ref, "1111111111111111111111111111111111111111", "", "r", &why) < 0,
		"%s: an id of nothing: %s", who, why.message);
	put_file("refs/.git/refs/heads/held.lock", "");
	ok(repo_ref_set(repo, ref, id->one, "", "r", &why) < 0 && strstr(why.message, "held.lock"),
		"%s: a lock is a fault, not a move: %s", who, why.message);
	git("refs", "update-ref", "refs/held/ref", id->one);
	put_file("refs/.git/refs/held/ref.lock", "");
	ok(repo_ref_delete(repo, "refs/held/ref", id->one, &why) < 0, "%s: to delete, too: %s", who,
		why.message);
	enter("refs/.git/refs");
	unlink("heads/held.lock");
	unlink("held/ref.lock");
	git("refs", "symbolic-ref", "refs/heads/alias", "refs/heads/main");
	ok(repo_ref_set(repo, "refs/heads/alias", id->one, id->three, "r", &why) == 0 &&
			repo_ref(repo, "refs/heads/main", now, &why) == 0 &&
			!strcmp(now, id->three),
		"%s: a symbolic ref is not written through: %s", who, why.message);
	repo_ref_delete(repo, "refs/heads/alias", NULL, &why);
}

/* What users hang on refs is run. */
static void check_hook(struct repo *repo, const struct ids *id)
{
	CLEANUP(str_free) char *hook = in_scratch("refs/.git/hooks/reference-transaction");
	struct fault why = FAULT_INIT;

	put_file("refs/.git/hooks/reference-transaction", "#!/bin/sh\nexit 1\n");
	if (chmod(hook, 0755) < 0)
		bail(hook, "cannot be made executable");
	ok(repo_ref_set(repo, "refs/heads/agent/h", id->one, "", "r", &why) < 0,
		"%s: a reference-transaction hook may refuse: %s", repo->reader->name, why.message);
	unlink(hook);
}

static void test_refs(void)
{
	struct fault why = FAULT_INIT;
	struct ids id;

	make_repo("refs");
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		CLEANUP(repo_close) struct repo *repo = open_as("refs", readers[i]);

		is(repo->reader->name, readers[i]->name, "the reader that was asked for");
		ok(repo_commit(repo, "main~2", id.one, &why) == 0 &&
				repo_commit(repo, "main~1", id.two, &why) == 0 &&
				repo_commit(repo, "main", id.three, &why) == 0,
			"three commits");
		check_cas(repo, &id);
		check_reason(repo, &id);
		check_conflicts(repo, &id);
		check_faults(repo, &id);
		check_hook(repo, &id);
	}
}

/* --- branches and revisions ------------------------------------------------------------------- */

static void check_branch(const char *dir, const char *name, const char *what)
{
	CLEANUP(repo_close) struct repo *repo = open_as(dir, NULL);
	CLEANUP(str_free) char *branch = NULL;
	struct fault why = FAULT_INIT;

	ok(repo_head_branch(repo, &branch, &why) == 0, "%s", what);
	is(branch, name, what);
}

static void test_branches(void)
{
	git(".", "init", "-q", "young");
	check_branch("young", "main", "unborn");
	make_repo("heads");
	check_branch("heads", "main", "a branch");
	git("heads", "tag", "main");
	check_branch("heads", "main", "a branch and a tag of one name");
	git("heads", "checkout", "-q", "-b", "a/b-c");
	check_branch("heads", "a/b-c", "a branch of several parts");
	git("heads", "checkout", "-q", "--detach");
	check_branch("heads", NULL, "detached");
	git("heads", "-c", "core.preferSymlinkRefs=true", "symbolic-ref", "HEAD",
		"refs/heads/main");
	check_branch("heads", "main", "a branch by a link");
	git("heads", "checkout", "-q", "a/b-c");
}

static void test_revisions(void)
{
	CLEANUP(repo_close) struct repo *repo = open_as("heads", NULL);
	CLEANUP(str_free) char *want = git_say("heads", "rev-parse", "HEAD~1");
	struct fault why = FAULT_INIT;
	char oid[OID_MAX], brief[OID_MAX];

	ok(repo_commit(repo, "HEAD^", oid, &why) == 0 && !strcmp(oid, want), "a parent");
	ok(repo_commit(repo, ":/file2", oid, &why) == 0 && !strcmp(oid, want), "by its message");
	ok(repo_commit(repo, "--all", oid, &why) == 1, "an option is no revision");
	ok(repo_commit(repo, "-1", oid, &why) == 1, "nor is a number with a dash");
	ok(repo_commit(repo, "HEAD~1..HEAD", oid, &why) == 1, "nor a range");
	ok(repo_commit(repo, "HEAD^{tree}", oid, &why) == 1, "a tree is no commit");
	repo_short(want, brief);
	ok(strlen(brief) >= 7 && !strncmp(brief, want, strlen(brief)) && strlen(brief) < 40,
		"an abbreviation");
	repo_short("abc", brief);
	is(brief, "abc", "of what is short already");
}

/* --- the git that stays -------------------------------------------------------------------------- */

/* The one child of this process; 0: it has none. */
static pid_t only_child(void)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT, pids = BUF_INIT;
	struct fault why = FAULT_INIT;

	buf_printf(&path, "/proc/self/task/%ld/children", (long)getpid());
	if (fs_read(path.data, &pids, 4096, &why))
		bail(path.data, why.message);
	return (pid_t)strtol(pids.data, NULL, 10);
}

static void check_reads(struct repo *repo, const char *what)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct fault why = FAULT_INIT;
	char oid[OID_MAX];

	ok(repo_commit(repo, "HEAD", oid, &why) == 0 &&
			repo_blob(repo, oid, "file1", &out, &why) == 0,
		"%s: %s", what, why.message);
	is(out.data, "text\n", what);
}

static void test_staying(void)
{
	CLEANUP(repo_close) struct repo *repo = open_as("heads", NULL);
	struct fault why = FAULT_INIT;
	char oid[OID_MAX];
	pid_t first;

	ok(!only_child(), "nothing is started before it is needed");
	check_reads(repo, "read");
	first = only_child();
	ok(first > 0, "one git stays");
	check_reads(repo, "read again");
	ok(repo_ref(repo, "refs/heads/main\nHEAD", oid, &why) == 1, "a line break is in no name");
	check_reads(repo, "after one");
	ok(only_child() == first, "by the same git");
	kill(first, SIGKILL);
	check_reads(repo, "after it was killed");
	ok(only_child() > 0 && only_child() != first, "another one took its place");
	repo_rest(repo);
	ok(!only_child(), "at rest there is none");
	check_reads(repo, "after a rest");
	git("heads", "commit", "-q", "--allow-empty", "-m", "later");
	git("heads", "repack", "-q", "-a", "-d");
	check_reads(repo, "from a pack that came later");
}

int main(void)
{
	scratch_make();
	test_places();
	test_environment();
	test_refused();
	test_config();
	test_refs();
	test_branches();
	test_revisions();
	test_staying();
	scratch_remove();
	return tap_done();
}
