/*
 * h-faults: a library for LD_PRELOAD, for tests alone. In the commands of git agent, and where one starts a git of its own, each
 * write, rename, fsync, link, unlink, mkdir, creation and start of a program is a point; at point FAULTS_AT the command is killed
 * (FAULTS_KIND=kill), or the call fails with ENOSPC, EIO, EROFS or EMFILE. ENOSPC and EROFS last, as a full disk does.
 *
 * FAULTS_COUNT names a file whose first eight bytes count the points, over all these processes; FAULTS_LOG gets a line for the point
 * that was met.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { NONE, KILL, FAIL };

static _Atomic uint64_t *count;
static uint64_t at;
static enum kind kind;
static int error;
static bool lasts;
static pid_t self; /* the process that is looked at: a fork of it is not */

#define REAL(name) (__extension__(__typeof__(&(name))) dlsym(RTLD_NEXT, #name))

static const struct {
	const char *name;
	int error;
	bool lasts;
} errors[] = {{"ENOSPC", ENOSPC, true}, {"EIO", EIO, false}, {"EROFS", EROFS, true},
	{"EMFILE", EMFILE, false}};

/* Last part of the program a process runs; "" where it cannot be told. */
static void program_of(pid_t pid, char out[PATH_MAX])
{
	char path[64], target[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	len = readlink(path, target, sizeof target - 1);
	target[len > 0 ? len : 0] = '\0';
	snprintf(out, PATH_MAX, "%s", strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
}

static bool is_command(const char *program)
{
	return !strncmp(program, "git-agent-", 10) && strncmp(program, "git-agent--", 11) != 0;
}

static void tell(const char *what)
{
	const char *path = getenv("FAULTS_LOG");
	char line[256];
	int fd, len;

	if (!path)
		return;
	fd = (int)syscall(
		SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	len = snprintf(line, sizeof line, "%llu %s\n", (unsigned long long)at, what);
	if (fd >= 0 && syscall(SYS_write, fd, line, (size_t)len) < 0)
		_exit(99);
	if (fd >= 0)
		syscall(SYS_close, fd);
}

/* Counts; whether the call is to fail. `whom` is killed. */
static bool meet(const char *what, pid_t whom, unsigned possible)
{
	uint64_t now;

	if (!count || getpid() != self)
		return false;
	now = atomic_fetch_add(count, 1) + 1;
	if (kind == KILL && now == at) {
		tell(what);
		syscall(SYS_kill, whom, SIGKILL);
		return false;
	}
	if (kind != FAIL || !(possible & (1u << (unsigned)(error % 32))) || now < at)
		return false;
	if (now == at || lasts)
		tell(what);
	/* Where the point itself cannot fail in this way, the next one that can does. */
	if (!lasts)
		kind = NONE;
	errno = error;
	return true;
}

#define CAN(e) (1u << (unsigned)((e) % 32))
#define DISK   (CAN(ENOSPC) | CAN(EIO) | CAN(EROFS))

static void *map_count(const char *path)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *map;

	if (fd < 0 || syscall(SYS_ftruncate, fd, 8) < 0)
		return NULL;
	map = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	return map == MAP_FAILED ? NULL : map;
}

static void choose(const char *word)
{
	kind = !strcmp(word, "kill") ? KILL : NONE;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (!strcmp(errors[i].name, word)) {
			kind = FAIL;
			error = errors[i].error;
			lasts = errors[i].lasts;
		}
}

/* A git that a command starts for itself: its start is a point, and so is its end. */
static bool is_git_of_ours;

__attribute__((constructor)) static void start(void)
{
	char program[PATH_MAX], parent[PATH_MAX];
	const char *path = getenv("FAULTS_COUNT"), *where = getenv("FAULTS_AT"),
		   *word = getenv("FAULTS_KIND");

	if (!path)
		return;
	program_of(getpid(), program);
	program_of(getppid(), parent);
	is_git_of_ours = !strcmp(program, "git") && is_command(parent);
	if (!is_command(program) && !is_git_of_ours)
		return;
	at = where ? strtoull(where, NULL, 10) : 0;
	choose(word ? word : "");
	self = getpid();
	count = map_count(path);
	if (is_git_of_ours && meet("start of git", getppid(), 0))
		return;
}

__attribute__((destructor)) static void end(void)
{
	if (is_git_of_ours)
		meet("end of git", getppid(), 0);
}

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* What git itself writes is git's to survive. */
static bool meet_call(const char *what, unsigned possible)
{
	return !is_git_of_ours && meet(what, getpid(), possible);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	/* A write that is cut short, as one is on a disk that fills, and then the rest of it. */
	if (is_file(fd) && meet_call("write", DISK)) {
		if (error == ENOSPC && len > 1)
			syscall(SYS_write, fd, bytes, len / 2);
		errno = error;
		return -1;
	}
	return REAL(write)(fd, bytes, len);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	return meet_call("pwrite", DISK) ? -1 : REAL(pwrite)(fd, bytes, len, offset);
}

int rename(const char *from, const char *to)
{
	return meet_call("rename", DISK) ? -1 : REAL(rename)(from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return meet_call("renameat", DISK) ? -1 : REAL(renameat)(from_dir, from, to_dir, to);
}

int fsync(int fd)
{
	return meet_call("fsync", CAN(EIO) | CAN(ENOSPC)) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	return meet_call("fdatasync", CAN(EIO) | CAN(ENOSPC)) ? -1 : REAL(fdatasync)(fd);
}

int ftruncate(int fd, off_t len)
{
	return meet_call("ftruncate", DISK) ? -1 : REAL(ftruncate)(fd, len);
}

int link(const char *from, const char *to)
{
	return meet_call("link", DISK) ? -1 : REAL(link)(from, to);
}

int symlink(const char *from, const char *to)
{
	return meet_call("symlink", DISK) ? -1 : REAL(symlink)(from, to);
}

int unlink(const char *path)
{
	return meet_call("unlink", CAN(EIO) | CAN(EROFS)) ? -1 : REAL(unlink)(path);
}

int unlinkat(int dir, const char *path, int flags)
{
	return meet_call("unlinkat", CAN(EIO) | CAN(EROFS)) ? -1 : REAL(unlinkat)(dir, path, flags);
}

int mkdir(const char *path, mode_t mode)
{
	return meet_call("mkdir", DISK) ? -1 : REAL(mkdir)(path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	return meet_call("mkdirat", DISK) ? -1 : REAL(mkdirat)(dir, path, mode);
}

int mkostemp(char *template, int flags)
{
	return meet_call("mkostemp", DISK | CAN(EMFILE)) ? -1 : REAL(mkostemp)(template, flags);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, int) : 0;
	va_end(args);
	if (flags & O_CREAT ? meet_call("open to write", DISK | CAN(EMFILE))
			    : meet_call("open", CAN(EMFILE)))
		return -1;
	return REAL(open)(path, flags, mode);
}

int pipe2(int ends[2], int flags)
{
	return meet_call("pipe2", CAN(EMFILE)) ? -1 : REAL(pipe2)(ends, flags);
}
