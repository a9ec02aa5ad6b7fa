/*
 * u-sandbox: the attacks of u-sandbox-attack, and what they are made against: a process, servers, a terminal.
 */
#ifndef TESTS_U_SANDBOX_H
#define TESTS_U_SANDBOX_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ATTACK_WORKED 0
#define ATTACK_FAILED 1
#define ATTACK_ABSENT 2 /* the kernel does not have what is attacked */

#define FORM_SPACES  1U /* namespaces and seccomp */
#define FORM_RIGHTS  2U /* Landlock and seccomp */
#define FORM_BOTH    3U
#define NEEDS_ROOT   1U
#define NEEDS_SPACES 2U /* cannot work outside where namespaces are refused */

#define KEPT_FD 97 /* inherited by what does not close it */

struct attack_place {
	pid_t victim;
	int tcp, tcp6, udp, abstract, path, terminal, master, tcp_port, udp_port;
};

struct target { /* of an attack: its arguments */
	const char *top;
	pid_t victim;
	int tcp_port, udp_port;
};

struct attack {
	const char *name;
	int (*run)(const struct target *t);
	unsigned stopped_by, needs;
};

static int verdict(bool worked)
{
	return worked ? ATTACK_WORKED : ATTACK_FAILED;
}

static int open_in(const char *top, const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", top, name);
	return open(path, flags | O_CLOEXEC, 0644);
}

static int run_nothing(const struct target *t)
{
	(void)t;
	return ATTACK_WORKED;
}

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

static int run_truncate(const struct target *t)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/outside/secret", t->top);
	return verdict(truncate(path, 7) == 0);
}

static int run_shadow(const struct target *t)
{
	(void)t;
	return verdict(open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0);
}

static int run_link(const struct target *t)
{
	char from[4096], to[4096];

	snprintf(from, sizeof from, "%s/outside/secret", t->top);
	snprintf(to, sizeof to, "%s/tree/linked", t->top);
	return verdict(link(from, to) == 0);
}

static int run_symlink(const struct target *t)
{
	char from[4096], to[4096];

	snprintf(from, sizeof from, "%s/outside/secret", t->top);
	snprintf(to, sizeof to, "%s/tree/linked", t->top);
	return verdict(symlink(from, to) == 0 && open(to, O_RDONLY | O_CLOEXEC) >= 0);
}

static int run_git_link(const struct target *t)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/tree/.git", t->top);
	return verdict(unlink(path) == 0 || open(path, O_WRONLY | O_CLOEXEC) >= 0);
}

static int run_setuid(const struct target *t)
{
	int fd = open_in(t->top, "tree/set", O_WRONLY | O_CREAT);

	return verdict(fd >= 0 && fchmod(fd, 04755) == 0);
}

static int run_device(const struct target *t)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/tree/node", t->top);
	return verdict(mknod(path, S_IFCHR | 0666, 0x105) == 0);
}

static int run_kmsg(const struct target *t)
{
	(void)t;
	return verdict(open("/dev/kmsg", O_WRONLY | O_CLOEXEC) >= 0);
}

static int run_sysctl(const struct target *t)
{
	(void)t;
	return verdict(open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC) >= 0);
}

static int run_signal(const struct target *t)
{
	return verdict(kill(t->victim, 0) == 0);
}

static int run_parent(const struct target *t)
{
	(void)t;
	return verdict(kill(getppid(), 0) == 0);
}

static int run_ptrace(const struct target *t)
{
	return verdict(ptrace(PTRACE_SEIZE, t->victim, NULL, NULL) == 0);
}

static int run_memory(const struct target *t)
{
	static char at[8];
	struct iovec here = {at, sizeof at}, there = {&at, sizeof at};

	/* the victim is a fork of this program: nothing of it need be readable at this address but that it be asked */
	return verdict(process_vm_readv(t->victim, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT);
}

static int run_environ(const struct target *t)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/environ", (int)t->victim);
	return verdict(open(path, O_RDONLY | O_CLOEXEC) >= 0);
}

static int run_parent_environ(const struct target *t)
{
	char path[64];

	(void)t;
	snprintf(path, sizeof path, "/proc/%d/environ", (int)getppid());
	return verdict(open(path, O_RDONLY | O_CLOEXEC) >= 0);
}

