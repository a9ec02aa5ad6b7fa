/* Attacks that take or keep rights of one's own: what root is, and what a program gives its successor. */
#include "attacks/attack.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int run_capabilities(const struct target *t)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct has[2] = {{0}};

	(void)t;
	return verdict(syscall(SYS_capget, &header, has) == 0 &&
		       (has[0].effective || has[0].permitted || has[0].inheritable));
}

static int run_new_privileges(const struct target *t)
{
	(void)t;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? ATTACK_WORKED : ATTACK_ABSENT;
}

static int run_another_user(const struct target *t)
{
	(void)t;
	return verdict(setresuid(65533, 65533, 65533) == 0);
}

static int run_groups(const struct target *t)
{
	gid_t group = 65533;

	(void)t;
	return verdict(setgroups(1, &group) == 0);
}

static int run_more_priority(const struct target *t)
{
	(void)t;
	return verdict(setpriority(PRIO_PROCESS, 0, -5) == 0);
}

static int run_real_time(const struct target *t)
{
	struct sched_param param = {.sched_priority = 1};

	(void)t;
	return verdict(sched_setscheduler(0, SCHED_FIFO, &param) == 0);
}

static int run_raise_limit(const struct target *t)
{
	struct rlimit limit;

	(void)t;
	if (getrlimit(RLIMIT_CORE, &limit) < 0)
		return ATTACK_FAILED;
	limit.rlim_cur = limit.rlim_max = 4096;
	if (setrlimit(RLIMIT_CORE, &limit) < 0)
		return ATTACK_FAILED;
	limit.rlim_max = 8192;
	/* root without that capability: nobody can */
	return verdict_unless(setrlimit(RLIMIT_CORE, &limit) == 0, EPERM, EPERM);
}

static const struct attack rows[] = {
	{"capabilities", run_capabilities, FORM_BOTH, NEEDS_ROOT},
	{"new-privileges", run_new_privileges, FORM_BOTH, 0},
	{"another-user", run_another_user, FORM_BOTH, NEEDS_ROOT},
	{"groups", run_groups, FORM_BOTH, NEEDS_ROOT},
	{"more-priority", run_more_priority, FORM_BOTH, NEEDS_ROOT},
	{"real-time", run_real_time, FORM_BOTH, NEEDS_ROOT},
	{"raise-limit", run_raise_limit, FORM_BOTH, NEEDS_ROOT},
};
const struct attack_table right_attacks = {rows, sizeof rows / sizeof *rows};
