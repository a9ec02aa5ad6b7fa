/*
 * h-deny: runs a command on a kernel that has less: `h-deny landlock|namespaces|overlay|seccomp... -- command...`. What is named is
 * refused to it by a filter, as inside many containers.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPACES \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define FAIL(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
/* One call, whatever its arguments. */
#define REFUSE(call, error) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), FAIL(error)

static int install(struct sock_filter *code, size_t len)
{
	struct sock_fprog program = {(unsigned short)len, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static int deny_namespaces(void)
{
	struct sock_filter code[] = {LOAD(nr), REFUSE(SYS_unshare, EPERM),
		REFUSE(SYS_clone3, ENOSYS), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SPACES, 0, 1), FAIL(EPERM),
		ALLOW};

	return install(code, sizeof code / sizeof *code);
}

static int deny_landlock(void)
{
	struct sock_filter code[] = {
		LOAD(nr), REFUSE(SYS_landlock_create_ruleset, EOPNOTSUPP), ALLOW};

	return install(code, sizeof code / sizeof *code);
}

/* As a kernel before 5.11, which keeps overlayfs to the machine's root. */
static int deny_overlay(void)
{
	struct sock_filter code[] = {LOAD(nr), REFUSE(SYS_fsopen, EPERM), ALLOW};

	return install(code, sizeof code / sizeof *code);
}

static int deny_seccomp(void)
{
	struct sock_filter code[] = {LOAD(nr), REFUSE(SYS_seccomp, ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3), LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1), FAIL(EINVAL), ALLOW};

	return install(code, sizeof code / sizeof *code);
}

static const struct {
	const char *name;
	int (*deny)(void);
} kinds[] = {
	{"landlock", deny_landlock},
	{"namespaces", deny_namespaces},
	{"overlay", deny_overlay},
	{"seccomp", deny_seccomp},
};

static int deny(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].name, name))
			return kinds[i].deny();
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (deny(argv[i]) < 0) {
			fprintf(stderr, "h-deny: %s: %s\n", argv[i], strerror(errno));
			return 125;
		}
	if (i + 1 >= argc)
		return 125;
	execvp(argv[i + 1], argv + i + 1);
	fprintf(stderr, "h-deny: %s: %s\n", argv[i + 1], strerror(errno));
	return 127;
}
