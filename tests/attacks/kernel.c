/* Attacks by system calls: namespaces, mounts, and the kernel's less travelled parts. */
#include "attacks/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- namespaces and mounts from within */

static int run_unshare(const struct target *t)
{
	(void)t;
	return verdict(unshare(CLONE_NEWUSER) == 0);
}

static int run_clone(const struct target *t)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0L, 0L, 0L, 0L);

	(void)t;
	if (pid == 0)
		_exit(0);
	return verdict(pid > 0);
}

static int run_clone3(const struct target *t)
{
	unsigned long long args[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
	pid_t pid = (pid_t)syscall(435 /* clone3 */, args, sizeof args);

	(void)t;
	if (pid == 0)
		_exit(0);
	return verdict(pid > 0);
}

static int set_to(pid_t pid, const char *kind, int type)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : setns(fd, type);
}

static int run_setns(const struct target *t)
{
	return verdict(set_to(t->victim, "uts", CLONE_NEWUTS) == 0);
}

static int run_setns_parent(const struct target *t)
{
	(void)t;
	return verdict(set_to(getppid(), "uts", CLONE_NEWUTS) == 0);
}

static int run_setns_pidfd(const struct target *t)
{
	int fd = (int)syscall(SYS_pidfd_open, t->victim, 0);

	return verdict(fd >= 0 && setns(fd, CLONE_NEWUTS) == 0);
}

static int run_mount(const struct target *t)
{
	(void)t;
	return verdict(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
		       mount("tmpfs", "/usr", "tmpfs", 0, NULL) == 0);
}

/* In a mount namespace of its own where it may have one: the machine keeps its mounts. */
static void privately(void)
{
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int run_umount(const struct target *t)
{
	(void)t;
	privately();
	return verdict(umount2("/proc", MNT_DETACH) == 0);
}

static int run_remount(const struct target *t)
{
	(void)t;
	privately();
	return verdict(mount(NULL, "/proc", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
}

static int run_mount_attributes(const struct target *t)
{
	unsigned long long attr[4] = {0, 1 /* MOUNT_ATTR_RDONLY */, 0, 0};

	(void)t;
	privately();
	return verdict_unless(
		syscall(442 /* mount_setattr */, AT_FDCWD, "/proc", 0, attr, sizeof attr) == 0,
		ENOSYS, ENOSYS);
}

static int run_open_tree(const struct target *t)
{
	(void)t;
	return verdict_unless(
		syscall(428 /* open_tree */, AT_FDCWD, "/proc", 1 /* OPEN_TREE_CLONE */) >= 0,
		ENOSYS, ENOSYS);
}

static int run_file_system(const struct target *t)
{
	(void)t;
	return verdict_unless(syscall(430 /* fsopen */, "tmpfs", 0) >= 0, ENOSYS, ENOSYS);
}

static int run_pivot(const struct target *t)
{
	(void)t;
	privately();
	return verdict(mount("tmpfs", "/usr", "tmpfs", 0, NULL) == 0 && chdir("/usr") == 0 &&
		       syscall(SYS_pivot_root, ".", ".") == 0);
}

static int run_chroot(const struct target *t)
{
	(void)t;
	return verdict(chroot("/usr") == 0);
}

/* --- the rest of the kernel */

static int run_uring(const struct target *t)
{
	char params[120] = {0};

	(void)t;
	return verdict_unless(syscall(SYS_io_uring_setup, 1, params) >= 0, ENOSYS, ENOSYS);
}

static int run_keyring(const struct target *t)
{
	(void)t;
	return verdict_unless(
		syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1) >= 0,
		ENOSYS, ENOSYS);
}

static int run_add_key(const struct target *t)
{
	(void)t;
	return verdict_unless(syscall(SYS_add_key, "user", "git-agent-test", "x", 1,
				      KEY_SPEC_PROCESS_KEYRING) >= 0,
		ENOSYS, ENOSYS);
}

static int run_bpf(const struct target *t)
{
	char attr[128] = {0};

	(void)t;
	/* BPF_MAP_CREATE, an array of one */
	attr[0] = 2, attr[4] = 4, attr[8] = 4, attr[12] = 1;
	return verdict_unless(syscall(SYS_bpf, 0, attr, sizeof attr) >= 0, ENOSYS, ENOSYS);
}

static int run_perf(const struct target *t)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_DUMMY};

	(void)t;
	return verdict_unless(
		syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) >= 0, ENOSYS, EOPNOTSUPP);
}

static int run_userfault(const struct target *t)
{
	(void)t;
	return verdict_unless(syscall(SYS_userfaultfd, O_CLOEXEC) >= 0, ENOSYS, ENOSYS);
}

