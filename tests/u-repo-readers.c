/* The two readers of a repository answer alike, in every kind of repository libgit2 is let near. */
#include "u-repo.h"

#define EMPTY_TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

/* --- a history with everything in it ---------------------------------------------------------- */

static void put_commit(struct buf *in, int n, const char *changes)
{
	buf_printf(in, "commit refs/heads/main\nmark :%d\n", n);
	buf_printf(in, "committer A Person <person@example.com> %d +0000\n", 1700000000 + n);
	buf_printf(in, "data <<END\nstep %d of it\nEND\n%s\n", n, changes);
}

/* A path of 3,000 bytes, in parts git itself could check out. */
static void put_long_path(struct buf *in)
{
	for (int i = 0; i < 15; i++)
		for (int j = 0; j < 200; j++)
			buf_putc(in, j == 199 ? (i == 14 ? 'z' : '/') : (char)('a' + i));
}

#define LINK_A                   "1111111111111111111111111111111111111111"
#define LINK_B                   "2222222222222222222222222222222222222222"
#define INLINE(mode, path, text) "M " mode " inline " path "\ndata <<END\n" text "\nEND\n"

static void make_history(const char *dir)
{
	CLEANUP(buf_release) struct buf in = BUF_INIT;

	put_commit(&in, 1,
		INLINE("100644", "plain", "one") INLINE("100755", "tool", "#!/bin/sh")
			INLINE("120000", "link", "plain") INLINE("100644", "a/b/c", "deep")
				INLINE("100644", "a.b", "beside") INLINE("100644", "a-b", "beside")
					INLINE("100644", "turns", "file")
						INLINE("100644", "was", "a file"));
	put_commit(&in, 2,
		INLINE("100644", "\"new\\nline\"", "odd") INLINE("100644", "\"caf\\351\"", "latin")
			INLINE("100644", "\"tab\\tand \\\"quote\\\"\"", "odd") INLINE(
				"100644", ":(top)magic", "no magic") INLINE("100644", "*", "star")
				INLINE("100644", "-dash", "dash") "M 160000 " LINK_A " sub\n"
								  "M 160000 " LINK_A " gone\n");
	put_commit(&in, 3,
		INLINE("100755", "plain", "one") INLINE("100644", "tool", "#!/bin/sh")
			INLINE("100644", "link", "no link now") INLINE("100644", "a",
				"no directory now") "D turns\n" INLINE("100644", "turns/inner",
				"file") "M 160000 " LINK_B " sub\n"
					"D gone\n" INLINE("100644", "gone/inner",
						"was a link") "M 160000 " LINK_A " was\n");
	put_commit(&in, 4, "D a\nD link\nR tool renamed\n" INLINE("120000", "plain", "renamed"));
	buf_puts(&in, "commit refs/heads/main\nmark :5\n");
	buf_puts(&in, "committer A Person <person@example.com> 1700000005 +0000\n");
	/* What .gitmodules wants unseen must be seen. */
	buf_puts(&in,
		"data 5\nlong\n" INLINE("100644", ".gitmodules",
			"[submodule \"sub\"]\n\tpath = sub\n\turl = /nowhere\n\tignore = all"));
	buf_puts(&in, "M 100644 inline ");
	put_long_path(&in);
	buf_puts(&in, "\ndata 5\nfar\n\n\ntag v1\nfrom :3\n");
	buf_puts(&in, "tagger A Person <person@example.com> 1700000009 +0000\ndata 4\none\n\n");
	buf_puts(&in, "reset refs/heads/side/line\nfrom :2\n\nreset refs/tags/both\nfrom :1\n\n");
	buf_puts(&in, "reset refs/heads/both\nfrom :4\n\nreset refs/agent/kept\nfrom :3\n\n");
	free(git_with(dir, in.data, in.len, (const char *const[]){"fast-import", "--quiet", NULL}));
}

/* --- the comparison --------------------------------------------------------------------------- */

struct pair {
	struct repo *git, *lib;
};

