#include "base/alloc.h"
#include "base/fs.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The tests run in a directory of their own, made and left by main. */

static struct fault why = FAULT_INIT;

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || fs_write_fd(fd, text, strlen(text)) < 0)
		printf("Bail out! cannot write %s\n", path);
	fd_close(&fd);
}

static void holds(const char *path, const char *want, const char *name)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	ok(fs_read(path, &b, 1 << 20, &why) == 0, "%s: readable", name);
	is(b.data, want, name);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_mode & 07777;
}

static size_t count(const char *dir)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	return fs_list(dir, &names, &why) ? (size_t)-1 : names.len;
}

static void test_read(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	put("five", "12345");
	ok(fs_read("none", &b, 10, &why) == 1, "a missing file is an answer");
	ok(fs_read("five/x", &b, 10, &why) == 1, "so is a path through a file");
	ok(fs_read("five", &b, 5, &why) == 0, "exactly the limit is fine");
	ok(fs_read("five", &b, SIZE_MAX, &why) == 0, "no limit is fine");
	is(b.data, "1234512345", "bytes are appended");
	ok(fs_read("five", &b, 4, &why) == -1, "one over the limit is a fault");
	ok(strstr(why.message, "'five'") && strstr(why.message, "4 bytes"), "that names both");
	is(b.data, "1234512345", "and leaves the buffer as it was");
	ok(fs_read(".", &b, 10, &why) == -1 && strstr(why.message, "irectory"),
		"a directory is a fault");
	put("empty", "");
	ok(fs_read("empty", &b, 0, &why) == 0 && b.len == 10, "an empty file within no bytes");
}

static void test_read_fd(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	char *big = xcalloc(1, 200000);
	int ends[2];
	pid_t child;

	if (pipe(ends) < 0)
		printf("Bail out! no pipe\n");
	memset(big, 'x', 200000);
	child = fork();
	if (!child) {
		close(ends[0]);
		_exit(fs_write_fd(ends[1], big, 200000) ? 1 : 0);
	}
	close(ends[1]);
	ok(fs_read_fd(ends[0], &b, 200000, &why) == 0, "a pipe is read to its end");
	ok(b.len == 200000 && !memcmp(b.data, big, b.len), "in many pieces");
	close(ends[0]);
	waitpid(child, NULL, 0);
	free(big);
	ok(fs_read_fd(-1, &b, 1, &why) == -1, "a bad descriptor is a fault");
	errno = 0;
	ok(fs_write_fd(-1, "x", 1) == -1 && errno == EBADF, "writing to one too");
	ok(fs_write_fd(-1, "x", 0) == 0, "writing nothing is done at once");
}

static void test_write(void)
{
	char name[256];
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	mkdir("w", 0755);
	ok(fs_write("w/a", "one", 3, 0640, &why) == 0, "a new file");
	holds("w/a", "one", "its bytes");
	ok(mode_of("w/a") == 0640, "its mode");
	ok(fs_write("w/a", "x\0y", 3, 0755, &why) == 0 && mode_of("w/a") == 0755,
		"replaced, with the new mode");
	ok(fs_read("w/a", &b, 10, &why) == 0 && b.len == 3 && !memcmp(b.data, "x\0y", 3),
		"NULs are written");
	ok(fs_write("w/a", "", 0, 0644, &why) == 0, "no bytes");
	holds("w/a", "", "an empty file");
	ok(fs_write_derived("w/a", "derived", 7, &why) == 0, "derived");
	holds("w/a", "derived", "its bytes too");
	if (symlink("a", "w/link") < 0)
		printf("Bail out! no symlink\n");
	ok(fs_write("w/link", "new", 3, 0644, &why) == 0, "a link is replaced, not followed");
	holds("w/a", "derived", "what it led to stays");
	memset(name, 'n', 255);
	name[255] = '\0';
	ok(fs_write(name, "x", 1, 0644, &why) == 0, "a name as long as names can be");
	unlink(name);
	ok(count("w") == 2, "nothing else is left behind");
}

static void test_write_fails(void)
{
	struct rlimit old, small = {4096, 4096};
	char big[8192] = "";

	mkdir("f", 0755);
	mkdir("f/dir", 0755);
	put("f/old", "old");
	ok(fs_write("f/dir", "x", 1, 0644, &why) == -1 && strstr(why.message, "'f/dir'"),
		"a directory is not replaced");
	ok(fs_write("none/x", "x", 1, 0644, &why) == -1, "nor a missing one made");
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	ok(fs_write("f/old", big, sizeof big, 0644, &why) == -1, "a write that fails midway");
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	holds("f/old", "old", "leaves the old file");
	ok(count("f") == 2, "and no temporary one");
}

