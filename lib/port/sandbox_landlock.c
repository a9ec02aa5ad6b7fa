/* Landlock's layer: rights per file hierarchy, and with newer kernels TCP, signals and abstract sockets. */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of kernels newer than the headers this may be built with. */
#define RIGHT_TRUNCATE  (1ULL << 14)
#define RIGHT_IOCTL_DEV (1ULL << 15)
#define NET_BIND        (1ULL << 0)
#define NET_CONNECT     (1ULL << 1)
#define SCOPE_ABSTRACT  (1ULL << 0)
#define SCOPE_SIGNAL    (1ULL << 1)
#define ABI_REFER       2
#define ABI_TRUNCATE    3
#define ABI_NET         4
#define ABI_IOCTL       5
#define ABI_SCOPE       6

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

#define RULE_NET_PORT 2

struct port_attr {
	uint64_t allowed, port;
};

#define RIGHT_REFER (1ULL << 13)
#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_EXEC (RIGHTS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
/* Everything but devices. */
#define RIGHTS_WRITE                                                                       \
	(RIGHTS_EXEC | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |     \
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |             \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |               \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | RIGHT_REFER | \
		RIGHT_TRUNCATE)
#define RIGHTS_DEVICE                                                                    \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE | \
		RIGHT_IOCTL_DEV)
/* What a rule for a file may hold. */
#define RIGHTS_OF_FILE (RIGHTS_DEVICE | LANDLOCK_ACCESS_FS_EXECUTE)
#define RIGHTS_FIRST   ((1ULL << 13) - 1)

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0UL, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static uint64_t handled(int abi)
{
	return RIGHTS_FIRST | (abi >= ABI_REFER ? RIGHT_REFER : 0) |
	       (abi >= ABI_TRUNCATE ? RIGHT_TRUNCATE : 0) |
	       (abi >= ABI_IOCTL ? RIGHT_IOCTL_DEV : 0);
}

static size_t attr_size(int abi)
{
	return abi >= ABI_SCOPE ? sizeof(struct ruleset_attr)
	       : abi >= ABI_NET ? 2 * sizeof(uint64_t)
				: sizeof(uint64_t);
}

static int create(const struct ruleset_attr *attr, int abi)
{
	return (int)syscall(SYS_landlock_create_ruleset, attr, attr_size(abi), 0U);
}

static int restrict_self(int ruleset)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0U);
}

/* To rename from one directory to another is denied by every ruleset that does not say otherwise. */
static int allow_renames(int ruleset)
{
	int root = open("/", O_PATH | O_CLOEXEC), done;
	struct landlock_path_beneath_attr rule = {.allowed_access = RIGHT_REFER, .parent_fd = root};

	if (root < 0)
		return -1;
	done = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
	close(root);
	return done;
}

int landlock_scope(const struct cell *c, char what[PROC_WHAT_MAX])
{
	struct ruleset_attr attr = {.fs = RIGHT_REFER, .scoped = SCOPE_SIGNAL};
	int fd, done;

	if (c->layers.landlock < ABI_SCOPE)
		return 0;
	fd = create(&attr, c->layers.landlock);
	done = fd < 0 || allow_renames(fd) < 0 ? -1 : restrict_self(fd);
	if (done < 0)
		layer_failed(what, "Landlock's scope");
	if (fd >= 0)
		close(fd);
	return done;
}

static uint64_t rights_of(enum view_kind kind)
{
	switch (kind) {
	case VIEW_READ:
		return RIGHTS_READ;
	case VIEW_EXEC:
		return RIGHTS_EXEC;
	case VIEW_WRITE:
	case VIEW_COW:
		return RIGHTS_WRITE;
	case VIEW_DEVICE:
		return RIGHTS_DEVICE;
	default:
		return 0;
	}
}

