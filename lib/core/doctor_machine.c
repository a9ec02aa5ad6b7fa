/* What the machine gives: the kernel, the sandbox's layers one by one, git, the libraries, our own files. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "core/doctor.h"
#include "port/git.h"
#include "port/http.h"
#include "port/ini.h"
#include "port/markdown.h"
#include "port/regex.h"
#include "port/sandbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define APPARMOR     "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
#define LANDLOCK_ALL 6 /* the ABI that keeps signals and abstract sockets in: Linux 6.12 */
#define LINE_MAX     4096

static bool is_older(int major, int minor, int than_major, int than_minor)
{
	return major < than_major || (major == than_major && minor < than_minor);
}

static bool kernel_is_older(int major, int minor)
{
	struct utsname name;
	int have_major = 0, have_minor = 0;

	return uname(&name) < 0 || sscanf(name.release, "%d.%d", &have_major, &have_minor) != 2 ||
	       is_older(have_major, have_minor, major, minor);
}

/* 5.12: mount_setattr(2), which the root directory of a box is made with. */
static void look_kernel(struct doctor *d, const char *name)
{
	struct utsname kernel;
	bool old = kernel_is_older(5, 12);

	if (uname(&kernel) < 0)
		return;
	doctor_find(d, old ? HEALTH_WEAK : HEALTH_OK, name, "%s %s %s", kernel.sysname,
		kernel.release, kernel.machine);
	if (old)
		doctor_mend(d, "start a kernel of 5.12 or newer; 6.12 gives all there is");
}

static void say_reason(struct doctor *d, const char *name, const char *layer)
{
	const char *reason = sandbox_reason(layer);

	doctor_find(d, HEALTH_WEAK, name, "%s", reason ? reason : "not given by this machine");
}

static void look_namespaces(struct doctor *d, const char *name)
{
	CLEANUP(buf_release) struct buf mend = BUF_INIT;
	struct sandbox_machine machine;

	sandbox_look(&machine);
	if (machine.namespaces) {
		doctor_find(d, HEALTH_OK, name, "user, mount, pid, ipc and net");
		return;
	}
	say_reason(d, name, "namespaces");
	sandbox_mend(&mend);
	if (mend.len)
		doctor_mend(d, "%s", mend.data);
	else
		doctor_mend(d, "run it where user namespaces may be made: not in this container");
}

/* Only where the kernel knows the restriction. */
static void look_apparmor(struct doctor *d, const char *name)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT, mend = BUF_INIT;
	struct sandbox_machine machine;
	struct fault ignored = FAULT_INIT;

	if (fs_read(APPARMOR, &value, LINE_MAX, &ignored) != 0)
		return;
	sandbox_look(&machine);
	if (value.data[0] != '1' || machine.namespaces) {
		doctor_find(d, HEALTH_OK, name, "%s",
			value.data[0] == '1'
				? "user namespaces are restricted, but not to git agent"
				: "user namespaces are not restricted");
		return;
	}
	doctor_find(d, HEALTH_WEAK, name, "user namespaces are restricted, to git agent too");
	sandbox_mend(&mend);
	doctor_mend(d, "%s", mend.data);
}

static void look_landlock(struct doctor *d, const char *name)
{
	struct sandbox_machine machine;

	sandbox_look(&machine);
	if (!machine.landlock) {
		say_reason(d, name, "Landlock");
		doctor_mend(
			d, "start a kernel of 6.12 or newer, with 'landlock' in its lsm= option");
	} else if (machine.landlock < LANDLOCK_ALL) {
		doctor_find(d, HEALTH_WEAK, name,
			"ABI %d: files, but not signals and abstract sockets", machine.landlock);
		doctor_mend(d, "start a kernel of 6.12 or newer");
	} else {
		doctor_find(d, HEALTH_OK, name, "ABI %d", machine.landlock);
	}
}

static void look_seccomp(struct doctor *d, const char *name)
{
	struct sandbox_machine machine;

	sandbox_look(&machine);
	if (machine.seccomp) {
		doctor_find(d, HEALTH_OK, name, "filters of system calls");
		return;
	}
	say_reason(d, name, "seccomp");
	doctor_mend(d, "start a kernel with CONFIG_SECCOMP_FILTER, outside of what forbids it");
}

/* The path of this process's group below the mount of cgroup v2; NULL: none. The caller frees. */
static char *own_group(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, path = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	const char *line;

	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) < 0 ||
		fs_read("/proc/self/cgroup", &text, LINE_MAX, &ignored) != 0)
		return NULL;
	line = strstr(text.data, "0::/");
	if (!line)
		return NULL;
	buf_printf(&path, "/sys/fs/cgroup%.*s", (int)strcspn(line + 3, "\n"), line + 3);
	return xstrdup(path.data);
}