static void pair_close(struct pair *pair)
{
	repo_close(&pair->git);
	repo_close(&pair->lib);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

typedef int ask_fn(struct repo *repo, const char *text, char oid[OID_MAX], struct fault *why);

/* Both give the same answer to each of the questions. */
static bool ask_both(struct pair *pair, ask_fn *ask, const struct vec *questions)
{
	bool same = true;

	for (size_t i = 0; i < questions->len; i++) {
		char a[OID_MAX] = "", b[OID_MAX] = "";
		struct fault why_a = FAULT_INIT, why_b = FAULT_INIT;
		int said_a = ask(pair->git, questions->items[i], a, &why_a);
		int said_b = ask(pair->lib, questions->items[i], b, &why_b);

		if (said_a == said_b && !strcmp(a, b))
			continue;
		same = false;
		printf("# %s: git %d %s, %s %d %s\n", questions->items[i], said_a, a,
			pair->lib->reader->name, said_b, b);
	}
	return same;
}

static bool same_change(const struct repo_change *a, const struct repo_change *b)
{
	return a->status == b->status && a->old_mode == b->old_mode && a->new_mode == b->new_mode &&
	       !strcmp(a->old_oid, b->old_oid) && !strcmp(a->new_oid, b->new_oid) &&
	       !strcmp(a->path, b->path);
}

static void show_changes(const char *who, const struct repo_changes *changes)
{
	for (size_t i = 0; i < changes->len; i++) {
		const struct repo_change *c = &changes->items[i];
		printf("# %s: %c %o %o %.8s %.8s %.60s\n", who, c->status, c->old_mode, c->new_mode,
			c->old_oid, c->new_oid, c->path);
	}
}

static bool same_diff(struct pair *pair, const char *from, const char *to)
{
	struct repo_changes a = {0}, b = {0};
	struct fault why = FAULT_INIT;
	bool same = repo_diff(pair->git, from, to, &a, &why) == 0 &&
		    repo_diff(pair->lib, from, to, &b, &why) == 0 && a.len == b.len;

	for (size_t i = 0; same && i < a.len; i++)
		same = same_change(&a.items[i], &b.items[i]) &&
		       (i == 0 || strcmp(a.items[i - 1].path, a.items[i].path) < 0);
	if (!same) {
		printf("# %s to %s: %s\n", from, to, why.message);
		show_changes("git", &a);
		show_changes(pair->lib->reader->name, &b);
	}
	repo_changes_release(&a);
	repo_changes_release(&b);
	return same;
}

static bool same_blob(struct pair *pair, const char *commit, const char *path)
{
	CLEANUP(buf_release) struct buf a = BUF_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct fault why = FAULT_INIT;
	int said_a = repo_blob(pair->git, commit, path, &a, &why);
	int said_b = repo_blob(pair->lib, commit, path, &b, &why);

	if (said_a == said_b && a.len == b.len && !memcmp(a.data, b.data, a.len))
		return true;
	printf("# %.60s: git %d, %s %d: %s\n", path, said_a, pair->lib->reader->name, said_b,
		why.message);
	return false;
}

/* Pushes the lines git prints. */
static void push_lines(struct vec *to, char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		vec_push(to, line);
	free(text);
}

static bool same_facts(const struct repo *a, const struct repo *b)
{
	return !strcmp(a->git_dir, b->git_dir) && !strcmp(a->common_dir, b->common_dir) &&
	       same_text(a->work_tree, b->work_tree) && !strcmp(a->name, b->name) &&
	       a->bare == b->bare && a->shallow == b->shallow && a->partial == b->partial &&
	       a->sparse == b->sparse && a->split_index == b->split_index &&
	       a->sha256 == b->sha256 && a->worktree_config == b->worktree_config;
}

static bool same_head(struct pair *pair)
{
	CLEANUP(str_free) char *a = NULL;
	CLEANUP(str_free) char *b = NULL;
	struct fault why = FAULT_INIT;

	return repo_head_branch(pair->git, &a, &why) == repo_head_branch(pair->lib, &b, &why) &&
	       same_text(a, b);
}

static const char *const typed[] = {"HEAD", "main", "both", "heads/both", "side/line", "v1",
	"HEAD~1", "HEAD^{tree}", "HEAD^{commit}", "@", ":/step 2", ":/nowhere", "HEAD@{0}",
	"HEAD:a", "HEAD..main", "^HEAD", "-x", "--all", "", " ", "nope", "refs/heads/main",
	"refs/tags/v1", "refs/heads", "HEAD:plain", "\xff\xfe", "main\n", "refs/heads/ma*",
	EMPTY_TREE, "0000000000000000000000000000000000000000", "refs/worktree/mine", LINK_A, NULL};

static const char *const ref_names[] = {"HEAD", "refs/heads/nope", "refs/heads/main~1",
	"refs/heads/a..b", "refs/heads/", "refs/worktree/mine", "refs/bisect/bad", "refs/tags/v1",
	"refs/agent/kept", "refs/heads/main", "main", "FETCH_HEAD", "", NULL};

static const char *const paths[] = {"plain", "tool", "link", "a", "a/b", "a/b/c", "a.b",
	"new\nline", "caf\xe9", "tab\tand \"quote\"", ":(top)magic", "*", "-dash", "sub", "sub/x",
	"turns", "turns/inner", "", "/", "/plain", "plain/", "a//b", "./plain", "../plain",
	"a/../plain", ".", "plain/x", "nope", "a/b/", "PLAIN", ".gitmodules", NULL};

/* How much is compared beyond revisions and refs: every pair of commits is slow. */
enum depth { NAMES, SOME, ALL };

static void compare_objects(struct pair *pair, const char *dir, const char *kind, enum depth depth)
{
	CLEANUP(vec_release) struct vec commits = VEC_INIT;
	CLEANUP(buf_release) struct buf far = BUF_INIT;
	bool diffs = true, blobs = true;

	push_lines(&commits, git_say(dir, "rev-list", "--all", "--date-order"));
	ok(ask_both(pair, repo_tree, &commits), "%s: trees", kind);
	if (!pair->git->sha256)
		vec_push(&commits, EMPTY_TREE);
	put_long_path(&far);
	for (size_t i = 0; i < commits.len; i++) {
		for (size_t j = 0; j < commits.len; j++)
			if (depth == ALL || j == i + 1)
				diffs &= same_diff(pair, commits.items[i], commits.items[j]);
		for (size_t j = 0; paths[j] && (depth == ALL || i == 0); j++)
			blobs &= same_blob(pair, commits.items[i], paths[j]);
		blobs &= same_blob(pair, commits.items[i], far.data);
	}
	ok(diffs, "%s: differences of %zu commits", kind, commits.len);
	ok(blobs, "%s: contents", kind);
}

/* libgit2 reads `dir` itself, and says what git says. */
static void compare(const char *dir, const char *kind, enum depth depth)
{
	CLEANUP(pair_close)
	struct pair pair = {open_as(dir, NULL), open_as(dir, &repo_reader_libgit2)};
	CLEANUP(vec_release) struct vec revs = VEC_INIT;
	CLEANUP(vec_release) struct vec refs = VEC_INIT;

	is(pair.lib->reader->name, "libgit2", kind);
	ok(same_facts(pair.git, pair.lib), "%s: the same facts", kind);
	ok(same_head(&pair), "%s: the same branch", kind);
	vec_push_all(&revs, typed);
	push_lines(&revs, git_say(dir, "rev-list", "--all", "--abbrev-commit", "-3"));
	ok(ask_both(&pair, repo_commit, &revs), "%s: revisions", kind);
	vec_push_all(&refs, ref_names);
	push_lines(&refs, git_say(dir, "for-each-ref", "--format=%(refname)"));
	ok(ask_both(&pair, repo_ref, &refs), "%s: refs", kind);
	if (depth != NAMES)
		compare_objects(&pair, dir, kind, depth);
}

/* Git itself, asked for what a repository with the file `f` must answer. */
static bool answers_right(struct repo *repo, const char *dir)
{
	CLEANUP(str_free) char *commit = git_say(dir, "rev-parse", "HEAD");
	CLEANUP(str_free) char *tree = git_say(dir, "show", "-s", "--format=%T", "HEAD");
	CLEANUP(str_free) char *blob = git_say(dir, "show", "HEAD:f");
	CLEANUP(str_free) char *base = git_say(dir, "rev-list", "--max-parents=0", "HEAD");
	CLEANUP(str_free) char *raw = git_say(dir, "diff-tree", "-r", "--no-abbrev", base, commit);
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	CLEANUP(buf_release) struct buf lines = BUF_INIT;
	struct repo_changes changes = {0};
	struct fault why = FAULT_INIT;
	char oid[OID_MAX], head[OID_MAX], root[OID_MAX];
	bool good = repo_commit(repo, "main", oid, &why) == 0 && !strcmp(oid, commit) &&
		    repo_ref(repo, "HEAD", head, &why) == 0 && !strcmp(head, commit) &&
		    repo_tree(repo, oid, root, &why) == 0 && !strcmp(root, tree) &&
		    repo_blob(repo, oid, "f", &bytes, &why) == 0 &&
		    repo_blob(repo, oid, "nope", &bytes, &why) == 1 &&
		    repo_diff(repo, base, oid, &changes, &why) == 0;

	for (size_t i = 0; i < changes.len; i++) {
		struct repo_change *c = &changes.items[i];
		const char *none =
			&"0000000000000000000000000000000000000000000000000000000000000000"
				[repo->sha256 ? 0 : 24];
		buf_printf(&lines, ":%06o %06o %s %s %c\t%s\n", c->old_mode, c->new_mode,
			*c->old_oid ? c->old_oid : none, *c->new_oid ? c->new_oid : none, c->status,
			c->path);
	}
	repo_changes_release(&changes);
	buf_rtrim(&lines);
	buf_rtrim(&bytes);
	return good && !strcmp(bytes.data, blob) && !strcmp(lines.data, raw);
}

/* libgit2 would not do in `dir`: git serves, and is right. */
static void falls_back(const char *dir, const char *kind)
{
	CLEANUP(repo_close) struct repo *repo = open_as(dir, &repo_reader_libgit2);

	is(repo->reader->name, "git", kind);
	ok(answers_right(repo, dir), "%s: what git says", kind);
}

/* --- what is true of the history, whoever reads it -------------------------------------------- */

static void check_diff(struct repo *repo, const char *who)
{
	static const struct {
		char status;
		unsigned old_mode, new_mode;
		const char *path;
	} want[] = {
		{'A', 0, 0100644, "a"},
		{'D', 0100644, 0, "a/b/c"},
		{'D', 0160000, 0, "gone"},
		{'A', 0, 0100644, "gone/inner"},
		{'T', 0120000, 0100644, "link"},
		{'M', 0100644, 0100755, "plain"},
		{'M', 0160000, 0160000, "sub"},
		{'M', 0100755, 0100644, "tool"},
		{'D', 0100644, 0, "turns"},
		{'A', 0, 0100644, "turns/inner"},
		{'T', 0100644, 0160000, "was"},
	};
	struct repo_changes changes = {0};
	struct fault why = FAULT_INIT;
	char from[OID_MAX], to[OID_MAX];
	bool good = repo_commit(repo, "main~3", from, &why) == 0 &&
		    repo_commit(repo, "main~2", to, &why) == 0 &&
		    repo_diff(repo, from, to, &changes, &why) == 0 &&
		    changes.len == ARRAY_LEN(want);

	for (size_t i = 0; good && i < changes.len; i++)
		good = changes.items[i].status == want[i].status &&
		       changes.items[i].old_mode == want[i].old_mode &&
		       changes.items[i].new_mode == want[i].new_mode &&
		       !strcmp(changes.items[i].path, want[i].path);
	ok(good, "%s: every kind of change is told apart", who);
	if (!good)
		show_changes(who, &changes);
	ok(good && !strcmp(changes.items[6].old_oid, LINK_A) &&
			!strcmp(changes.items[6].new_oid, LINK_B) && !*changes.items[0].old_oid &&
			!*changes.items[1].new_oid,
		"%s: ids, and none where there is nothing", who);
	repo_changes_release(&changes);
}

static void check_blob(struct repo *repo, const char *who)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(buf_release) struct buf far = BUF_INIT;
	struct fault why = FAULT_INIT;
	char oid[OID_MAX];

	ok(repo_commit(repo, "main", oid, &why) == 0, "%s: a branch", who);
	put_long_path(&far);
	buf_puts(&out, "before ");
	ok(repo_blob(repo, oid, far.data, &out, &why) == 0 && !strcmp(out.data, "before far\n\n"),
		"%s: a path of %zu bytes, appended", who, far.len);
	ok(repo_blob(repo, oid, "new\nline", &out, &why) == 0, "%s: a newline in a name", who);
	ok(repo_blob(repo, oid, "caf\xe9", &out, &why) == 0, "%s: a name that is not UTF-8", who);
	ok(repo_blob(repo, oid, "plain", &out, &why) == 1, "%s: a link is no file", who);
	ok(repo_blob(repo, oid, "sub", &out, &why) == 1, "%s: a gitlink is no file", who);
	ok(repo_blob(repo, oid, "turns", &out, &why) == 1, "%s: a directory is no file", who);
	ok(repo_blob(repo, LINK_A, "plain", &out, &why) < 0, "%s: no such commit is a fault", who);
	ok(repo_blob(repo, "main", "plain", &out, &why) < 0, "%s: a name is no id", who);
	ok(repo_tree(repo, LINK_A, oid, &why) < 0, "%s: no tree of no commit", who);
}