/* A reader never sees a part. */
static void test_write_atomic(void)
{
	char a[5000], b[3000];
	size_t torn = 0;
	pid_t child;
	int status;

	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	fs_write_derived("atom", a, sizeof a, &why);
	child = fork();
	if (!child) {
		for (int i = 0; i < 300; i++)
			if (fs_write_derived(
				    "atom", i % 2 ? a : b, i % 2 ? sizeof a : sizeof b, &why) < 0)
				_exit(1);
		_exit(0);
	}
	do {
		CLEANUP(buf_release) struct buf got = BUF_INIT;

		torn += fs_read("atom", &got, 10000, &why) != 0;
		torn += !(got.len == sizeof a && !memcmp(got.data, a, sizeof a)) &&
			!(got.len == sizeof b && !memcmp(got.data, b, sizeof b));
	} while (!waitpid(child, &status, WNOHANG));
	ok(WIFEXITED(status) && !WEXITSTATUS(status), "the writer wrote");
	ok(!torn, "and every read saw a whole file");
}

static void test_append(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	size_t whole = 0;

	ok(fs_append_line("log", "one", &why) == 0, "a line to a new file");
	ok(fs_append_line("log", "", &why) == 0, "an empty line");
	holds("log", "one\n\n", "two lines");
	put("log", "one\n{\"tor");
	ok(fs_append_line("log", "two", &why) == 0, "a line after a torn one");
	holds("log", "one\n{\"tor\ntwo\n", "is a line of its own");
	ok(fs_append_line("log", "a\nb", &why) == -1, "two lines are no line");
	ok(fs_append_line("no/log", "a", &why) == -1, "a missing directory is a fault");
	for (int k = 0; k < 4; k++)
		if (!fork()) {
			for (int i = 0; i < 10; i++)
				fs_append_line("many", "a line that is not torn", &why);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	fs_read("many", &b, 10000, &why);
	for (char *line = b.data, *end; (end = strchr(line, '\n')); line = end + 1)
		whole += end - line == 23 && !strncmp(line, "a line that is not torn", 23);
	ok(whole == 40 && b.len == 960, "appending from four processes keeps all lines whole");
}

static void test_mkdirs(void)
{
	mode_t mask = umask(022);

	ok(fs_mkdirs("m/a//b/c/", 0750, &why) == 0, "parents are made");
	ok(fs_is_dir("m/a/b/c") && mode_of("m/a/b/c") == 0750, "with the mode");
	ok(fs_mkdirs("m/a/b/c", 0700, &why) == 0 && mode_of("m/a/b/c") == 0750,
		"what exists is fine and stays");
	ok(fs_mkdirs("m/ro/x", 0500, &why) == 0 && mode_of("m/ro/x") == 0500, "a locked leaf");
	ok(fs_mkdirs(".", 0755, &why) == 0 && fs_mkdirs("/", 0755, &why) == 0, "dot and root");
	put("m/file", "");
	ok(fs_mkdirs("m/file", 0755, &why) == -1 && strstr(why.message, "'m/file'"),
		"a file in place is a fault");
	ok(fs_mkdirs("m/file/x/y", 0755, &why) == -1 && strstr(why.message, "'m/file'"),
		"on the way too, and named");
	ok(fs_mkdirs("", 0755, &why) == -1, "nothing is no directory");
	if (symlink("a", "m/link") < 0)
		printf("Bail out! no symlink\n");
	ok(fs_mkdirs("m/link/new", 0755, &why) == 0 && fs_is_dir("m/a/new"),
		"a link to a directory will do");
	umask(mask);
}

static void test_list(void)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	ok(fs_list("l", &names, &why) == 1, "a missing directory is an answer");
	mkdir("l", 0755);
	ok(fs_list("l", &names, &why) == 0 && names.len == 0, "an empty one");
	put("l/b", "");
	put("l/.h", "");
	put("l/a\nb", "");
	put("l/\xff", "");
	ok(fs_list("l", &names, &why) == 0 && names.len == 4, "all but dot and dot dot");
	is(names.items[0], ".h", "sorted");
	is(names.items[1], "a\nb", "any bytes");
	is(names.items[3], "\xff", "even those");
	ok(fs_list("l/b", &names, &why) == -1 && names.len == 4, "a file is a fault");
	ok(fs_exists("l/b") && !fs_exists("l/c") && !fs_is_dir("l/b") && fs_is_dir("l"),
		"exists and is_dir");
	if (symlink("nowhere", "l/dangling") < 0 || symlink("../l", "l/self") < 0)
		printf("Bail out! no symlink\n");
	ok(fs_exists("l/dangling") && fs_is_dir("l/self"), "of links");
}