static int run_fanotify(const struct target *t)
{
	(void)t;
	return verdict_unless(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY) >= 0, ENOSYS, ENOSYS);
}

static int run_handle(const struct target *t)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char handle[128];
	} handle = {.bytes = 128};
	int mount_id;

	(void)t;
	return verdict(syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount_id, 0) == 0);
}

static int run_syslog(const struct target *t)
{
	(void)t;
	return verdict_unless(
		syscall(SYS_syslog, 10 /* the size of the log */, NULL, 0) >= 0, ENOSYS, ENOSYS);
}

/* There is no such descriptor: any other answer than "not you" comes from the loader itself. */
static int run_module(const struct target *t)
{
	(void)t;
	errno = 0;
	syscall(SYS_finit_module, -1, "", 0);
	return errno == ENOSYS ? ATTACK_ABSENT : verdict(errno != EPERM);
}

static int run_hostname(const struct target *t)
{
	char name[256];

	(void)t;
	return verdict(gethostname(name, sizeof name) == 0 && sethostname(name, strlen(name)) == 0);
}

#ifdef __x86_64__
static int run_x32(const struct target *t)
{
	(void)t;
	syscall(0x40000000 + 39);
	return ATTACK_WORKED; /* alive */
}

/* The calls of a 32-bit machine have numbers of their own: 20 is getpid there. */
static int run_int80(const struct target *t)
{
	int status = 0;
	pid_t pid = fork();

	(void)t;
	if (pid == 0) {
		long got;

		__asm__ volatile("int $0x80"
				 : "=a"(got)
				 : "a"(20L)
				 : "memory", "r8", "r9", "r10", "r11");
		_exit(got == getpid() ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		return ATTACK_ABSENT;
	return verdict(status == 0);
}

static int run_ports(const struct target *t)
{
	(void)t;
	return verdict_unless(syscall(SYS_ioperm, 0x80, 1, 1) == 0, ENOSYS, EOPNOTSUPP);
}
#endif

static const struct attack rows[] = {
	{"unshare", run_unshare, FORM_BOTH, NEEDS_SPACES},
	{"clone", run_clone, FORM_BOTH, NEEDS_SPACES},
	{"clone3", run_clone3, FORM_BOTH, NEEDS_SPACES},
	{"setns", run_setns, FORM_BOTH, NEEDS_ROOT},
	{"setns-parent", run_setns_parent, FORM_BOTH, NEEDS_ROOT},
	{"setns-pidfd", run_setns_pidfd, FORM_BOTH, NEEDS_ROOT},
	{"mount", run_mount, FORM_BOTH, NEEDS_SPACES},
	{"umount", run_umount, FORM_BOTH, NEEDS_ROOT | NEEDS_SPACES},
	{"remount", run_remount, FORM_BOTH, NEEDS_ROOT | NEEDS_SPACES},
	{"mount-attributes", run_mount_attributes, FORM_BOTH, NEEDS_ROOT | NEEDS_SPACES},
	{"open-tree", run_open_tree, FORM_BOTH, NEEDS_ROOT},
	{"file-system", run_file_system, FORM_BOTH, NEEDS_ROOT},
	{"pivot", run_pivot, FORM_BOTH, NEEDS_ROOT | NEEDS_SPACES},
	{"chroot", run_chroot, FORM_BOTH, NEEDS_ROOT},
	{"io_uring", run_uring, FORM_BOTH, 0},
	{"keyring", run_keyring, FORM_BOTH, 0},
	{"add-key", run_add_key, FORM_BOTH, 0},
	{"bpf", run_bpf, FORM_BOTH, NEEDS_ROOT},
	{"perf", run_perf, FORM_BOTH, NEEDS_ROOT},
	{"userfault", run_userfault, FORM_BOTH, NEEDS_ROOT},
	{"fanotify", run_fanotify, FORM_BOTH, NEEDS_ROOT},
	{"file-handle", run_handle, FORM_BOTH, 0},
	{"syslog", run_syslog, FORM_BOTH, NEEDS_ROOT},
	{"module", run_module, FORM_BOTH, NEEDS_ROOT},
	{"hostname", run_hostname, FORM_BOTH, NEEDS_ROOT},
#ifdef __x86_64__
	{"x32", run_x32, FORM_BOTH, 0},
	{"int80", run_int80, FORM_BOTH, 0},
	{"ports", run_ports, FORM_BOTH, NEEDS_ROOT},
#endif
};
const struct attack_table kernel_attacks = {rows, sizeof rows / sizeof *rows};