static void check_limit(struct repo *repo, const char *who)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct fault why = FAULT_INIT;
	char oid[OID_MAX];

	ok(repo_commit(repo, "refs/heads/large", oid, &why) == 0, "%s: large blobs", who);
	ok(repo_blob(repo, oid, "allowed", &out, &why) == 0 && out.len == REPO_BLOB_MAX,
		"%s: 16 MiB are read", who);
	ok(repo_blob(repo, oid, "over", &out, &why) < 0 && out.len == REPO_BLOB_MAX &&
			strstr(why.message, "'over'"),
		"%s: a byte more is a fault: %s", who, why.message);
}

static void make_large(const char *dir)
{
	CLEANUP(buf_release) struct buf in = BUF_INIT;
	CLEANUP(str_free) char *bytes = xcalloc(1, REPO_BLOB_MAX + 1);

	buf_puts(&in, "commit refs/heads/large\ncommitter A <a@example.com> 1700000000 +0000\n");
	buf_puts(&in, "data 1\nx\n");
	for (int more = 0; more < 2; more++) {
		buf_printf(&in, "M 100644 inline %s\ndata %zu\n", more ? "over" : "allowed",
			REPO_BLOB_MAX + (size_t)more);
		buf_add(&in, bytes, REPO_BLOB_MAX + (size_t)more);
		buf_putc(&in, '\n');
	}
	free(git_with(dir, in.data, in.len, (const char *const[]){"fast-import", "--quiet", NULL}));
}

