/* The system calls' layer: a filter of libseccomp's making, exported once and installed by the child itself. */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILTER_MAX ((size_t)1 << 20)
#define TYPE_MASK  0xfU /* of socket(2)'s type; the rest are flags */
#define LOW_32     0xffffffffU
#define NAMESPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | \
		CLONE_NEWCGROUP | CLONE_NEWTIME)
#define NETLINK_ROUTES 0
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define FAST_OPEN 0x20000000U /* MSG_FASTOPEN */

/* What nothing in a box needs, and what leads to the kernel's less travelled parts. By name: a call a machine does not know is passed over. */
static const char *const denied[] = {"acct", "add_key", "adjtimex", "bpf", "chroot",
	"clock_adjtime", "clock_settime", "create_module", "delete_module", "fanotify_init",
	"finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms", "init_module",
	"io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp",
	"kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount", "mount_setattr",
	"move_mount", "move_pages", "name_to_handle_at", "nfsservctl", "open_by_handle_at",
	"open_tree", "open_tree_attr", "perf_event_open", "pidfd_getfd", "pivot_root",
	"process_madvise", "process_vm_readv", "process_vm_writev", "query_module", "quotactl",
	"quotactl_fd", "reboot", "request_key", "setdomainname", "sethostname", "setns",
	"settimeofday", "swapoff", "swapon", "syslog", "umount", "umount2", "unshare",
	"userfaultfd", "uselib", "vhangup", "vm86", "vm86old"};

/* Those newer than the libseccomp this may be linked with; the same number on every machine. */
static const struct {
	const char *name;
	int number;
} newer[] = {
	{"fchmodat2", 452},
	{"setxattrat", 463},
	{"removexattrat", 466},
	{"open_tree_attr", 467},
	{"file_setattr", 469},
};

static int number_of(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	for (size_t i = 0; number == __NR_SCMP_ERROR && i < ARRAY_LEN(newer); i++)
		if (!strcmp(newer[i].name, name))
			return newer[i].number;
	return number;
}

/* Conditions on argument `n`. */
static struct scmp_arg_cmp masked(unsigned n, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){
		.arg = n, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static struct scmp_arg_cmp greater(unsigned n, uint64_t value)
{
	return (struct scmp_arg_cmp){.arg = n, .op = SCMP_CMP_GT, .datum_a = value, .datum_b = 0};
}

static struct scmp_arg_cmp equal(unsigned n, uint64_t value)
{
	return (struct scmp_arg_cmp){.arg = n, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

static int deny(
	scmp_filter_ctx ctx, const char *name, unsigned count, const struct scmp_arg_cmp *args)
{
	int number = number_of(name);

	if (number < 0)
		return 0;
	return seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), number, count, args);
}

/* Argument `n` has one of these bits, each a rule. */
static int deny_bits(scmp_filter_ctx ctx, const char *name, unsigned n, uint64_t bits)
{
	for (uint64_t bit = 1; bit && bit <= bits; bit <<= 1) {
		struct scmp_arg_cmp arg = masked(n, bit, bit);

		if ((bits & bit) && deny(ctx, name, 1, &arg) < 0)
			return -1;
	}
	return 0;
}

static int deny_family(scmp_filter_ctx ctx, unsigned family)
{
	struct scmp_arg_cmp arg = masked(0, LOW_32, family);

	return deny(ctx, "socket", 1, &arg);
}

/* INET: streams of TCP, datagrams where they lead nowhere or anywhere. */
static int deny_inet(scmp_filter_ctx ctx, unsigned family, bool datagrams)
{
	struct scmp_arg_cmp raw[] = {masked(0, LOW_32, family), masked(1, TYPE_MASK, 0)};
	struct scmp_arg_cmp stream[] = {
		masked(0, LOW_32, family), masked(1, TYPE_MASK, SOCK_STREAM), greater(2, 6)};
	struct scmp_arg_cmp low[] = {
		masked(0, LOW_32, family), masked(1, TYPE_MASK, SOCK_STREAM), equal(2, 0)};

	for (unsigned type = 0; type <= TYPE_MASK; type++) {
		if (type == SOCK_STREAM || (type == SOCK_DGRAM && datagrams))
			continue;
		raw[1] = masked(1, TYPE_MASK, type);
		if (deny(ctx, "socket", 2, raw) < 0)
			return -1;
	}
	for (unsigned protocol = 1; protocol < 6; protocol++) {
		low[2] = equal(2, protocol);
		if (deny(ctx, "socket", 3, low) < 0)
			return -1;
	}
	return deny(ctx, "socket", 3, stream);
}

/* Landlock does not look at them, and without a mount namespace what is outside has a name. As a file system without them says it. */
static int deny_attributes(scmp_filter_ctx ctx)
{
	static const char *const calls[] = {"file_setattr", "fremovexattr", "fsetxattr",
		"lremovexattr", "lsetxattr", "removexattr", "removexattrat", "setxattr",
		"setxattrat"};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		int number = number_of(calls[i]);

		if (number >= 0 && seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EOPNOTSUPP), number, 0) < 0)
			return -1;
	}
	return 0;
}