static void test_copy(void)
{
	CLEANUP(buf_release) struct buf got = BUF_INIT;
	char *big = xcalloc(1, 150001);

	memset(big, 'z', 150001);
	fs_write_derived("c1", big, 150001, &why);
	ok(fs_copy("c1", "c2", 0600, &why) == 0 && mode_of("c2") == 0600, "a copy with its mode");
	fs_read("c2", &got, 1 << 20, &why);
	ok(got.len == 150001 && !memcmp(got.data, big, got.len), "has the same bytes");
	free(big);
	put("old", "old");
	ok(fs_copy("missing", "old", 0600, &why) == -1, "nothing to copy is a fault");
	ok(fs_copy(".", "old", 0600, &why) == -1, "a directory too");
	mkfifo("fifo", 0600);
	ok(fs_copy("fifo", "old", 0600, &why) == -1, "a FIFO too, at once");
	holds("old", "old", "and the target stays");
}

static void test_paths(void)
{
	static const char *const cases[][2] = {
		{"a/b", "a"},
		{"a/b/", "a"},
		{"a//b//", "a"},
		{"a", "."},
		{"a/", "."},
		{"", "."},
		{"/", "/"},
		{"//", "/"},
		{"/a", "/"},
		{"/a/b/c", "/a/b"},
		{"../x", ".."},
	};
	CLEANUP(str_free) char *here = fs_real(".");
	CLEANUP(str_free) char *there = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(str_free) char *dir = fs_dirname(cases[i][0]);

		is(dir, cases[i][1], "dirname");
	}
	put("real", "");
	if (symlink("real", "to-real") < 0)
		printf("Bail out! no symlink\n");
	there = fs_real("./to-real");
	ok(here && there && !strncmp(there, here, strlen(here)) &&
			!strcmp(there + strlen(here), "/real"),
		"real resolves links");
	errno = 0;
	ok(!fs_real("unreal") && errno == ENOENT, "and says what is not there");
	ok(fs_free_bytes(".") >= 0 && fs_free_bytes("unreal") == -1, "free bytes");
}

/* --- removal -------------------------------------------------------------------------------- */

static bool make_chain(const char *root, int depth)
{
	int at = mkdir(root, 0755) ? -1 : open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; at >= 0 && i < depth; i++) {
		int file = openat(at, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0);
		int next = mkdirat(at, "a-directory", 0755)
				   ? -1
				   : openat(at, "a-directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		fd_close(&file);
		fd_close(&at);
		at = next;
	}
	if (at < 0)
		return false;
	close(at);
	return true;
}

static void test_remove_deep(void)
{
	struct rlimit old, few;

	ok(make_chain("deep", 3000), "a chain of 3000 directories");
	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){16, old.rlim_max};
	setrlimit(RLIMIT_NOFILE, &few);
	ok(fs_remove("deep", &why) == 0, "is removed with few descriptors");
	setrlimit(RLIMIT_NOFILE, &old);
	ok(!fs_exists("deep"), "all of it");
}

static void test_remove_kinds(void)
{
	char name[256];

	ok(fs_remove("not-there", &why) == 0, "what is not there is fine");
	ok(fs_remove("five/x", &why) == 0, "so is what cannot be there");
	put("one", "");
	ok(fs_remove("one", &why) == 0 && !fs_exists("one"), "a file");
	fs_mkdirs("outside/dir", 0755, &why);
	put("outside/keep", "kept");
	fs_mkdirs("t/sub/sub", 0755, &why);
	if (symlink("../outside", "t/link") < 0 || symlink("../../outside/dir", "t/sub/l") < 0 ||
		symlink("nowhere", "t/dangling") < 0 || symlink("outside", "top") < 0)
		printf("Bail out! no symlink\n");
	mkfifo("t/fifo", 0600);
	put("t/new\nline", "");
	put("t/\xff\xfe", "");
	put("t/-rf", "");
	memset(name, 'n', 255);
	name[255] = '\0';
	memcpy(name, "t/sub/", 6);
	put(name, "");
	ok(fs_remove("top/", &why) == 0 && !fs_exists("top"), "a link, even with a slash");
	ok(fs_remove("t//", &why) == 0 && !fs_exists("t"), "a tree of all kinds");
	holds("outside/keep", "kept", "what links led to");
	ok(fs_is_dir("outside/dir"), "directories too");
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "wide/%d/%d", i % 20, i);
		fs_mkdirs(name, 0755, &why);
	}
	ok(fs_remove("wide", &why) == 0 && !fs_exists("wide"), "a wide tree");
	ok(fs_remove(".", &why) == -1 && why.message[0], "the directory one is in is a fault");
}

