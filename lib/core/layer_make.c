/* Making a layer: setup runs in a checkout of its own, and what it leaves outside git is taken out of there. */
#include "base/alloc.h"
#include "core/filtered.h"
#include "core/layer.h"
#include "core/layer_reads.h"
#include "core/setup.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is copied into each checkout, in all: making files is what a copy costs. */
#define COPIED_FILES_MAX 2000
#define COPIED_BYTES_MAX ((uint64_t)32 << 20)
/* A directory larger than this is never copied where the kernel can give it copy-on-write. */
#define SMALL_FILES_MAX 500
#define SMALL_BYTES_MAX ((uint64_t)8 << 20)
#define LOOSE_MAX       1000
#define ASK_WALL_MS     (10 * 60 * 1000)
#define ASK_OUTPUT_MAX  ((size_t)64 << 20)

struct making {
	const struct layer *layer;
	char *path; /* <key>.new */
	struct workspace workspace;
	struct checkout checkout;
	struct buf list;
	size_t files; /* what may still be copied */
	uint64_t bytes;
};

static void making_release(struct making *m)
{
	str_free(&m->path);
	checkout_release(&m->checkout);
	buf_release(&m->list);
}

/*
 * git's list of what it does not track, directories whole. In the box, without network: setup may have written whatever it
 * liked into git's directory. `rules` leaves out what is ignored.
 */
static int ask_git(const struct making *m, const struct repo *repo, bool rules, struct vec *out,
	struct fault *why)
{
	const char *const words[] = {"git", "-c", "core.hooksPath=/dev/null", "-c",
		"core.fsmonitor=false", "-c", "core.untrackedCache=false", "ls-files", "-z",
		"--others", "--directory", rules ? "--exclude-standard" : NULL, NULL};
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	setup_box(&box, &m->checkout, &m->workspace, repo, NETWORK_NONE);
	vec_push_all(&box.argv, words);
	box.wall_ms = ASK_WALL_MS;
	box.output_max = ASK_OUTPUT_MAX;
	if (sandbox_run(&box, &p, why) < 0)
		return -1;
	if (p->end == PROC_INTERRUPTED)
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	if (p->end != PROC_EXITED || p->code) {
		proc_describe(p, &how);
		fault_set(why, EXIT_FATAL, "cannot tell what setup has left: git ls-files %s",
			how.data);
		return fault_reason(why, "setup_failed");
	}
	for (const char *at = p->out.data, *end = at + p->out.len; at < end; at += strlen(at) + 1)
		vec_push(out, at);
	return 0;
}

/* Takes a directory or file over by its name; one whose own rights forbid to move it gets them for that moment. */
static int move(const char *from, const char *to, const struct stat *st)
{
	int done = rename(from, to), error;

	if (!done || errno != EACCES || !S_ISDIR(st->st_mode))
		return done;
	if (chmod(from, (st->st_mode & 0777) | S_IRWXU) < 0)
		return -1;
	done = rename(from, to);
	error = errno;
	chmod(done < 0 ? from : to, st->st_mode & 0777);
	errno = error;
	return done;
}

/* Whether it is copied into each checkout; else the kernel gives it copy-on-write. */
static bool is_copied(struct making *m, const char *path, const struct stat *st)
{
	size_t files = SMALL_FILES_MAX;
	uint64_t bytes = SMALL_BYTES_MAX;

	if (!S_ISDIR(st->st_mode) || !m->layer->copy_on_write)
		return true;
	return fs_tree_fits(path, &files, &bytes) && fs_tree_fits(path, &m->files, &m->bytes);
}

/* One path that git does not track goes from the checkout into the layer. What git printed is looked at before it is believed. */
static int take(struct making *m, const char *named, struct fault *why)
{
	size_t len = strlen(named);
	CLEANUP(str_free)
	char *path = xstrndup(named, len && named[len - 1] == '/' ? len - 1 : len);
	CLEANUP(str_free) char *above = fs_dirname(path), *tree = fs_join(m->path, "tree");
	CLEANUP(str_free) char *from = fs_join(m->checkout.tree, path), *to = fs_join(tree, path);
	CLEANUP(str_free) char *dir = fs_dirname(to);
	struct stat st;

	if (!setup_is_inside(path) || setup_meets_link(&m->checkout, above) ||
		lstat(from, &st) < 0 ||
		(!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)))
		return 0;
	if (fs_mkdirs(dir, 0700, why) < 0)
		return -1;
	if (move(from, to, &st) < 0)
		return fault_errno(why, "cannot keep what setup has left at '%s'", path);
	buf_putc(&m->list, is_copied(m, to, &st) ? 'c' : 'd');
	buf_add(&m->list, path, strlen(path) + 1);
	return 0;
}