/*
 * What reaches other processes of the same user, and the machine's queues and shared memory, by no name in a file system:
 * where no namespaces keep them out of sight. A process's own limits it may still lower.
 */
static int deny_neighbours(scmp_filter_ctx ctx)
{
	static const char *const calls[] = {"ioprio_set", "migrate_pages", "mq_open", "mq_unlink",
		"msgctl", "msgget", "msgrcv", "msgsnd", "process_mrelease", "sched_setattr",
		"sched_setparam", "sched_setscheduler", "semctl", "semget", "semop", "semtimedop",
		"setpriority", "shmat", "shmctl", "shmget"};
	static const char *const of_process[] = {"prlimit64", "sched_setaffinity"};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (deny(ctx, calls[i], 0, NULL) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(of_process); i++) {
		struct scmp_arg_cmp another = greater(0, 0);

		if (deny(ctx, of_process[i], 1, &another) < 0)
			return -1;
	}
	return 0;
}

/* Families of address there are no uses for in a box: all but these. */
static int deny_families(scmp_filter_ctx ctx, bool unix_sockets)
{
	struct scmp_arg_cmp netlink[] = {masked(0, LOW_32, AF_NETLINK), greater(2, NETLINK_ROUTES)};
	struct scmp_arg_cmp above = greater(0, AF_NETLINK);

	for (unsigned family = 0; family < AF_NETLINK; family++)
		if (family != AF_INET && family != AF_INET6 &&
			(family != AF_UNIX || !unix_sockets) && deny_family(ctx, family) < 0)
			return -1;
	return deny(ctx, "socket", 1, &above) < 0 || deny(ctx, "socket", 2, netlink) < 0 ? -1 : 0;
}

static int deny_sockets(scmp_filter_ctx ctx, const struct seccomp_kind *kind)
{
	bool anywhere = kind->own_net || kind->open_net;

	if (deny_families(ctx, kind->ns && (kind->own_net || kind->scoped)) < 0 ||
		deny_inet(ctx, AF_INET, anywhere) < 0 || deny_inet(ctx, AF_INET6, anywhere) < 0)
		return -1;
	if (anywhere)
		return 0;
	/* It connects without a connect(2) that Landlock would see. */
	return deny_bits(ctx, "sendto", 3, FAST_OPEN) < 0 ||
			       deny_bits(ctx, "sendmsg", 2, FAST_OPEN) < 0 ||
			       deny_bits(ctx, "sendmmsg", 3, FAST_OPEN) < 0
		       ? -1
		       : 0;
}

/* Input pushed into a terminal is typed by whoever reads it next; line disciplines are old code that nothing here needs. */
static int deny_terminal(scmp_filter_ctx ctx)
{
	static const unsigned requests[] = {TIOCSTI, TIOCSETD, 0x541c /* TIOCLINUX */};

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct scmp_arg_cmp arg = masked(1, LOW_32, requests[i]);

		if (deny(ctx, "ioctl", 1, &arg) < 0)
			return -1;
	}
	return 0;
}