static int run_parent_memory(const struct target *t)
{
	char path[64];

	(void)t;
	snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
	return verdict(open(path, O_RDWR | O_CLOEXEC) >= 0);
}

static int run_descriptor(const struct target *t)
{
	(void)t;
	return verdict(fcntl(KEPT_FD, F_GETFD) >= 0);
}

/* Takes the terminal of standard input for its own, then types into it. */
static int run_typing(const struct target *t)
{
	const char key = 'x';

	(void)t;
	if (!isatty(0))
		return ATTACK_FAILED;
	ioctl(0, TIOCSCTTY, 0);
	if (ioctl(0, TIOCSTI, &key) == 0)
		return ATTACK_WORKED;
	return errno == EIO ? ATTACK_ABSENT : ATTACK_FAILED;
}

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

static int run_mount(const struct target *t)
{
	(void)t;
	return verdict(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
		       mount("tmpfs", "/usr", "tmpfs", 0, NULL) == 0);
}

static int run_umount(const struct target *t)
{
	(void)t;
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return verdict(umount2("/proc", MNT_DETACH) == 0);
	return verdict(umount2("/proc", MNT_DETACH) == 0);
}

static int run_chroot(const struct target *t)
{
	(void)t;
	return verdict(chroot("/usr") == 0);
}

static int run_uring(const struct target *t)
{
	char params[120] = {0};

	(void)t;
	if (syscall(SYS_io_uring_setup, 1, params) >= 0)
		return ATTACK_WORKED;
	return errno == ENOSYS ? ATTACK_ABSENT : ATTACK_FAILED;
}

static int run_keyring(const struct target *t)
{
	(void)t;
	if (syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1) >= 0)
		return ATTACK_WORKED;
	return errno == ENOSYS ? ATTACK_ABSENT : ATTACK_FAILED;
}

static int run_bpf(const struct target *t)
{
	char attr[128] = {0};

	(void)t;
	/* BPF_MAP_CREATE, an array of one */
	attr[0] = 2, attr[4] = 4, attr[8] = 4, attr[12] = 1;
	return verdict(syscall(SYS_bpf, 0, attr, sizeof attr) >= 0);
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

static int run_take_descriptor(const struct target *t)
{
	int pidfd = (int)syscall(SYS_pidfd_open, t->victim, 0);

	return verdict(pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0);
}

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int connect_by(int type, int protocol, int port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof a);
}

static int run_tcp(const struct target *t)
{
	return verdict(connect_by(SOCK_STREAM, 0, t->tcp_port) == 0);
}

static int run_mptcp(const struct target *t)
{
	if (connect_by(SOCK_STREAM, 262, t->tcp_port) == 0)
		return ATTACK_WORKED;
	return errno == EPROTONOSUPPORT || errno == ENOPROTOOPT ? ATTACK_ABSENT : ATTACK_FAILED;
}

static int run_fast_open(const struct target *t)
{
	struct sockaddr_in a = loopback(t->tcp_port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof a) == 1)
		return ATTACK_WORKED;
	return errno == EOPNOTSUPP ? ATTACK_ABSENT : ATTACK_FAILED;
}

/* Sends and is answered. */
static int run_udp(const struct target *t)
{
	struct sockaddr_in a = loopback(t->udp_port);
	struct timeval patience = {2, 0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char answer[4];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return verdict(sendto(fd, "ask", 3, 0, (struct sockaddr *)&a, sizeof a) == 3 &&
		       recv(fd, answer, sizeof answer, 0) > 0);
}

static int run_tcp6(const struct target *t)
{
	struct sockaddr_in6 a = {
		.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)t->tcp_port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		return ATTACK_ABSENT;
	a.sin6_addr = in6addr_loopback;
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return ATTACK_WORKED;
	return errno == EADDRNOTAVAIL ? ATTACK_ABSENT : ATTACK_FAILED;
}

static int run_raw(const struct target *t)
{
	(void)t;
	return verdict(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP) >= 0);
}

static int run_packet(const struct target *t)
{
	(void)t;
	return verdict(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0);
}

