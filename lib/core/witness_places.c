/* The files and directories of a git directory that decide what git does, and for whom. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/witness_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_MAX ((off_t)256 * 1024) /* of a larger file its times tell */

static const char *const dirs[] = {"agent", "agent/hooks", "hooks", "info", "logs", "objects",
	"objects/info", "objects/pack", "refs", "refs/heads", "refs/tags", "worktrees", NULL};

static const char *const files[] = {"agent/policy", "commondir", "config", "config.worktree",
	"description", "objects/info/alternates", "objects/info/http-alternates", "shallow", NULL};

/* Every file in them. */
static const char *const whole[] = {"agent/hooks", "hooks", "info", NULL};

static const char *const of_worktree[] = {"commondir", "config.worktree", "gitdir", NULL};

/* What git itself keeps up to date there. */
static const char *const passing[] = {"info/refs", NULL};

static void place_release(struct place *place)
{
	str_free(&place->name);
	str_free(&place->path);
}

void witness_places_release(struct places *p)
{
	for (size_t i = 0; i < p->len; i++)
		place_release(&p->items[i]);
	free(p->items);
	*p = (struct places){0};
}

static bool is_one_of(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

/* A link says where it leads as well as what is there. */
static void hash_place(struct place *place)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	char target[4096];
	ssize_t len = readlink(place->path, target, sizeof target);

	if (len >= 0)
		buf_add(&text, target, (size_t)len);
	buf_putc(&text, '\0');
	if (fs_read(place->path, &text, (size_t)READ_MAX, &ignored) >= 0)
		hash_hex(text.data, text.len, place->hash);
}

/* What is not there is no place; a directory where a file should be is one like any other. */
static void add(struct places *p, char *path, const char *name, bool is_dir)
{
	struct place place = {.path = path, .is_dir = is_dir};

	if (lstat(path, &place.st) < 0) {
		free(path);
		return;
	}
	place.name = xstrdup(name);
	if (!is_dir && place.st.st_size <= READ_MAX && !S_ISDIR(place.st.st_mode))
		hash_place(&place);
	GROW(p->items, p->len, p->cap);
	p->items[p->len++] = place;
}

/* `label` is what the directory is called; "" is the git directory itself. */
static void add_files(struct places *p, const char *dir, const char *label)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;

	fs_list(dir, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *name = fs_join(label, names.items[i]);

		if (!is_one_of(passing, name))
			add(p, fs_join(dir, names.items[i]), name, false);
	}
}

static void add_worktrees(struct places *p, const char *common)
{
	CLEANUP(str_free) char *dir = fs_join(common, "worktrees");
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;

	fs_list(dir, &names, &ignored);
	for (size_t i = 0; i < names.len; i++)
		for (const char *const *file = of_worktree; *file; file++) {
			CLEANUP(buf_release) struct buf name = BUF_INIT;

			buf_printf(&name, "worktrees/%s/%s", names.items[i], *file);
			add(p, fs_join(common, name.data), name.data, false);
		}
}

/* core.hooksPath, where it is none of the person's own files: those change with the branch they are on. */
static void add_hooks_path(struct places *p, const struct repo *repo)
{
	const char *set = repo_config(repo, "core.hookspath"), *home = getenv("HOME");
	CLEANUP(str_free) char *path = NULL;
	CLEANUP(str_free) char *real = NULL;
	size_t len = repo->work_tree ? strlen(repo->work_tree) : 0;

	if (!set || !*set)
		return;
	if (set[0] == '~' && set[1] == '/' && home)
		path = fs_join(home, set + 2);
	else if (set[0] == '/')
		path = xstrdup(set);
	real = path ? fs_real(path) : NULL;
	if (real && !(len && !strncmp(real, repo->work_tree, len) && real[len] == '/'))
		add_files(p, real, real);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->name, ((const struct place *)b)->name);
}

int witness_places_take(struct places *p, const struct repo *repo, struct fault *why)
{
	const char *common = repo->common_dir;

	add(p, xstrdup(common), ".", true);
	if (!p->len)
		return fault_errno(why, "cannot look at '%s'", common);
	for (const char *const *dir = dirs; *dir; dir++)
		add(p, fs_join(common, *dir), *dir, true);
	for (const char *const *file = files; *file; file++)
		add(p, fs_join(common, *file), *file, false);
	for (const char *const *dir = whole; *dir; dir++) {
		CLEANUP(str_free) char *path = fs_join(common, *dir);

		add_files(p, path, *dir);
	}
	add_worktrees(p, common);
	add_hooks_path(p, repo);
	qsort(p->items, p->len, sizeof *p->items, compare_names);
	return 0;
}

