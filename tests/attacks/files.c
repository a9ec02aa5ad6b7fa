/* Attacks on files outside of the box, and the ways to them. */
#include "attacks/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int run_write(const struct target *t)
{
	return verdict(open_in(t->top, "outside/written", O_WRONLY | O_CREAT) >= 0);
}

static int run_read(const struct target *t)
{
	return verdict(open_in(t->top, "outside/secret", O_RDONLY) >= 0);
}

static int run_ssh(const struct target *t)
{
	return verdict(open_in(t->top, "person/.ssh/id_ed25519", O_RDONLY) >= 0);
}

static int run_list(const struct target *t)
{
	return verdict(open_in(t->top, "outside", O_RDONLY | O_DIRECTORY) >= 0);
}

static int run_stat(const struct target *t)
{
	char path[4096];
	struct stat st;

	path_in(path, t->top, "outside/secret");
	return verdict(stat(path, &st) == 0);
}

static int run_watch(const struct target *t)
{
	char path[4096];
	int fd = inotify_init1(IN_CLOEXEC);

	path_in(path, t->top, "outside");
	return verdict(fd >= 0 && inotify_add_watch(fd, path, IN_ALL_EVENTS) >= 0);
}

static int run_program(const struct target *t)
{
	char path[4096];
	int status = 1;
	pid_t pid = fork();

	path_in(path, t->top, "outside/program");
	if (pid == 0) {
		execl(path, path, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return verdict(status == 0);
}

static int run_truncate(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "outside/secret");
	return verdict(truncate(path, 7) == 0);
}

static int run_unlink(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "outside/doomed");
	return verdict(unlink(path) == 0);
}

static int run_chmod(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "outside/secret");
	return verdict(chmod(path, 0640) == 0);
}

static int run_utime(const struct target *t)
{
	struct timespec times[2] = {{1, 0}, {1, 0}};
	char path[4096];

	path_in(path, t->top, "outside/secret");
	return verdict(utimensat(AT_FDCWD, path, times, 0) == 0);
}

static int run_xattr(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "outside/secret");
	return verdict_unless(setxattr(path, "user.evil", "1", 1, 0) == 0, EOPNOTSUPP, EOPNOTSUPP);
}

static int run_shadow(const struct target *t)
{
	(void)t;
	return verdict(open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0);
}

/* --- ways out of the tree */

static int run_up(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "tree");
	return verdict(chdir(path) == 0 && open("../outside/secret", O_RDONLY | O_CLOEXEC) >= 0);
}

static int run_link(const struct target *t)
{
	char from[4096], to[4096];

	path_in(from, t->top, "outside/secret");
	path_in(to, t->top, "tree/linked");
	return verdict(link(from, to) == 0);
}

static int run_symlink(const struct target *t)
{
	char from[4096], to[4096];

	path_in(from, t->top, "outside/secret");
	path_in(to, t->top, "tree/linked");
	return verdict(symlink(from, to) == 0 && open(to, O_RDONLY | O_CLOEXEC) >= 0);
}

static int run_move_out(const struct target *t)
{
	char from[4096], to[4096];
	int fd = open_in(t->top, "tree/made", O_WRONLY | O_CREAT);

	path_in(from, t->top, "tree/made");
	path_in(to, t->top, "outside/written");
	return verdict(fd >= 0 && rename(from, to) == 0);
}

static int run_move_in(const struct target *t)
{
	char from[4096], to[4096];

	path_in(from, t->top, "outside/doomed");
	path_in(to, t->top, "tree/made");
	return verdict(rename(from, to) == 0);
}

static int run_move_tree(const struct target *t)
{
	char from[4096], to[4096];

	path_in(from, t->top, "tree");
	path_in(to, t->top, "was-tree");
	if (rename(from, to) < 0)
		return ATTACK_FAILED;
	return verdict(rename(to, from) == 0);
}

static int run_kept_dir(const struct target *t)
{
	(void)t;
	return verdict(openat(KEPT_DIR, "secret", O_RDONLY | O_CLOEXEC) >= 0);
}