/* A tree as only other programs write it: group-writable files, which git reads as plain ones. */
static void make_legacy(const char *dir, const char *mode, const char *branch)
{
	CLEANUP(buf_release) struct buf tree = BUF_INIT;
	CLEANUP(str_free) char *blob = git_say(dir, "rev-parse", "main~4:plain");
	CLEANUP(str_free) char *id = NULL;
	CLEANUP(str_free) char *commit = NULL;

	buf_printf(&tree, "%s plain", mode);
	buf_putc(&tree, '\0');
	for (size_t i = 0; i < 40; i += 2) {
		char digits[3] = {blob[i], blob[i + 1], '\0'};
		buf_putc(&tree, (char)strtoul(digits, NULL, 16));
	}
	id = git_with(dir, tree.data, tree.len,
		(const char *const[]){
			"hash-object", "-t", "tree", "--literally", "-w", "--stdin", NULL});
	commit = git_say(dir, "commit-tree", "-m", "legacy", id);
	git(dir, "branch", branch, commit);
}

/* --- the kinds -------------------------------------------------------------------------------- */

static void test_served(void)
{
	static const struct repo_reader *const readers[] = {&repo_reader_git, &repo_reader_libgit2};

	git(".", "init", "-q", "plain");
	compare("plain", "unborn", NAMES);
	make_history("plain");
	make_legacy("plain", "100664", "legacy");
	make_legacy("plain", "100644", "modern");
	compare("plain", "plain", ALL);
	make_large("plain");
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		CLEANUP(repo_close) struct repo *repo = open_as("plain", readers[i]);
		is(repo->reader->name, readers[i]->name, "the reader that was asked for");
		check_diff(repo, repo->reader->name);
		check_blob(repo, repo->reader->name);
		check_limit(repo, repo->reader->name);
	}
	git("plain", "branch", "-q", "-D", "large");
}