/* Where a file is made: its mode counts only then, and is whatever the register holds otherwise. */
static int deny_setuid_open(scmp_filter_ctx ctx, const char *name, unsigned flags, uint64_t making)
{
	struct scmp_arg_cmp args[] = {
		masked(flags, making, making), masked(flags + 1, S_ISUID, S_ISUID)};

	return deny(ctx, name, 2, args);
}

/* A program that takes its owner's rights would have them outside too. */
static int deny_setuid(scmp_filter_ctx ctx)
{
	static const uint64_t making[] = {O_CREAT, O_TMPFILE & ~(uint64_t)O_DIRECTORY};

	for (size_t i = 0; i < ARRAY_LEN(making); i++)
		if (deny_setuid_open(ctx, "open", 1, making[i]) < 0 ||
			deny_setuid_open(ctx, "openat", 2, making[i]) < 0)
			return -1;
	return deny_bits(ctx, "chmod", 1, S_ISUID) < 0 ||
			       deny_bits(ctx, "fchmod", 1, S_ISUID) < 0 ||
			       deny_bits(ctx, "fchmodat", 2, S_ISUID) < 0 ||
			       deny_bits(ctx, "fchmodat2", 2, S_ISUID) < 0 ||
			       deny_bits(ctx, "mknod", 1, S_ISUID) < 0 ||
			       deny_bits(ctx, "mknodat", 2, S_ISUID) < 0 ||
			       deny_bits(ctx, "creat", 1, S_ISUID) < 0
		       ? -1
		       : 0;
}

/* Their flags lie in memory, where no filter can look: a C library then falls back to clone and openat. */
static int deny_unseen(scmp_filter_ctx ctx)
{
	static const char *const calls[] = {"clone3", "openat2"};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		if (number > 0 && seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), number, 0) < 0)
			return -1;
	}
	return 0;
}

static int fill(scmp_filter_ctx ctx, const struct seccomp_kind *kind)
{
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0 ||
		deny_unseen(ctx) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(denied); i++)
		if (deny(ctx, denied[i], 0, NULL) < 0)
			return -1;
	if (deny_bits(ctx, "clone", 0, NAMESPACES) < 0 || deny_terminal(ctx) < 0 ||
		deny_setuid(ctx) < 0 ||
		(!kind->ns && (deny_neighbours(ctx) < 0 || deny_attributes(ctx) < 0)))
		return -1;
	if (!kind->trace && deny(ctx, "ptrace", 0, NULL) < 0)
		return -1;
	return deny_sockets(ctx, kind);
}

static struct sock_fprog *export(scmp_filter_ctx ctx)
{
	CLEANUP(buf_release) struct buf code = BUF_INIT;
	CLEANUP(fd_close) int fd = memfd_create("filter", MFD_CLOEXEC);
	struct fault ignored = FAULT_INIT;
	struct sock_fprog *program;

	if (fd < 0 || seccomp_export_bpf(ctx, fd) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
		fs_read_fd(fd, &code, FILTER_MAX, &ignored) < 0)
		return NULL;
	program = xcalloc(1, sizeof *program);
	program->len = (unsigned short)(code.len / sizeof(struct sock_filter));
	program->filter = xcalloc(program->len, sizeof(struct sock_filter));
	memcpy(program->filter, code.data, code.len);
	return program;
}

const struct sock_fprog *seccomp_filter(const struct seccomp_kind *kind)
{
	static struct sock_fprog *made[2][2][2][2][2];
	struct sock_fprog **slot =
		&made[kind->ns][kind->own_net][kind->open_net][kind->scoped][kind->trace];

	if (!*slot) {
		scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

		if (ctx && fill(ctx, kind) == 0)
			*slot = export(ctx);
		seccomp_release(ctx);
	}
	return *slot;
}

const char *sandbox_library(void)
{
	static char text[32];
	const struct scmp_version *v = seccomp_version();

	snprintf(text, sizeof text, "%u.%u.%u", v->major, v->minor, v->micro);
	return text;
}

int seccomp_seal(const struct cell *c, char what[PROC_WHAT_MAX])
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, c->filter, 0, 0) < 0)
		return layer_failed(what, "seccomp");
	return 0;
}
