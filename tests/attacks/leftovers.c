/* Attacks by what a box leaves behind: rights, devices, and what cannot be removed. */
#include "attacks/attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int run_git_link(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "tree/.git");
	return verdict(unlink(path) == 0 || open(path, O_WRONLY | O_CLOEXEC) >= 0);
}

static int run_git_replace(const struct target *t)
{
	char from[4096], to[4096];
	int fd = open_in(t->top, "tree/made", O_WRONLY | O_CREAT);

	path_in(from, t->top, "tree/made");
	path_in(to, t->top, "tree/.git");
	return verdict(fd >= 0 && rename(from, to) == 0);
}

/* The file has its owner's rights for whoever runs it. */
static int is_set(int fd)
{
	struct stat st;

	return verdict(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_ISUID));
}

static int run_setuid(const struct target *t)
{
	int fd = open_in(t->top, "tree/set", O_WRONLY | O_CREAT);

	return fchmod(fd, 04755) < 0 ? ATTACK_FAILED : is_set(fd);
}

static int run_setuid_path(const struct target *t)
{
	char path[4096];
	int fd = open_in(t->top, "tree/set", O_WRONLY | O_CREAT);

	path_in(path, t->top, "tree/set");
	return chmod(path, 04755) < 0 ? ATTACK_FAILED : is_set(fd);
}

static int run_setuid_open(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "tree/set");
	return is_set(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 04755));
}

static int run_setuid_openat2(const struct target *t)
{
	struct {
		unsigned long long flags, mode, resolve;
	} how = {O_WRONLY | O_CREAT | O_CLOEXEC, 04755, 0};
	char path[4096];
	int fd;

	path_in(path, t->top, "tree/set");
	fd = (int)syscall(437 /* openat2 */, AT_FDCWD, path, &how, sizeof how);
	return fd < 0 ? verdict_unless(false, ENOSYS, ENOSYS) : is_set(fd);
}

static int run_setuid_nameless(const struct target *t)
{
	char path[4096];
	int fd;

	path_in(path, t->top, "tree");
	fd = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 04755);
	return fd < 0 ? verdict_unless(false, EOPNOTSUPP, EISDIR) : is_set(fd);
}

static int run_setuid_node(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "tree/set");
	return mknod(path, S_IFREG | 04755, 0) < 0 ? ATTACK_FAILED
						   : is_set(open(path, O_RDONLY | O_CLOEXEC));
}

static int run_device(const struct target *t)
{
	char path[4096];

	path_in(path, t->top, "tree/node");
	return verdict(mknod(path, S_IFCHR | 0666, 0x105) == 0);
}

/* What cannot be removed keeps the run's directory from going; the attack takes it back itself. */
static int set_attribute(const struct target *t, int attribute)
{
	int fd = open_in(t->top, "tree/made", O_RDONLY | O_CREAT), had = 0, wanted;
	int done;

	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &had) < 0)
		return ATTACK_ABSENT;
	wanted = had | attribute;
	done = ioctl(fd, FS_IOC_SETFLAGS, &wanted);
	if (done < 0)
		return verdict_unless(false, EOPNOTSUPP, ENOTTY);
	return verdict(ioctl(fd, FS_IOC_SETFLAGS, &had) == 0);
}

static int run_immutable(const struct target *t)
{
	return set_attribute(t, FS_IMMUTABLE_FL);
}

static int run_append_only(const struct target *t)
{
	return set_attribute(t, FS_APPEND_FL);
}

static int run_owner(const struct target *t)
{
	char path[4096];
	int fd = open_in(t->top, "tree/made", O_WRONLY | O_CREAT);

	path_in(path, t->top, "tree/made");
	return verdict(fd >= 0 && chown(path, 65533, 65533) == 0);
}

static const struct attack rows[] = {
	{"git-link", run_git_link, FORM_SPACES, 0},
	{"git-replace", run_git_replace, FORM_SPACES, 0},
	{"setuid", run_setuid, FORM_BOTH, 0},
	{"setuid-path", run_setuid_path, FORM_BOTH, 0},
	{"setuid-open", run_setuid_open, FORM_BOTH, 0},
	{"setuid-openat2", run_setuid_openat2, FORM_BOTH, 0},
	{"setuid-nameless", run_setuid_nameless, FORM_BOTH, 0},
	{"setuid-node", run_setuid_node, FORM_BOTH, 0},
	{"device", run_device, FORM_BOTH, NEEDS_ROOT},
	{"immutable", run_immutable, FORM_BOTH, NEEDS_ROOT},
	{"append-only", run_append_only, FORM_BOTH, NEEDS_ROOT},
	{"owner", run_owner, FORM_BOTH, NEEDS_ROOT},
};
const struct attack_table leftover_attacks = {rows, sizeof rows / sizeof *rows};