static socklen_t unix_address(struct sockaddr_un *a, const char *top, bool abstract)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(a->sun_path + abstract, sizeof a->sun_path - 1,
				   "%s/outside/socket", top));
}

static int connect_unix(const char *top, bool abstract)
{
	struct sockaddr_un a;
	socklen_t len = unix_address(&a, top, abstract);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, len);
}

static int run_abstract(const struct target *t)
{
	return verdict(connect_unix(t->top, true) == 0);
}

static int run_socket(const struct target *t)
{
	return verdict(connect_unix(t->top, false) == 0);
}

#define FORKS 500

static int run_forks(const struct target *t)
{
	int made = 0;

	(void)t;
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		made += pid > 0;
	}
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM); /* the session is its own */
	while (wait(NULL) > 0)
		;
	return verdict(made == FORKS);
}

/* A daemon that writes when its starter is long gone. */
static int run_late(const struct target *t)
{
	if (fork())
		return ATTACK_WORKED;
	setsid();
	if (fork())
		_exit(0);
	usleep(500 * 1000);
	_exit(open_in(t->top, "tree/late", O_WRONLY | O_CREAT) >= 0 ? 0 : 1);
}

#ifdef __x86_64__
static int run_x32(const struct target *t)
{
	(void)t;
	syscall(0x40000000 + 39);
	return ATTACK_WORKED; /* alive */
}
#endif

/* What must work: files, a process, a socket pair, a terminal where there are namespaces. */
static int run_own_work(const struct target *t)
{
	int fd = open_in(t->top, "tree/seen", O_WRONLY | O_CREAT), pair[2], status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(7);
	waitpid(pid, &status, 0);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return puts("a file"), ATTACK_FAILED;
	if (WEXITSTATUS(status) != 7)
		return puts("a process"), ATTACK_FAILED;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return puts("a socket pair"), ATTACK_FAILED;
	if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0 ||
		open("/dev/urandom", O_RDONLY | O_CLOEXEC) < 0)
		return puts("devices"), ATTACK_FAILED;
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0)
		return puts("/etc/passwd"), ATTACK_FAILED;
	return system("/bin/sh -c 'cat /proc/self/status >/dev/null && ls >/dev/null'") == 0
		       ? ATTACK_WORKED
		       : ATTACK_FAILED;
}

static const struct attack attacks[] = {
	{"write", run_write, FORM_BOTH, 0},
	{"read", run_read, FORM_BOTH, 0},
	{"ssh-key", run_ssh, FORM_BOTH, 0},
	{"list", run_list, FORM_BOTH, 0},
	{"truncate", run_truncate, FORM_BOTH, 0},
	{"shadow", run_shadow, FORM_BOTH, NEEDS_ROOT},
	{"hard-link", run_link, FORM_BOTH, 0},
	{"symbolic-link", run_symlink, FORM_BOTH, 0},
	{"git-link", run_git_link, FORM_SPACES, 0},
	{"setuid", run_setuid, FORM_BOTH, 0},
	{"device", run_device, FORM_BOTH, NEEDS_ROOT},
	{"kernel-log", run_kmsg, FORM_BOTH, NEEDS_ROOT},
	{"sysctl", run_sysctl, FORM_BOTH, NEEDS_ROOT},
	{"signal", run_signal, FORM_BOTH, 0},
	{"signal-parent", run_parent, FORM_RIGHTS, 0},
	{"ptrace", run_ptrace, FORM_BOTH, 0},
	{"process-memory", run_memory, FORM_BOTH, 0},
	{"environment", run_environ, FORM_BOTH, 0},
	{"parent-environment", run_parent_environ, FORM_BOTH, 0},
	{"parent-memory", run_parent_memory, FORM_BOTH, 0},
	{"descriptor", run_descriptor, FORM_BOTH, 0},
	{"take-descriptor", run_take_descriptor, FORM_BOTH, 0},
	{"typing", run_typing, FORM_BOTH, 0},
	{"unshare", run_unshare, FORM_BOTH, NEEDS_SPACES},
	{"clone", run_clone, FORM_BOTH, NEEDS_SPACES},
	{"mount", run_mount, FORM_BOTH, NEEDS_SPACES},
	{"umount", run_umount, FORM_BOTH, NEEDS_ROOT | NEEDS_SPACES},
	{"chroot", run_chroot, FORM_BOTH, NEEDS_ROOT},
	{"io_uring", run_uring, FORM_BOTH, 0},
	{"keyring", run_keyring, FORM_BOTH, 0},
	{"bpf", run_bpf, FORM_BOTH, NEEDS_ROOT},
	{"file-handle", run_handle, FORM_BOTH, 0},
	{"tcp", run_tcp, FORM_BOTH, 0},
	{"tcp-v6", run_tcp6, FORM_BOTH, 0},
	{"mptcp", run_mptcp, FORM_BOTH, 0},
	{"fast-open", run_fast_open, FORM_BOTH, 0},
	{"udp", run_udp, FORM_BOTH, 0},
	{"raw", run_raw, FORM_BOTH, NEEDS_ROOT},
	{"packet", run_packet, FORM_BOTH, NEEDS_ROOT},
	{"abstract-socket", run_abstract, FORM_BOTH, 0},
	{"socket", run_socket, FORM_BOTH, 0},
	{"forks", run_forks, FORM_SPACES, 0},
#ifdef __x86_64__
	{"x32", run_x32, FORM_BOTH, 0},
#endif
};
static const size_t attacks_len = sizeof attacks / sizeof *attacks;

