#include "core/box_repo.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/alternates.h"
#include "core/safe_config.h"
#include "port/git.h"

#include <string.h>
#include <sys/stat.h>

#define GITLINK "160000 "

void box_repo_release(struct box_repo *b)
{
	vec_release(&b->held);
	vec_release(&b->marks);
}

/* What git reads, of a git directory and of a common one (gitrepository-layout(5)). */
static const char *const shown[] = {"AUTO_MERGE", "BISECT_ANCESTORS_OK", "BISECT_EXPECTED_REV",
	"BISECT_LOG", "BISECT_NAMES", "BISECT_RUN", "BISECT_START", "BISECT_TERMS",
	"CHERRY_PICK_HEAD", "HEAD", "MERGE_AUTOSTASH", "MERGE_HEAD", "MERGE_MODE", "MERGE_MSG",
	"MERGE_RR", "ORIG_HEAD", "REBASE_HEAD", "REVERT_HEAD", "SQUASH_MSG", "commondir", "gitdir",
	"index", "info", "logs", "packed-refs", "rebase-apply", "rebase-merge", "refs", "reftable",
	"rr-cache", "sequencer", "shallow"};

static void show_dir(struct box *box, const char *git_dir)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;

	vec_push(&box->hide, git_dir);
	for (size_t i = 0; i < ARRAY_LEN(shown); i++)
		vec_pushf(&box->read, "%s/%s", git_dir, shown[i]);
	fs_list(git_dir, &names, &ignored);
	for (size_t i = 0; i < names.len; i++)
		if (!strncmp(names.items[i], "sharedindex.", strlen("sharedindex.")))
			vec_pushf(&box->read, "%s/%s", git_dir, names.items[i]);
}

static int replace_config(
	struct box *box, const struct repo *repo, const char *dir, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(dir, "config");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	bool odd = repo->sha256 || repo->reftable;

	buf_printf(&text,
		"[core]\n\trepositoryformatversion = %d\n\tbare = %s\n\tignorecase = %s\n", odd,
		repo->bare ? "true" : "false",
		repo_config_bool(repo, "core.ignorecase", false) ? "true" : "false");
	if (odd)
		buf_printf(&text, "[extensions]\n%s%s",
			repo->sha256 ? "\tobjectformat = sha256\n" : "",
			repo->reftable ? "\trefstorage = reftable\n" : "");
	/* Their git directories are not in the box. */
	buf_puts(&text, "[diff]\n\tignoreSubmodules = all\n");
	safe_config_put(repo, &text);
	vec_push(&box->over, path);
	vec_pushf(&box->over, "%s/config", repo->common_dir);
	return fs_write_derived(path, text.data, text.len, why);
}

static void mark(const char *path, struct buf *out)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		buf_puts(out, "nothing");
	else
		buf_printf(out, "%llu %llu %o", (unsigned long long)st.st_dev,
			(unsigned long long)st.st_ino, st.st_mode & S_IFMT);
}

/* In place, and not to be written: by a mount; else as if it were not there. */
static void hold(struct box_repo *b, struct box *box, const char *path)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT;

	vec_push(sandbox_has_places(box->level) ? &box->pin : &box->hide, path);
	mark(path, &now);
	vec_push(&b->held, path);
	vec_push(&b->marks, now.data);
}

/* A link can be put somewhere else, and no mount holds it. */
static int hold_link(
	struct box_repo *b, struct box *box, const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(repo->work_tree, ".git");
	struct stat st;

	if (lstat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISLNK(st.st_mode)) {
		hold(b, box, path);
		return 0;
	}
	fault_set(why, EXIT_REFUSED, "'%s' is a symbolic link: a command could replace it", path);
	return fault_hint(why, "make it a file that says 'gitdir: %s'", repo->git_dir);
}

/* `.git` of a submodule; the whole place of one that is not there yet. */
static void hold_submodule(
	struct box_repo *b, struct box *box, const struct repo *repo, const char *path)
{
	CLEANUP(str_free) char *place = fs_join(repo->work_tree, path);
	CLEANUP(str_free) char *git = fs_join(place, ".git");

	hold(b, box, fs_exists(git) ? git : place);
}

/* git looks into what the index has as a submodule, and would run what the configuration there says. */
static int hold_submodules(
	struct box_repo *b, struct box *box, const struct repo *repo, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir, .work_tree = repo->work_tree};
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(str_free) char *modules = fs_join(repo->work_tree, ".gitmodules");
	CLEANUP(str_free) char *dirs = fs_join(repo->common_dir, "modules");

	if (!fs_exists(modules) && !fs_exists(dirs))
		return 0;
	if (git_do(&call, &out, why, "ls-files", "--stage", "-z", NULL) < 0)
		return -1;
	for (char *at = out.data, *end = out.data + out.len; at < end; at += strlen(at) + 1) {
		const char *tab = strchr(at, '\t');

		if (tab && !strncmp(at, GITLINK, strlen(GITLINK)))
			hold_submodule(b, box, repo, tab + 1);
	}
	return 0;
}

/* Hooks that git would run later; husky keeps its own in the working tree. */
static void hold_hooks(struct box_repo *b, struct box *box, const struct repo *repo)
{
	const char *path = repo_config(repo, "core.hookspath");

	if (path && path[0] == '/')
		hold(b, box, path);
	else if (path && path[0]) {
		CLEANUP(str_free) char *inside = fs_join(repo->work_tree, path);

		hold(b, box, inside);
	}
}

static int add_tree(struct box_repo *b, struct box *box, const struct repo *repo, struct fault *why)
{
	if (hold_link(b, box, repo, why) < 0 || hold_submodules(b, box, repo, why) < 0)
		return -1;
	hold_hooks(b, box, repo);
	vec_push(&box->write, repo->work_tree);
	return 0;
}

int box_repo_add(struct box_repo *b, struct box *box, const struct repo *repo, const char *dir,
	struct fault *why)
{
	CLEANUP(str_free) char *objects = fs_join(repo->common_dir, "objects");

	show_dir(box, repo->git_dir);
	if (strcmp(repo->git_dir, repo->common_dir) != 0)
		show_dir(box, repo->common_dir);
	/* What is not written need not be locked. */
	vec_push(&box->set, "GIT_OPTIONAL_LOCKS=0");
	if (alternates_find(objects, &box->read, why) < 0 ||
		replace_config(box, repo, dir, why) < 0)
		return -1;
	return repo->work_tree ? add_tree(b, box, repo, why) : 0;
}

bool box_repo_owns(const struct repo *repo, const char *path)
{
	return path_is_in(path, repo->git_dir) || path_is_in(path, repo->common_dir);
}

int box_repo_check(const struct box_repo *b, struct fault *why)
{
	for (size_t i = 0; i < b->held.len; i++) {
		CLEANUP(buf_release) struct buf now = BUF_INIT;

		mark(b->held.items[i], &now);
		if (!strcmp(now.data, b->marks.items[i]))
			continue;
		fault_set(why, EXIT_REFUSED, "the command has put something else at '%s'",
			b->held.items[i]);
		fault_reason(why, "escape");
		return fault_hint(why,
			"git would run what is configured there: look at it before you use git here");
	}
	return 0;
}