/* What git would take for new work, as patterns for the agent's own list of what to ignore. */
static int note_loose(struct making *m, const struct repo *repo, struct fault *why)
{
	CLEANUP(vec_release) struct vec paths = VEC_INIT;

	if (ask_git(m, repo, true, &paths, why) < 0)
		return -1;
	for (size_t i = 0; i < paths.len && i < LOOSE_MAX; i++) {
		if (strchr(paths.items[i], '\n'))
			continue;
		buf_puts(&m->list, "l/");
		for (const char *c = paths.items[i]; *c; c++) {
			if (strchr("*?[\\ ", *c))
				buf_putc(&m->list, '\\');
			buf_putc(&m->list, *c);
		}
		buf_putc(&m->list, '\0');
	}
	return 0;
}

/* What the tools wrote to their caches; what they only looked at left nothing. */
static int take_caches(struct making *m, struct fault *why)
{
	CLEANUP(str_free) char *caches = fs_join(m->path, "cache");
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	if (fs_list(m->checkout.cache, &names, why) < 0 || fs_mkdirs(caches, 0700, why) < 0)
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *cache = fs_join(m->checkout.cache, names.items[i]);
		CLEANUP(str_free) char *from = fs_join(cache, "upper");
		CLEANUP(str_free) char *to = fs_join(caches, names.items[i]);

		if (rmdir(from) < 0 && errno != ENOENT && rename(from, to) < 0)
			return fault_errno(why, "cannot keep what setup has put in a cache");
	}
	return 0;
}

static int take_all(struct making *m, const struct repo *repo, struct fault *why)
{
	CLEANUP(vec_release) struct vec paths = VEC_INIT;
	CLEANUP(str_free) char *tree = fs_join(m->path, "tree"), *home = fs_join(m->path, "home");

	if (note_loose(m, repo, why) < 0 || ask_git(m, repo, false, &paths, why) < 0 ||
		fs_mkdirs(tree, 0700, why) < 0)
		return -1;
	for (size_t i = 0; i < paths.len; i++)
		if (take(m, paths.items[i], why) < 0)
			return -1;
	if (take_caches(m, why) < 0)
		return -1;
	if (rename(m->checkout.home, home) < 0)
		return fault_errno(why, "cannot keep the HOME setup has left");
	return 0;
}

/* Only what is on disk may have the name of a whole layer. */
static int finish(const struct making *m, struct fault *why)
{
	CLEANUP(str_free) char *list = fs_join(m->path, "list");
	CLEANUP(fd_close) int fd = -1;

	if (fs_remove(m->checkout.path, why) < 0 ||
		fs_write(list, m->list.data, m->list.len, 0600, why) < 0)
		return -1;
	fd = open(m->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syncfs(fd) < 0 || rename(m->path, m->layer->path) < 0)
		return fault_errno(why, "cannot keep the layer '%s'", m->layer->path);
	return 0;
}

static int fill(struct making *m, struct workspace *w, struct repo *repo, const struct policy *p,
	const char *log, struct fault *why)
{
	struct timespec start;
	int done;

	/* The run's own, but for where the checkout lies. */
	m->workspace = *w;
	m->workspace.path = m->path;
	done = checkout_create(
		&m->checkout, &m->workspace, repo, "work", m->layer->commit, NULL, why);
	w->refs = m->workspace.refs;
	if (done < 0 || filtered_write(&m->checkout, &m->workspace, repo, why) < 0 ||
		setup_copy(&m->checkout, repo, p, NULL, why) < 0)
		return -1;
	start = layer_reads_begin();
	if (setup_run(&m->checkout, &m->workspace, repo, p, log, why) < 0)
		return -1;
	layer_reads_note(m->layer, &m->checkout, start, &m->list);
	return take_all(m, repo, why) < 0 ? -1 : finish(m, why);
}

int layer_make(const struct layer *l, struct workspace *w, struct repo *repo,
	const struct policy *p, const char *log, struct fault *why)
{
	CLEANUP(fs_unlock) struct fs_lock held = FS_LOCK_INIT;
	CLEANUP(making_release)
	struct making m = {.layer = l, .files = COPIED_FILES_MAX, .bytes = COPIED_BYTES_MAX};
	CLEANUP(buf_release) struct buf lock = BUF_INIT, path = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	int done;

	buf_printf(&lock, "%s.lock", l->path);
	done = fs_lock(&held, lock.data, false, why);
	if (done)
		return done;
	if (!fs_lock_is(&held, lock.data) || fs_is_dir(l->path))
		return 1;
	buf_printf(&path, "%s.new", l->path);
	m.path = buf_take(&path);
	/* What a process left that was killed at this. */
	if (fs_remove(m.path, why) < 0 || workspace_check(repo, p, why) < 0 ||
		fs_mkdirs(m.path, 0700, why) < 0)
		return -1;
	done = fill(&m, w, repo, p, log, why);
	if (done < 0)
		fs_remove(m.path, &ignored);
	return done;
}
