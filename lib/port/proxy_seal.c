#include "port/proxy_seal.h"
#include "base/alloc.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RIGHTS_ALL  ((1ULL << 13) - 1) /* of files, in the first version of Landlock */
#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* Libraries of the name service, its configuration (a link out of /etc on some systems), and what it asks. */
static const char *const read_places[] = {"/etc", "/usr", "/lib", "/lib32", "/lib64", "/nix/store",
	"/gnu/store", "/run", "/var/run", "/var/lib/sss", "/proc/sys", "/dev/urandom",
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"};

static void allow_read(int ruleset, const char *path)
{
	CLEANUP(fd_close) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.allowed_access = RIGHTS_READ, .parent_fd = fd};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
}

static void close_files(void)
{
	const struct {
		uint64_t fs;
	} attr = {RIGHTS_ALL};
	CLEANUP(fd_close)
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0U);

	if (ruleset < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(read_places); i++)
		allow_read(ruleset, read_places[i]);
	syscall(SYS_landlock_restrict_self, ruleset, 0U);
}

void proxy_seal(void)
{
	const struct rlimit none = {0, 0};

	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
	close_files();
}