static void test_remove_locked(void)
{
	static const char *const locked[] = {
		"u/lock/none/x", "u/lock/none", "u/lock/read", "u/lock"};
	static const mode_t modes[] = {0, 0, 0400, 0555};

	/* Permissions mean nothing to root. */
	mkdir("u", 0777);
	chmod("u", 0777);
	ok(geteuid() != 0 || seteuid(65534) == 0, "not as root");
	fs_mkdirs("u/lock/none/x", 0755, &why);
	fs_mkdirs("u/lock/read/y", 0755, &why);
	put("u/lock/none/file", "");
	put("u/lock/read/file", "");
	put("u/lock/file", "");
	for (size_t i = 0; i < ARRAY_LEN(locked); i++)
		chmod(locked[i], modes[i]);
	ok(rmdir("u/lock/read/y") < 0 && errno == EACCES, "locked directories");
	ok(fs_remove("u/lock", &why) == 0 && !fs_exists("u/lock"), "are unlocked and removed");
	fs_mkdirs("u/held/child", 0755, &why);
	ok(getuid() != 0 || seteuid(0) == 0, "as before");
	chmod("u", 0555);
	if (!getuid())
		ok(seteuid(65534) == 0, "not as root again");
	ok(fs_remove("u/held", &why) == -1 && strstr(why.message, "'u/held'"),
		"a parent that is locked is not ours to unlock");
	ok(getuid() != 0 || seteuid(0) == 0, "and back");
	chmod("u", 0755);
}

/* --- locks ---------------------------------------------------------------------------------- */

static void test_lock(void)
{
	struct fs_lock a = FS_LOCK_INIT, b = FS_LOCK_INIT;

	ok(fs_lock(&a, "lock", false, &why) == 0, "a lock nobody holds");
	ok((fcntl(a.fd, F_GETFD) & FD_CLOEXEC) != 0, "is not inherited by programs");
	ok(fs_lock(&b, "lock", false, &why) == 1 && b.fd == -1, "held once");
	fs_unlock(&a);
	ok(a.fd == -1 && fs_exists("lock"), "given back; its file stays");
	ok(fs_lock(&b, "lock", true, &why) == 0, "and taken by another");
	fs_unlock(&b);
	fs_unlock(&b);
	ok(fs_lock(&a, "no/lock", false, &why) == -1 && a.fd == -1, "no place for a lock");
}

static void test_lock_dies(void)
{
	struct fs_lock lock = FS_LOCK_INIT;
	int ends[2];
	char byte = 0;
	pid_t child;

	if (pipe(ends) < 0)
		printf("Bail out! no pipe\n");
	child = fork();
	if (!child) {
		if (fs_lock(&lock, "lock", false, &why) || write(ends[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ok(read(ends[0], &byte, 1) == 1, "another process holds it");
	ok(fs_lock(&lock, "lock", false, &why) == 1, "so this one cannot");
	kill(child, SIGKILL);
	ok(fs_lock(&lock, "lock", true, &why) == 0, "its death frees it");
	waitpid(child, NULL, 0);
	fs_unlock(&lock);
	close(ends[0]);
	close(ends[1]);
}

/* The flag is there, or the file system has no such flags. */
static void test_spread(void)
{
	int flags = 0, fd;

	mkdir("spread", 0700);
	fs_spread("spread");
	fs_spread("spread");
	fs_spread("not there");
	fd = open("spread", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok(ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || flags & FS_TOPDIR_FL ||
			(flags |= FS_TOPDIR_FL, ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0),
		"what is made there is placed apart, where the file system can");
	close(fd);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP(buf_release) struct buf dir = BUF_INIT;

	buf_printf(&dir, "%s/u-fs.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir.data) || chmod(dir.data, 0755) < 0 || chdir(dir.data) < 0) {
		printf("Bail out! no directory to work in\n");
		return 1;
	}
	test_read();
	test_read_fd();
	test_write();
	test_write_fails();
	test_write_atomic();
	test_append();
	test_mkdirs();
	test_list();
	test_copy();
	test_paths();
	test_remove_deep();
	test_remove_kinds();
	test_remove_locked();
	test_lock();
	test_lock_dies();
	test_spread();
	ok(chdir("/") == 0 && fs_remove(dir.data, &why) == 0 && !fs_exists(dir.data),
		"cleared away");
	return tap_done();
}
