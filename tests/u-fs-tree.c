/* Whole trees that are copied and counted, and locks that are shared. */
#include "base/alloc.h"
#include "base/fs.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/git-agent-u-fs-tree.XXXXXX";

static void test_shared_lock(void)
{
	struct fs_lock one = FS_LOCK_INIT, two = FS_LOCK_INIT, whole = FS_LOCK_INIT;
	CLEANUP(str_free) char *path = fs_join(dir, "shared.lock");
	struct fault why = FAULT_INIT;

	ok(fs_lock_shared(&one, path, false, &why) == 0 &&
			fs_lock_shared(&two, path, false, &why) == 0,
		"two share a lock");
	ok(fs_lock(&whole, path, false, &why) == 1, "nobody else has it whole meanwhile");
	fs_unlock(&one);
	ok(fs_lock(&whole, path, false, &why) == 1, "nor while one is left");
	fs_unlock(&two);
	ok(fs_lock(&whole, path, false, &why) == 0, "then somebody has");
	ok(fs_lock_shared(&one, path, false, &why) == 1, "and nobody shares it");
	ok(fs_lock_is(&whole, path), "it is the file of that name");
	ok(unlink(path) == 0 && !fs_lock_is(&whole, path), "until that is removed");
	ok(fs_lock_shared(&one, path, false, &why) == 0 && fs_lock_is(&one, path) &&
			!fs_lock_is(&whole, path),
		"another of that name is another lock");
	fs_unlock(&one);
	fs_unlock(&whole);
	unlink(path);
}

static void put_file(const char *name, const char *text, mode_t mode)
{
	CLEANUP(str_free) char *path = fs_join(dir, name), *above = fs_dirname(path);
	struct fault why = FAULT_INIT;

	if (fs_mkdirs(above, 0755, &why) < 0 || fs_write(path, text, strlen(text), mode, &why) < 0)
		ok(false, "%s", why.message);
}

static bool holds(const char *name, const char *text)
{
	CLEANUP(str_free) char *path = fs_join(dir, name);
	CLEANUP(buf_release) struct buf found = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(path, &found, 65536, &why) == 0 && !strcmp(found.data, text);
}

static void test_copy_tree(void)
{
	CLEANUP(str_free) char *from = fs_join(dir, "tree"), *to = fs_join(dir, "copy");
	CLEANUP(str_free)
	char *link = fs_join(dir, "tree/link"), *copied = fs_join(dir, "copy/link");
	CLEANUP(str_free)
	char *pipe = fs_join(dir, "tree/pipe"), *locked = fs_join(dir, "tree/locked");
	CLEANUP(str_free)
	char *prog = fs_join(dir, "tree/sub/prog"), *as = fs_join(dir, "copy/sub/prog");
	CLEANUP(str_free)
	char *outside = fs_join(dir, "outside"), *lead = fs_join(dir, "copy2/sub");
	CLEANUP(str_free) char *copy2 = fs_join(dir, "copy2");
	const struct timespec times[] = {{1000, 0}, {2000, 500}};
	struct fault why = FAULT_INIT;
	struct stat a, b;
	char target[64] = "";

	put_file("tree/file", "text", 0640);
	put_file("tree/sub/prog", "program", 0755);
	ok(symlink("no/such/place", link) == 0 && mkfifo(pipe, 0600) == 0 &&
			mkdir(locked, 0500) == 0 && utimensat(AT_FDCWD, prog, times, 0) == 0,
		"a tree");
	ok(fs_copy_tree(from, to, &why) == 0, "is copied %s", why.message);
	ok(holds("copy/file", "text") && holds("copy/sub/prog", "program"), "with its files");
	ok(stat(prog, &a) == 0 && stat(as, &b) == 0 && a.st_mode == b.st_mode &&
			b.st_mtim.tv_sec == 2000 && b.st_mtim.tv_nsec == 500 &&
			a.st_ino != b.st_ino,
		"modes and times, as files of its own");
	ok(readlink(copied, target, sizeof target - 1) > 0 && !strcmp(target, "no/such/place"),
		"links as links");
	str_free(&pipe);
	pipe = fs_join(to, "pipe");
	ok(!fs_exists(pipe), "pipes not at all");
	put_file("copy/file", "mine", 0644);
	put_file("tree/new", "new", 0644);
	ok(fs_copy_tree(from, to, &why) == 0 && holds("copy/file", "mine") &&
			holds("copy/new", "new"),
		"what is there stays, what is not is added");
	ok(fs_mkdirs(outside, 0755, &why) == 0 && fs_mkdirs(copy2, 0755, &why) == 0 &&
			symlink(outside, lead) == 0 && fs_copy_tree(from, copy2, &why) == 0 &&
			!holds("outside/prog", "program") && holds("copy2/file", "text"),
		"a link in the way is not followed");
	{
		size_t files = 100;
		uint64_t bytes = 1 << 20;

		ok(fs_tree_fits(from, &files, &bytes) && files < 100 && bytes < 1 << 20,
			"it is small");
		files = 3;
		ok(!fs_tree_fits(from, &files, &bytes) && files == 3, "but for less than that");
		files = 100;
		bytes = 5;
		ok(!fs_tree_fits(from, &files, &bytes) && bytes == 5, "in bytes too");
	}
	ok(fs_copy_tree("/no/such/tree", to, &why) == -1, "a tree that is not there: %s",
		why.message);
}

int main(void)
{
	struct fault why = FAULT_INIT;

	if (!mkdtemp(dir))
		return 1;
	test_shared_lock();
	test_copy_tree();
	ok(fs_remove(dir, &why) == 0, "cleared away");
	return tap_done();
}
