/* Directories of a box that are elsewhere, or copies: what is inside, and what is left outside. Holds at any level there is. */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names that overlayfs's options would take apart. */
static char top[] = "/tmp/git-agent-u,cow:b \\c.XXXXXX";
static char *home, *tmp, *tree, *lower, *work;
static enum sandbox_level level;
static bool spaces; /* there are namespaces */

static void put(const char *dir, const char *name, const char *text)
{
	CLEANUP(str_free) char *path = fs_join(dir, name), *above = fs_dirname(path);
	struct fault why = FAULT_INIT;

	if (fs_mkdirs(above, 0755, &why) < 0 ||
		fs_write_derived(path, text, strlen(text), &why) < 0)
		ok(false, "%s", why.message);
}

static bool holds(const char *dir, const char *name, const char *text)
{
	CLEANUP(str_free) char *path = fs_join(dir, name);
	CLEANUP(buf_release) struct buf found = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(path, &found, 4096, &why) == 0 && !strcmp(found.data, text);
}

static bool is_there(const char *dir, const char *name)
{
	CLEANUP(str_free) char *path = fs_join(dir, name);
	struct stat st;

	return lstat(path, &st) == 0 && !S_ISCHR(st.st_mode);
}

static void make_box(struct box *box, const char *script)
{
	box_init(box);
	box->level = level;
	box->dir = tree;
	box->home = home;
	box->tmp = tmp;
	vec_push(&box->write, tree);
	vec_push(&box->argv, "sh");
	vec_push(&box->argv, "-c");
	vec_push(&box->argv, script);
}

/* Runs a box's script; what it printed is the caller's to free. */
static char *said(struct box *box)
{
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;
	char *text;

	box->merge = true;
	ok(sandbox_run(box, &p, &why) == 0 && p->end == PROC_EXITED && !p->code,
		"the box runs %s %s", why.message, p ? p->out.data : "");
	text = xstrdup(p ? p->out.data : "");
	proc_free(&p);
	return text;
}

static void test_places(void)
{
	CLEANUP(buf_release) struct buf want = BUF_INIT;
	CLEANUP(str_free) char *inside = NULL, *out = NULL, *deep = fs_join(tree, "sub/file");
	struct box box;

	make_box(&box,
		"echo made >sub/made; p() { printf '%s\\n' \"$1\"; }; p \"$PWD\"; p \"$HOME\"; p \"$1\"; cat \"$1\"");
	put(tree, "sub/file", "deep\n");
	put(tree, ".git", "pinned");
	box_add_place(&box, tree, "/some/where/tree");
	box_add_place(&box, home, "/some/where/home");
	vec_pushf(&box.pin, "%s/.git", tree);
	inside = box_inside(&box, deep);
	is(inside, spaces ? "/some/where/tree/sub/file" : deep, "a path is told as it is inside");
	vec_push(&box.argv, "sh");
	vec_push(&box.argv, inside);
	out = said(&box);
	buf_printf(&want, "%s\n%s\n%s\ndeep\n", spaces ? "/some/where/tree" : tree,
		spaces ? "/some/where/home" : home, inside);
	is(out, want.data, "a directory, and HOME, at another path");
	ok(holds(tree, "sub/made", "made\n"), "what is written there is written outside");
	str_free(&out);
	str_replace(&box.argv.items[2], "! test -e \"$1\"; echo x 2>/dev/null >.git || echo kept");
	str_replace(&box.argv.items[4], tree);
	if (spaces) {
		out = said(&box);
		is(out, "kept\n", "it has no other name, and what is pinned below it is");
		ok(holds(tree, ".git", "pinned"), "outside too");
	}
	box_release(&box);
}

/* The directory at `at` outside is what takes the changes: outside it holds them and nothing else. */
static void add_copy(struct box *box, const char *name)
{
	CLEANUP(str_free) char *at = fs_join(tree, name);

	box_add_cow(box, at, lower, at, work);
}

static void test_copy(void)
{
	CLEANUP(str_free) char *out = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT, want = BUF_INIT;
	struct box box;

	put(tree, "deps/own", "own\n");
	make_box(&box,
		"cd deps && cat own kept changed gone old/a && echo y >changed && rm gone && rm -r old && "
		"mkdir old && echo b >old/b && echo n >new && mkdir dir && ls . old");
	box_add_place(&box, tree, "/some/where/tree");
	add_copy(&box, "deps");
	box_describe(&box, &text);
	buf_printf(&want, "\ncopy-on-write: /some/where/tree/deps (%s), changes in %s/deps\n",
		lower, tree);
	ok(strstr(text.data, want.data), "what is copied can be read before");
	out = said(&box);
	is(out, "own\nkept\nx\ngone\na\n.:\nchanged\ndir\nkept\nnew\nold\nown\n\nold:\nb\n",
		"both show, and anything can be changed");
	ok(holds(lower, "kept", "kept\n") && holds(lower, "changed", "x\n") &&
			holds(lower, "gone", "gone\n") && holds(lower, "old/a", "a\n") &&
			!is_there(lower, "new") && !is_there(lower, "dir"),
		"what lies below is as it was");
	ok(holds(tree, "deps/changed", "y\n") && holds(tree, "deps/new", "n\n") &&
			holds(tree, "deps/old/b", "b\n") && holds(tree, "deps/own", "own\n"),
		"outside the changes are where they were made");
	ok(!is_there(tree, "deps/kept") && !is_there(tree, "deps/gone") &&
			!is_there(tree, "deps/old/a"),
		"and nothing else is");
	str_free(&out);
	str_replace(&box.argv.items[2], "cd deps && ls . old && cat changed");
	out = said(&box);
	is(out, ".:\nchanged\ndir\nkept\nnew\nold\nown\n\nold:\nb\ny\n",
		"another box of the same copy goes on from there");
	box_release(&box);
}