static void tell(struct witness_changes *out, const char *mend, const struct place *place,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* `mend` is a command the path is added to. */
static void tell(struct witness_changes *out, const char *mend, const struct place *place,
	const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf command = BUF_INIT;
	char *what = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&what, fmt, args) < 0)
		what = NULL;
	va_end(args);
	buf_printf(&command, "%s ", mend ? mend : "");
	text_put_shell_word(&command, place->path);
	if (what)
		witness_add(out, what, mend ? command.data : NULL);
	free(what);
}

/* A worktree a person adds is theirs, unless it is one of the run's own directory or of another repository. */
static bool is_harmless(const struct place *place, const char *work)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (place->is_dir)
		return true;
	if (strncmp(place->name, "worktrees/", 10) != 0)
		return false;
	fs_read(place->path, &text, (size_t)READ_MAX, &ignored);
	buf_rtrim(&text);
	if (!strcmp(strrchr(place->name, '/'), "/commondir"))
		return !strcmp(text.data, "../..");
	return strncmp(text.data, work, strlen(work)) != 0;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Whatever does something to a file leaves its ctime behind; nobody can set that. */
static bool same_bytes(const struct place *a, const struct place *b)
{
	if (a->hash[0] && b->hash[0])
		return !strcmp(a->hash, b->hash);
	return a->st.st_ino == b->st.st_ino && same_time(&a->st.st_ctim, &b->st.st_ctim);
}

static void compare_rights(
	const struct place *a, const struct place *b, struct witness_changes *out)
{
	char mend[64];

	if ((a->st.st_mode & 07777) != (b->st.st_mode & 07777)) {
		snprintf(mend, sizeof mend, "chmod %o", a->st.st_mode & 07777);
		tell(out, mend, b, "the mode of %s is %o, it was %o", b->name,
			b->st.st_mode & 07777, a->st.st_mode & 07777);
	}
	if (a->st.st_uid != b->st.st_uid || a->st.st_gid != b->st.st_gid) {
		snprintf(
			mend, sizeof mend, "chown %ld:%ld", (long)a->st.st_uid, (long)a->st.st_gid);
		tell(out, mend, b, "the owner of %s is another", b->name);
	}
}

static void compare_both(const struct place *a, const struct place *b, struct witness_changes *out)
{
	bool config = !strcmp(b->name, "config") || !strcmp(b->name, "config.worktree");

	if ((a->st.st_mode & S_IFMT) != (b->st.st_mode & S_IFMT)) {
		tell(out, NULL, b, "%s is another kind of file", b->name);
		return;
	}
	compare_rights(a, b, out);
	if (a->is_dir || S_ISDIR(b->st.st_mode) || config || !strcmp(b->name, "shallow"))
		return;
	if (!same_bytes(a, b))
		tell(out, NULL, b, "%s was changed", b->name);
	else if (a->st.st_ino == b->st.st_ino && !same_time(&a->st.st_mtim, &b->st.st_mtim))
		tell(out, NULL, b, "the time of %s was set", b->name);
}

static void one_sided(
	const struct place *a, const struct place *b, const char *work, struct witness_changes *out)
{
	if (b && !is_harmless(b, work) && strcmp(b->name, "config.worktree") != 0)
		tell(out, "rm -rf", b, "%s is new", b->name);
	/* A worktree may be removed, a shallow repository filled up; config is compared by itself. */
	if (a && !a->is_dir && strncmp(a->name, "worktrees/", 10) != 0 &&
		strcmp(a->name, "shallow") != 0 && strcmp(a->name, "config.worktree") != 0)
		tell(out, NULL, a, "%s is gone", a->name);
}

void witness_places_compare(const struct places *before, const struct places *after,
	const char *work, struct witness_changes *out)
{
	size_t i = 0, k = 0;

	while (i < before->len || k < after->len) {
		int order = i == before->len  ? 1
			    : k == after->len ? -1
					      : strcmp(before->items[i].name, after->items[k].name);

		if (order < 0)
			one_sided(&before->items[i++], NULL, work, out);
		else if (order > 0)
			one_sided(NULL, &after->items[k++], work, out);
		else
			compare_both(&before->items[i++], &after->items[k++], out);
	}
}