/* What is not there (any more) gives no right: that is no failure. */
static int allow(const struct cell *c, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule;
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC), done;

	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -1;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rights &= RIGHTS_OF_FILE;
	rule = (struct landlock_path_beneath_attr){
		.allowed_access = rights & handled(c->layers.landlock), .parent_fd = fd};
	done = rule.allowed_access ? (int)syscall(SYS_landlock_add_rule, c->ruleset,
					     LANDLOCK_RULE_PATH_BENEATH, &rule, 0U)
				   : 0;
	close(fd);
	return done;
}

static const char *place(const struct cell *c, const struct view_item *item)
{
	return c->layers.ns ? item->at : item->real;
}

/* 2: the path itself is hidden; 1: something below it; 0: neither. */
static int hidden_in(const struct cell *c, const char *path)
{
	int found = 0;

	for (size_t i = 0; i < c->view.len; i++) {
		const char *at = place(c, &c->view.items[i]);

		if (c->view.items[i].kind != VIEW_HIDE)
			continue;
		if (!strcmp(at, path))
			return 2;
		if (path_is_in(at, path))
			found = 1;
	}
	return found;
}

/*
 * Rights reach everything below a directory: where something there is hidden, and no mount hides it, each entry beside it gets
 * them by itself; the directory can be listed.
 */
static int allow_tree(const struct cell *c, const char *path, uint64_t rights)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;
	int hidden = c->layers.ns ? 0 : hidden_in(c, path);

	if (hidden == 2)
		return 0;
	if (!hidden)
		return allow(c, path, rights);
	if (allow(c, path, LANDLOCK_ACCESS_FS_READ_DIR) < 0)
		return -1;
	fs_list(path, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *child = fs_join(path, names.items[i]);
		struct stat st;

		if (lstat(child, &st) == 0 && !S_ISLNK(st.st_mode) &&
			allow_tree(c, child, rights) < 0)
			return -1;
	}
	return 0;
}

/* File systems that were made for the box. */
static int allow_own(const struct cell *c, char what[PROC_WHAT_MAX])
{
	static const struct {
		const char *path;
		uint64_t rights;
	} own[] = {
		{"/dev", LANDLOCK_ACCESS_FS_READ_DIR}, /* ttyname(3) looks for its name */
		{"/dev/shm", RIGHTS_WRITE},
		{"/tmp", RIGHTS_WRITE},
		{"/dev/pts", RIGHTS_DEVICE | LANDLOCK_ACCESS_FS_READ_DIR},
	};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (allow(c, own[i].path, own[i].rights) < 0)
			return layer_failed(what, "Landlock '%s'", own[i].path);
	return 0;
}

/* Its rules know ports, not addresses: that one port is open on every machine that can be reached. */
static int allow_proxy(const struct cell *c, char what[PROC_WHAT_MAX])
{
	const struct port_attr rule = {.allowed = NET_CONNECT, .port = c->way.port};

	if (!c->way.port)
		return 0;
	if (syscall(SYS_landlock_add_rule, c->ruleset, RULE_NET_PORT, &rule, 0U) == 0)
		return 0;
	return layer_failed(what, "Landlock, the proxy's port");
}

int landlock_prepare(struct cell *c, char what[PROC_WHAT_MAX])
{
	bool deny_net = !c->own_net && c->network != NETWORK_OPEN;
	struct ruleset_attr attr = {.fs = handled(c->layers.landlock),
		.net = deny_net ? NET_BIND | NET_CONNECT : 0,
		.scoped = SCOPE_SIGNAL | SCOPE_ABSTRACT};

	c->ruleset = create(&attr, c->layers.landlock);
	if (c->ruleset < 0)
		return layer_failed(what, "a Landlock ruleset");
	for (size_t i = 0; i < c->view.len; i++) {
		const struct view_item *item = &c->view.items[i];

		if (allow_tree(c, place(c, item), rights_of(item->kind)) < 0)
			return layer_failed(what, "Landlock '%s'", place(c, item));
	}
	return c->layers.ns ? allow_own(c, what) : allow_proxy(c, what);
}

int landlock_seal(const struct cell *c, char what[PROC_WHAT_MAX])
{
	if (restrict_self(c->ruleset) < 0)
		return layer_failed(what, "Landlock");
	return 0;
}