/* Nothing but the copy may be written, and it is no way to what lies below or aside. */
static void test_bounds(void)
{
	CLEANUP(str_free)
	char *out = NULL, *upper = fs_join(top, "aside"), *at = xstrdup("/some/where/cache");
	CLEANUP(str_free) char *other = fs_join(top, "work2");
	struct fault why = FAULT_INIT;
	struct box box;

	ok(!fs_mkdirs(upper, 0700, &why) && !fs_mkdirs(other, 0700, &why), "a copy of its own");
	make_box(&box,
		"cd \"$1\" && echo w >w && cat w kept; touch ../beside 2>/dev/null || echo no; "
		"test -e \"$2\" || echo hidden");
	vec_push(&box.argv, "sh");
	vec_push(&box.argv, at);
	vec_push(&box.argv, lower);
	box_add_cow(&box, at, lower, upper, other);
	out = said(&box);
	is(out, "w\nkept\nno\nhidden\n", "a copy at a place that is not there outside");
	ok(holds(top, "aside/w", "w\n") && !is_there(lower, "w"), "with its changes aside");
	box_release(&box);
}

/* An agent may make a link of a directory on the way to a copy: the copy is not made behind it, and nor is its place. */
static void test_link(void)
{
	CLEANUP(str_free) char *aside = fs_join(top, "behind"), *link = fs_join(tree, "web");
	CLEANUP(str_free)
	char *at = fs_join(tree, "web/deps/more"), *upper = fs_join(top, "aside3");
	CLEANUP(str_free) char *other = fs_join(top, "work3");
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;
	struct box box;

	ok(!fs_mkdirs(aside, 0700, &why) && !fs_mkdirs(upper, 0700, &why) &&
			!fs_mkdirs(other, 0700, &why) && symlink(aside, link) == 0,
		"a link on the way");
	make_box(&box, "true");
	box_add_cow(&box, at, lower, upper, other);
	ok(sandbox_run(&box, &p, &why) < 0 && strstr(why.message, "a place for"),
		"no box is made: %s", why.message);
	ok(!is_there(aside, "deps"), "and nothing behind the link");
	proc_free(&p);
	box_release(&box);
}

static void test_none(void)
{
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;
	struct box box;

	make_box(&box, "true");
	add_copy(&box, "deps");
	if (level >= SANDBOX_PARTIAL)
		ok(sandbox_run(&box, &p, &why) == -1 && strstr(why.message, "copy-on-write"),
			"without namespaces it is refused, not passed over: %s", why.message);
	proc_free(&p);
	box_release(&box);
}

static void fill_lower(void)
{
	put(lower, "kept", "kept\n");
	put(lower, "changed", "x\n");
	put(lower, "gone", "gone\n");
	put(lower, "old/a", "a\n");
}

int main(void)
{
	char **const dirs[] = {&home, &tmp, &tree, &lower, &work};
	static const char *const names[] = {"home", "tmp", "tree", "lower", "work"};
	CLEANUP(buf_release) struct buf reasons = BUF_INIT;
	CLEANUP(vec_release) struct vec left = VEC_INIT;
	struct fault why = FAULT_INIT;
	bool can;

	if (!mkdtemp(top))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		*dirs[i] = fs_join(top, names[i]);
		ok(fs_mkdirs(*dirs[i], 0700, &why) == 0, "%s", names[i]);
	}
	level = sandbox_reach();
	sandbox_explain(&reasons);
	spaces = level >= SANDBOX_PARTIAL && !strstr(reasons.data, "namespaces");
	printf("# level %s%s\n", sandbox_level_name(level), spaces ? "" : ", no namespaces");
	fill_lower();
	test_places();
	can = sandbox_can_cow(level, tmp);
	ok(fs_list(tmp, &left, &why) == 0 && !left.len, "a trial leaves nothing behind");
	ok(!sandbox_can_cow(SANDBOX_NONE, tmp) && !sandbox_can_cow(level, "/no/such/place"),
		"where nothing can be copied that is said");
	ok(can || !spaces || !getenv("GIT_AGENT_TEST_REQUIRE_SANDBOX"), "copy-on-write: %s",
		can ? "yes" : "no");
	if (can) {
		test_copy();
		test_bounds();
		test_link();
	} else if (!spaces) {
		test_none();
	}
	ok(fs_remove(top, &why) == 0, "cleaned up %s", why.message);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		str_free(dirs[i]);
	return tap_done();
}
