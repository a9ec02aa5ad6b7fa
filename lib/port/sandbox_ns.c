/*
 * The namespaces' layer: the keeper, pid 1 of namespaces of its own, builds a root directory out of what the view holds and
 * enters it. Nothing else has a name in there.
 */
#include "base/alloc.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h and sys/mount.h cannot both be included. */
extern int mount(const char *source, const char *target, const char *type, unsigned long flags,
	const void *data);
extern int umount2(const char *target, int flags);

#ifndef MS_RDONLY
#define MS_RDONLY  1UL
#define MS_NOSUID  2UL
#define MS_NODEV   4UL
#define MS_NOEXEC  8UL
#define MS_REC     16384UL
#define MS_PRIVATE (1UL << 18)
#endif
#define DETACH 2 /* MNT_DETACH */

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif

#define BASE      "/usr" /* where the root directory is built: a directory there always is */
#define EMPTY     BASE "/.empty"
#define PLACE_MAX 4600
#define ROOM      "size=25%" /* of memory, which is what a file there takes: two of them leave half */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	int done = fd >= 0 && write(fd, text, len) == (ssize_t)len ? 0 : -1;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return done;
}

/* The identity: what a file belongs to looks the same from inside. */
static int map_ids(const struct cell *c, char what[PROC_WHAT_MAX])
{
	if ((write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT) ||
		write_file("/proc/self/uid_map", c->uid_map) < 0 ||
		write_file("/proc/self/gid_map", c->gid_map) < 0)
		return layer_failed(what, "user namespace");
	return 0;
}

static int set_attributes(int fd, const char *path, uint64_t attributes, bool whole)
{
	struct mount_attr attr = {.attr_set = attributes};
	unsigned flags = (path[0] ? 0 : AT_EMPTY_PATH) | (whole ? AT_RECURSIVE : 0);

	return (int)syscall(SYS_mount_setattr, fd, path, flags, &attr, sizeof attr);
}

static uint64_t attributes_of(enum view_kind kind)
{
	if (kind == VIEW_WRITE)
		return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (kind == VIEW_DEVICE)
		return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY;
	if (kind == VIEW_READ)
		return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY;
	return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY;
}

/* /proc is made anew; what lies below what is shown as it is shown; what is hidden comes from nowhere. */
static bool is_copied(const struct view *v, size_t i)
{
	const struct view_item *item = &v->items[i];

	if (item->kind == VIEW_HIDE || !strcmp(item->at, "/proc"))
		return false;
	if (item->kind != VIEW_READ && item->kind != VIEW_EXEC)
		return true;
	for (size_t j = i; j > 0; j--)
		if (path_is_in(item->at, v->items[j - 1].at))
			return v->items[j - 1].kind != VIEW_SHOW ||
			       !path_is_in(item->real, v->items[j - 1].real);
	return true;
}

/* A mount of a place, or of what is made for it. One that has gone since it was looked for gets none. */
static int copy_mount(const struct view_item *item, int *fd, char what[PROC_WHAT_MAX])
{
	if (item->kind == VIEW_COW) {
		*fd = overlay_open(item, what);
		return *fd < 0 ? -1 : 0;
	}
	*fd = (int)syscall(SYS_open_tree, AT_FDCWD, item->real,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (item->is_dir ? AT_RECURSIVE : 0));
	if (*fd < 0 && errno == ENOENT && item->kind != VIEW_WRITE)
		return 0;
	if (*fd < 0)
		return layer_failed(what, "open_tree '%s'", item->real);
	if (set_attributes(*fd, "", attributes_of(item->kind), item->is_dir) < 0)
		return layer_failed(what, "mount_setattr '%s'", item->real);
	return 0;
}

/* While the places still have their names. */
static int copy_mounts(const struct view *v, int *fds, char what[PROC_WHAT_MAX])
{
	for (size_t i = 0; i < v->len; i++) {
		fds[i] = -1;
		if (is_copied(v, i) && copy_mount(&v->items[i], &fds[i], what) < 0)
			return -1;
	}
	return 0;
}

/* Makes the directories on the way to a place; those up to `from` are there. */
static int make_way(char *place, size_t from)
{
	for (char *slash = strchr(place + from, '/'); slash; slash = strchr(slash + 1, '/')) {
		int done;

		*slash = '\0';
		done = mkdir(place, 0755);
		*slash = '/';
		if (done < 0 && errno != EEXIST && errno != EROFS)
			return -1;
	}
	return 0;
}

static int hide(const struct view_item *item, int place)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", place);
	if (item->is_dir)
		return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m");
	return mount(EMPTY, path, NULL, 4096 /* MS_BIND */, NULL);
}