/* Nothing of ours needs them: processes are counted by rlimits, and for root by the pid namespace, as Linux 6.14 can. */
static void look_processes(struct doctor *d, const char *name)
{
	CLEANUP(str_free) char *group = own_group(), *control = NULL;
	const char *delegated = "no cgroup v2";

	if (group) {
		control = fs_join(group, "cgroup.subtree_control");
		delegated = access(control, W_OK) == 0 ? "cgroup v2, delegated"
						       : "cgroup v2, not delegated";
	}
	if (geteuid() || !kernel_is_older(6, 14)) {
		doctor_find(d, HEALTH_OK, name, "limited in each box (%s)", delegated);
		return;
	}
	doctor_find(d, HEALTH_WEAK, name, "root's are not limited in a box (%s)", delegated);
	doctor_mend(d, "run git agent as an ordinary user, or on Linux 6.14 or newer");
}

/* What a run gets here, by the policy where there is a repository. */
static void look_sandbox(struct doctor *d, const char *name)
{
	enum sandbox_level require = d->policy.require;
	CLEANUP(buf_release) struct buf reasons = BUF_INIT;
	struct fault why = FAULT_INIT;

	if (sandbox_require(require, &d->level, &why) < 0) {
		doctor_fault(d, HEALTH_BROKEN, name, &why);
		return;
	}
	if (d->level == SANDBOX_FULL) {
		doctor_find(d, HEALTH_OK, name, "level full, %s is required",
			sandbox_level_name(require));
		return;
	}
	sandbox_explain(&reasons);
	doctor_find(d, HEALTH_WEAK, name, "level %s, %s is required%s%s",
		sandbox_level_name(d->level), sandbox_level_name(require), reasons.len ? ": " : "",
		reasons.data);
	if (require == SANDBOX_NONE)
		doctor_mend(d,
			"require = partial under [sandbox] in %s, or git config agent.sandbox.require",
			d->policy.file ? d->policy.file : ".gitagent");
}

static void look_git(struct doctor *d, const char *name)
{
	const struct git_call call = {.keep_env = true};
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct fault why = FAULT_INIT;
	int major = 0, minor = 0;

	if (git_do(&call, &out, &why, "--version", NULL) < 0) {
		doctor_fault(d, HEALTH_BROKEN, name, &why);
		return;
	}
	if (sscanf(out.data, "git version %d.%d", &major, &minor) == 2 &&
		!is_older(major, minor, 2, 39)) {
		doctor_find(d, HEALTH_OK, name, "%s", out.data + strlen("git version "));
		return;
	}
	doctor_find(d, HEALTH_WEAK, name, "%s: older than 2.39", out.data);
	doctor_mend(d, "install git 2.39 or newer");
}

static void look_libraries(struct doctor *d, const char *name)
{
	doctor_find(d, HEALTH_OK, name,
		"libgit2 %s, pcre2 %s, jansson %s, libseccomp %s, cmark %s, inih %s, curl %s",
		repo_libgit2_version(), regex_version(), json_version(), sandbox_library(),
		markdown_version(), ini_version(), http_version());
}

/* What commands start or read beside themselves. */
static void look_installation(struct doctor *d, const char *name)
{
	static const char *const programs[] = {"commands", "git-agent--proxy", "hooks/pre-push"};
	static const char *const data[] = {"agents", "detect.ini", "toolchains.ini"};
	CLEANUP(str_free) char *place = install_libexec(NULL);

	for (size_t i = 0; i < ARRAY_LEN(programs) + ARRAY_LEN(data); i++) {
		size_t j = i - ARRAY_LEN(programs);
		CLEANUP(str_free)
		char *path = i < ARRAY_LEN(programs) ? install_libexec(programs[i])
						     : install_share(data[j]);

		if (fs_exists(path))
			continue;
		doctor_find(d, HEALTH_BROKEN, name, "'%s' is missing", path);
		doctor_mend(d, "install git agent again: make install");
		return;
	}
	doctor_find(d, HEALTH_OK, name, "version %s in %s", VERSION, place);
}

const struct check doctor_machine[] = {
	{"git agent", look_installation},
	{"git", look_git},
	{"libraries", look_libraries},
	{"kernel", look_kernel},
	{"namespaces", look_namespaces},
	{"AppArmor", look_apparmor},
	{"Landlock", look_landlock},
	{"seccomp", look_seccomp},
	{"processes", look_processes},
	{"sandbox", look_sandbox},
	{NULL, NULL},
};