static void test_shapes(void)
{
	git(".", "clone", "-q", "--mirror", "plain", "bare.git");
	compare("bare.git", "bare and packed", SOME);
	git(".", "clone", "-q", "--shared", "--no-checkout", "plain", "shared");
	compare("shared", "alternates", SOME);
	git("shared", "pack-refs", "--all", "--prune");
	compare("shared", "packed refs", NAMES);
	git("shared", "repack", "-adq");
	git("shared", "commit-graph", "write", "--reachable");
	compare("shared", "a commit graph", NAMES);
	git("shared", "config", "core.fileMode", "false");
	git("shared", "config", "core.ignoreCase", "true");
	git("shared", "config", "core.symlinks", "false");
	git("shared", "config", "diff.ignoreSubmodules", "all");
	git("shared", "config", "diff.renames", "copies");
	compare("shared", "configuration that bends a diff", ALL);

	git(".", "init", "-q", "work");
	put_file("work/f", "one\n");
	git("work", "add", ".");
	git("work", "commit", "-qm", "first");
	put_file("work/f", "two\n");
	git("work", "commit", "-qam", "second");
	git("work", "config", "index.version", "4");
	git("work", "update-index", "--index-version", "4");
	compare("work", "index version 4", SOME);
	git("work", "update-ref", "refs/worktree/mine", "HEAD~1");
	git("work", "worktree", "add", "-q", "../linked", "-b", "linked");
	git("linked", "update-ref", "refs/worktree/mine", "HEAD");
	git("linked", "update-ref", "refs/bisect/bad", "HEAD~1");
	compare("linked", "a linked worktree", SOME);
	compare("work", "its main worktree", SOME);
	git("work", "checkout", "-q", "--detach", "HEAD~1");
	compare("work", "detached", NAMES);
	git(".", "init", "-q", "super");
	git("super", "submodule", "--quiet", "add", "../work", "sub");
	git("super", "commit", "-qm", "submodule");
	compare("super/sub", "a submodule", SOME);
	compare("super", "around a submodule", SOME);
}