static int put_mount(int base, const struct view_item *item, int *fd, char what[PROC_WHAT_MAX])
{
	int place = point_open(base, item->at, item->is_dir), done;

	if (place < 0)
		return layer_failed(what, "a place for '%s'", item->at);
	done = item->kind == VIEW_HIDE ? hide(item, place)
				       : (int)syscall(SYS_move_mount, *fd, "", place, "",
						 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
	if (done < 0)
		layer_failed(what, "mount '%s'", item->at);
	close(place);
	fd_close(fd);
	return done;
}

static int put_mounts(const struct view *v, int *fds, char what[PROC_WHAT_MAX])
{
	int base = open(BASE, O_PATH | O_DIRECTORY | O_CLOEXEC), done = 0;

	if (base < 0)
		return layer_failed(what, "the root directory");
	for (size_t i = 0; !done && i < v->len; i++)
		if (fds[i] >= 0 || v->items[i].kind == VIEW_HIDE)
			done = put_mount(base, &v->items[i], &fds[i], what);
	close(base);
	return done;
}

/*
 * Names that lead to a place by a link: /bin, a home that is linked. In the new root, where links lead to what is in it; where
 * something has the name already it stays.
 */
static int put_link(const char *link, const char *target)
{
	char place[PLACE_MAX];

	if (snprintf(place, sizeof place, "%s", link) >= PLACE_MAX ||
		!faccessat(AT_FDCWD, place, F_OK, 0))
		return 0;
	if (make_way(place, 1) == 0 && symlink(target, place) == 0)
		return 0;
	return errno == EEXIST || errno == EROFS ? 0 : -1;
}

static int put_links(const struct view *v, char what[PROC_WHAT_MAX])
{
	static const char *const own[][2] = {{"/var/tmp", "/tmp"}, {"/var/run", "/run"},
		{"/dev/fd", "/proc/self/fd"}, {"/dev/stdin", "/proc/self/fd/0"},
		{"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
		{"/dev/ptmx", "pts/ptmx"}};

	for (size_t i = 0; i < v->links.len; i++)
		if (put_link(v->links.items[i], v->targets.items[i]) < 0)
			return layer_failed(what, "link '%s'", v->links.items[i]);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (put_link(own[i][0], own[i][1]) < 0)
			return layer_failed(what, "link '%s'", own[i][0]);
	return 0;
}

/* File systems of the box alone; what is shown may have its place in one. */
static int put_own(char what[PROC_WHAT_MAX])
{
	static const struct {
		const char *place, *type, *options;
		unsigned long flags;
	} own[] = {
		{BASE "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
		{BASE "/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=620",
			MS_NOSUID | MS_NOEXEC},
		{BASE "/dev/shm", "tmpfs", "mode=1777," ROOM, MS_NOSUID | MS_NODEV},
	};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		char place[64];

		snprintf(place, sizeof place, "%s/", own[i].place);
		if (make_way(place, strlen(BASE) + 1) < 0 ||
			mount(own[i].type, own[i].place, own[i].type, own[i].flags,
				own[i].options) < 0)
			return layer_failed(what, "mount '%s'", own[i].place + strlen(BASE));
	}
	if (mkdir(BASE "/run", 0755) < 0 && errno != EEXIST)
		return layer_failed(what, "/run");
	return 0;
}

static int put_base(const struct view *v, char what[PROC_WHAT_MAX])
{
	int fd;

	if (mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") < 0)
		return layer_failed(what, "mount a root directory");
	fd = open(EMPTY, O_WRONLY | O_CREAT | O_CLOEXEC, 0);
	if (fd < 0)
		return layer_failed(what, "a file in the root directory");
	close(fd);
	if (!v->tmp_moved && (mkdir(BASE "/tmp", 0755) < 0 ||
				     mount("tmpfs", BASE "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
					     "mode=1777," ROOM) < 0))
		return layer_failed(what, "mount '/tmp'");
	return 0;
}

/* What is hidden was writable while places were made in it. */
static int close_up(const struct view *v, char what[PROC_WHAT_MAX])
{
	for (size_t i = 0; i < v->len; i++)
		if (v->items[i].kind == VIEW_HIDE &&
			set_attributes(AT_FDCWD, v->items[i].at,
				MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
				false) < 0)
			return layer_failed(what, "hide '%s'", v->items[i].at);
	if (set_attributes(AT_FDCWD, "/proc", MOUNT_ATTR_RDONLY, true) < 0 ||
		set_attributes(AT_FDCWD, "/",
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, false) < 0)
		return layer_failed(what, "a read-only root directory");
	return 0;
}

static int enter_root(char what[PROC_WHAT_MAX])
{
	if (chdir(BASE) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", DETACH) < 0 ||
		chdir("/") < 0)
		return layer_failed(what, "pivot_root");
	return 0;
}

static int build_root(const struct cell *c, int *fds, char what[PROC_WHAT_MAX])
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return layer_failed(what, "private mounts");
	if (copy_mounts(&c->view, fds, what) < 0 || put_base(&c->view, what) < 0 ||
		put_own(what) < 0 || put_mounts(&c->view, fds, what) < 0 || enter_root(what) < 0)
		return -1;
	return put_links(&c->view, what);
}

int ns_enter(const struct cell *c, char what[PROC_WHAT_MAX])
{
	int *fds = calloc(c->view.len + 1, sizeof *fds), done;

	if (!fds)
		return layer_failed(what, "memory");
	umask(022);
	done = map_ids(c, what);
	/* The keeper is a copy of the launching process: nobody in the box looks into it. */
	prctl(PR_SET_DUMPABLE, 0);
	if (!done)
		done = net_enter(c, what);
	if (!done)
		done = build_root(c, fds, what);
	free(fds);
	if (!done)
		limits_enter(c);
	return done < 0 ? -1 : close_up(&c->view, what);
}