static int by_proc(const struct target *t, pid_t pid, const char *what, const char *name)
{
	char path[8192];

	snprintf(path, sizeof path, "/proc/%d/%s%s%s", (int)pid, what,
		strcmp(what, "root") != 0 ? "" : t->top, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int run_victim_root(const struct target *t)
{
	return verdict(by_proc(t, t->victim, "root", "/outside/secret") >= 0);
}

static int run_parent_root(const struct target *t)
{
	return verdict(by_proc(t, getppid(), "root", "/outside/secret") >= 0);
}

static int run_victim_cwd(const struct target *t)
{
	return verdict(by_proc(t, t->victim, "cwd", "/outside/secret") >= 0);
}

static int run_shared_memory(const struct target *t)
{
	char path[80];

	shm_name(path, t->top);
	return verdict(open(path, O_RDWR | O_CLOEXEC) >= 0);
}

/* --- the kernel's own files */

static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd >= 0 ? ATTACK_WORKED : verdict_unless(false, ENOENT, ENODEV);
}

static int run_kmsg(const struct target *t)
{
	(void)t;
	return opens("/dev/kmsg", O_WRONLY);
}

static int run_sysctl(const struct target *t)
{
	(void)t;
	return opens("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static int run_sysrq(const struct target *t)
{
	(void)t;
	return opens("/proc/sysrq-trigger", O_WRONLY);
}

static int run_sysfs(const struct target *t)
{
	(void)t;
	return opens("/sys/kernel/profiling", O_RDONLY) == ATTACK_WORKED
		       ? ATTACK_WORKED
		       : opens("/sys/kernel/uevent_seqnum", O_RDONLY);
}

static int run_cgroup(const struct target *t)
{
	(void)t;
	return opens("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
}

static const struct attack rows[] = {
	{"write", run_write, FORM_BOTH, 0},
	{"read", run_read, FORM_BOTH, 0},
	{"ssh-key", run_ssh, FORM_BOTH, 0},
	{"list", run_list, FORM_BOTH, 0},
	{"stat", run_stat, FORM_SPACES, 0},
	{"watch", run_watch, FORM_SPACES, 0},
	{"program", run_program, FORM_BOTH, 0},
	{"truncate", run_truncate, FORM_BOTH, 0},
	{"unlink", run_unlink, FORM_BOTH, 0},
	{"chmod", run_chmod, FORM_SPACES, 0},
	{"utime", run_utime, FORM_SPACES, 0},
	{"xattr", run_xattr, FORM_BOTH, 0},
	{"shadow", run_shadow, FORM_BOTH, NEEDS_ROOT},
	{"up", run_up, FORM_BOTH, 0},
	{"hard-link", run_link, FORM_BOTH, 0},
	{"symbolic-link", run_symlink, FORM_BOTH, 0},
	{"move-out", run_move_out, FORM_BOTH, 0},
	{"move-in", run_move_in, FORM_BOTH, 0},
	{"move-tree", run_move_tree, FORM_BOTH, 0},
	{"kept-directory", run_kept_dir, FORM_BOTH, 0},
	{"victim-root", run_victim_root, FORM_BOTH, 0},
	{"parent-root", run_parent_root, FORM_BOTH, 0},
	{"victim-cwd", run_victim_cwd, FORM_BOTH, 0},
	{"shared-memory", run_shared_memory, FORM_BOTH, 0},
	{"kernel-log", run_kmsg, FORM_BOTH, NEEDS_ROOT},
	{"sysctl", run_sysctl, FORM_BOTH, NEEDS_ROOT},
	{"sysrq", run_sysrq, FORM_BOTH, NEEDS_ROOT},
	{"sysfs", run_sysfs, FORM_BOTH, 0},
	{"cgroup", run_cgroup, FORM_BOTH, NEEDS_ROOT},
};
const struct attack_table file_attacks = {rows, sizeof rows / sizeof *rows};