static void test_not_served(void)
{
	CLEANUP(buf_release) struct buf from = BUF_INIT;
	const char *url;

	git("work", "checkout", "-q", "main");
	buf_printf(&from, "file://%s/work", scratch);
	url = from.data;

	git(".", "init", "-q", "--object-format=sha256", "sha256");
	put_file("sha256/f", "one\n");
	git("sha256", "add", ".");
	git("sha256", "commit", "-qm", "first");
	put_file("sha256/g", "two\n");
	git("sha256", "add", ".");
	git("sha256", "commit", "-qm", "second");
	falls_back("sha256", "sha256");
	git(".", "clone", "-q", "--depth", "1", url, "shallow");
	falls_back("shallow", "shallow");
	git(".", "clone", "-q", "--filter=blob:none", "--no-checkout", url, "partial");
	falls_back("partial", "partial");
	git(".", "clone", "-q", url, "sparse");
	git("sparse", "config", "core.sparseCheckout", "true");
	falls_back("sparse", "sparse");
	git(".", "clone", "-q", url, "split");
	git("split", "update-index", "--split-index");
	falls_back("split", "split index");
	git(".", "clone", "-q", url, "wtconfig");
	git("wtconfig", "config", "extensions.worktreeConfig", "true");
	falls_back("wtconfig", "worktree configuration");
	git(".", "clone", "-q", url, "replaced");
	git("replaced", "replace", "HEAD", "HEAD~1");
	falls_back("replaced", "replaced objects");
	git("replaced", "pack-refs", "--all", "--prune");
	falls_back("replaced", "replaced objects, packed");
	git(".", "clone", "-q", url, "grafts");
	put_file("grafts/.git/info/grafts", "");
	falls_back("grafts", "grafts");
	git(".", "clone", "-q", url, "precious");
	git("precious", "config", "core.repositoryFormatVersion", "1");
	git("precious", "config", "extensions.preciousObjects", "true");
	falls_back("precious", "an extension only git knows");
}

/* The facts that decide, as they are, not only alike. */
static void test_facts(void)
{
	CLEANUP(repo_close) struct repo *sha256 = open_as("sha256", NULL);
	CLEANUP(repo_close) struct repo *shallow = open_as("shallow", NULL);
	CLEANUP(repo_close) struct repo *partial = open_as("partial", NULL);
	CLEANUP(repo_close) struct repo *sparse = open_as("sparse", NULL);
	CLEANUP(repo_close) struct repo *split = open_as("split", NULL);
	CLEANUP(repo_close) struct repo *own = open_as("wtconfig", NULL);
	CLEANUP(repo_close) struct repo *work = open_as("work", NULL);
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct fault why = FAULT_INIT;
	char oid[OID_MAX];

	ok(sha256->sha256 && !work->sha256, "sha256 is seen");
	ok(shallow->shallow && !work->shallow, "shallow is seen");
	ok(partial->partial && !work->partial, "partial is seen");
	ok(sparse->sparse && !work->sparse, "sparse is seen");
	ok(split->split_index && !work->split_index, "a split index is seen");
	ok(own->worktree_config && !work->worktree_config, "worktree configuration is seen");
	ok(repo_commit(sha256, "main", oid, &why) == 0 && strlen(oid) == 64, "ids of 64 digits");
	ok(repo_blob(sha256, oid, "f", &out, &why) == 0 && !strcmp(out.data, "one\n"),
		"a blob of a sha256 repository");
	buf_clear(&out);
	ok(repo_commit(partial, "HEAD", oid, &why) == 0 &&
			repo_blob(partial, oid, "f", &out, &why) == 0 && !strcmp(out.data, "two\n"),
		"a blob that had to be fetched");
}

int main(void)
{
	scratch_make();
	test_served();
	test_shapes();
	test_not_served();
	test_facts();
	scratch_remove();
	return tap_done();
}