static const struct attack harmless[] = {
	{"nothing", run_nothing, 0, 0},
	{"own-work", run_own_work, 0, 0},
	{"late", run_late, 0, 0},
};

static int attack_run(const char *name, const char *top, char **numbers)
{
	struct target t = {top, atoi(numbers[0]), atoi(numbers[1]), atoi(numbers[2])};

	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (!strcmp(harmless[i].name, name))
			return harmless[i].run(&t);
	for (size_t i = 0; i < attacks_len; i++)
		if (!strcmp(attacks[i].name, name))
			return attacks[i].run(&t);
	return 127;
}

/* Answers datagrams until it is killed: the victim of every attack on a process. */
static _Noreturn void answer(int udp)
{
	struct sockaddr_in from;
	char text[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		socklen_t len = sizeof from;

		if (recvfrom(udp, text, sizeof text, 0, (struct sockaddr *)&from, &len) > 0)
			sendto(udp, "yes", 3, 0, (struct sockaddr *)&from, len);
	}
}

static int serve_inet(int type, int *port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), queue = 5;

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return -1;
	if (type == SOCK_STREAM) {
		setsockopt(fd, IPPROTO_TCP, 23 /* TCP_FASTOPEN */, &queue, sizeof queue);
		listen(fd, 64);
	}
	*port = ntohs(a.sin_port);
	return fd;
}

static int serve_inet6(int port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	a.sin6_addr = in6addr_loopback;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 16) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int serve_unix(const char *top, bool abstract)
{
	struct sockaddr_un a;
	socklen_t len = unix_address(&a, top, abstract);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, 16) < 0)
		return -1;
	return fd;
}

static void attack_serve(struct attack_place *p, const char *top)
{
	p->tcp = serve_inet(SOCK_STREAM, &p->tcp_port);
	p->tcp6 = serve_inet6(p->tcp_port);
	p->udp = serve_inet(SOCK_DGRAM, &p->udp_port);
	p->abstract = serve_unix(top, true);
	p->path = serve_unix(top, false);
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	p->terminal = -1;
	if (p->master >= 0 && grantpt(p->master) == 0 && unlockpt(p->master) == 0)
		p->terminal = open(ptsname(p->master), O_RDWR | O_NOCTTY);
	if (p->terminal >= 0)
		dup2(p->terminal, 0);
	dup2(2, KEPT_FD);
	p->victim = fork();
	if (p->victim == 0)
		answer(p->udp);
}

static void attack_stop(struct attack_place *p)
{
	kill(p->victim, SIGKILL);
	waitpid(p->victim, NULL, 0);
	close(p->tcp);
	close(p->tcp6);
	close(p->udp);
	close(p->abstract);
	close(p->path);
	close(p->terminal);
	close(p->master);
}

#endif
