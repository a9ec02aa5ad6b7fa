#include "core/hook_install.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "core/hook_chain.h"
#include "core/hook_file.h"
#include "core/hook_forward.h"
#include "core/hook_tool.h"
#include "port/git.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STRICT "reference-transaction"

/* All that may be ours; the last of them only where it is asked for, or is there already. */
static const char *const hooks[] = {"pre-push", "post-commit", STRICT, NULL};
static const char *const plain_hooks[] = {"pre-push", "post-commit", NULL};

struct job { /* one installation or removal */
	const struct repo *repo;
	const char *binaries;
	bool dry_run;
	const char *const *wanted; /* of `hooks`; ends in NULL */
	struct vec *lines;
	char *own_dir;   /* <common dir>/agent/hooks */
	char *plain_dir; /* <common dir>/hooks */
	enum hook_place place;
	char *outside; /* the core.hooksPath set outside of the repository, resolved; NULL: none */
	char *their_dir; /* HOOK_PLACE_THEIRS: the local core.hooksPath, resolved */
};

static void job_release(struct job *job)
{
	str_free(&job->own_dir);
	str_free(&job->plain_dir);
	str_free(&job->outside);
	str_free(&job->their_dir);
}

/* --- where hooks are -------------------------------------------------------------------------- */

/* A relative core.hooksPath starts where hooks run: the top of the work tree, or the git directory of a bare one. */
static char *resolved(const struct repo *repo, const char *path)
{
	if (path[0] == '/')
		return xstrdup(path);
	return fs_join(repo->work_tree ? repo->work_tree : repo->git_dir, path);
}

/* The same directory, whatever links and dots its names hold; one that is not there is only its own name. */
static bool same_dir(const char *a, const char *b)
{
	CLEANUP(str_free) char *real_a = fs_real(a);
	CLEANUP(str_free) char *real_b = fs_real(b);

	return strcmp(a, b) == 0 || (real_a && real_b && strcmp(real_a, real_b) == 0);
}

/* The last core.hooksPath of the repository's own configuration, and the last one outside of it. */
static void scan_scopes(char *text, const char **local, const char **outside)
{
	for (char *line = text, *next; *line; line = next) {
		char *newline = strchr(line, '\n');
		char *tab = strchr(line, '\t');

		next = newline ? newline + 1 : line + strlen(line);
		if (newline)
			*newline = '\0';
		if (!tab)
			continue;
		*tab = '\0';
		if (strcmp(line, "local") == 0 || strcmp(line, "worktree") == 0)
			*local = tab + 1;
		else if (strcmp(line, "command") != 0)
			*outside = tab + 1;
	}
}

static int find_place(struct job *job, struct fault *why)
{
	struct git_call call = {.git_dir = job->repo->git_dir, .work_tree = job->repo->work_tree};
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *local = NULL;
	const char *outside = NULL;

	job->own_dir = fs_join(job->repo->common_dir, "agent/hooks");
	job->plain_dir = fs_join(job->repo->common_dir, "hooks");
	if (git_ask(&call, &text, why, "config", "--show-scope", "--type=path", "--get-all",
		    "core.hooksPath", NULL) < 0)
		return -1;
	scan_scopes(text.data, &local, &outside);
	if (outside)
		job->outside = resolved(job->repo, outside);
	if (!local) {
		job->place = outside ? HOOK_PLACE_OUTSIDE : HOOK_PLACE_DEFAULT;
		return 0;
	}
	job->their_dir = resolved(job->repo, local);
	if (same_dir(job->their_dir, job->own_dir))
		job->place = HOOK_PLACE_OURS;
	else if (same_dir(job->their_dir, job->plain_dir))
		job->place = HOOK_PLACE_DEFAULT;
	else
		job->place = HOOK_PLACE_THEIRS;
	return 0;
}

int hook_place(const struct repo *repo, enum hook_place *out, struct fault *why)
{
	CLEANUP(job_release) struct job job = {.repo = repo};

	if (find_place(&job, why))
		return -1;
	*out = job.place;
	return 0;
}

/* --- installing ------------------------------------------------------------------------------- */

static char *before_path(const char *dir, const char *hook)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	buf_printf(&name, "%s" HOOK_BEFORE, hook);
	return fs_join(dir, name.data);
}

static int keep_before(
	const char *path, const char *before, bool dry_run, struct vec *lines, struct fault *why)
{
	if (fs_exists(before)) {
		fault_set(
			why, EXIT_FATAL, "'%s' is not ours, and '%s' is in its way", path, before);
		return fault_hint(
			why, "remove the one of the two that is not needed, then try again");
	}
	vec_pushf(lines, "kept %s as %s: it runs first", path, before);
	if (!dry_run && rename(path, before))
		return fault_errno(why, "cannot rename '%s'", path);
	return 0;
}

int hook_install_copy(const char *binaries, const char *dir, const char *name, const char *hook,
	bool dry_run, struct vec *lines, struct fault *why)
{
	CLEANUP(str_free) char *from = fs_join(binaries, hook);
	CLEANUP(str_free) char *path = fs_join(dir, name);
	CLEANUP(str_free) char *before = before_path(dir, hook);
	enum hook_kind kind = hook_file_kind(path, hook);

	if (kind == HOOK_FILE_CURRENT && access(path, X_OK) == 0 && hook_file_same(from, path))
		return 0;
	if (kind == HOOK_FILE_OTHER && keep_before(path, before, dry_run, lines, why))
		return -1;
	vec_pushf(lines, "%s %s", kind == HOOK_FILE_OURS ? "renewed" : "installed", path);
	if (dry_run)
		return 0;
	return fs_mkdirs(dir, 0777, why) ? -1 : fs_copy(from, path, 0755, why);
}

/* Brings <dir>/<hook> to this version of ours. */
static int install_copy(struct job *job, const char *dir, const char *hook, struct fault *why)
{
	return hook_install_copy(job->binaries, dir, hook, hook, job->dry_run, job->lines, why);
}

/* A hook another tool owns: our copy where that tool can call it, and the line that does. */
static int install_beside(struct job *job, const struct hook_tool *tool, const char *dir,
	const char *hook, struct fault *why)
{
	CLEANUP(buf_release) struct buf advice = BUF_INIT;

	if (install_copy(job, job->own_dir, hook, why))
		return -1;
	if (!hook_tool_calls_us(tool, job->repo, dir, hook)) {
		hook_tool_advice(tool, job->repo, dir, hook, &advice);
		vec_push(job->lines, advice.data);
	}
	return 0;
}

static int install_hook(struct job *job, const char *hook, struct fault *why)
{
	const char *dir = job->place == HOOK_PLACE_THEIRS ? job->their_dir : job->plain_dir;
	const struct hook_tool *tool = hook_tool_owning(dir, hook, job->place == HOOK_PLACE_THEIRS);

	if (job->place == HOOK_PLACE_OUTSIDE || job->place == HOOK_PLACE_OURS)
		return install_copy(job, job->own_dir, hook, why);
	if (tool)
		return install_beside(job, tool, dir, hook, why);
	return install_copy(job, dir, hook, why);
}

/* A core.hooksPath of ours hides the one outside, so every hook there gets a forwarder here. */
static int install_forwarders(struct job *job, struct fault *why)
{
	struct git_call call = {.git_dir = job->repo->git_dir, .work_tree = job->repo->work_tree};

	if (hook_forward_write(
		    job->own_dir, job->outside, job->wanted, job->dry_run, job->lines, why))
		return -1;
	if (job->place == HOOK_PLACE_OURS)
		return 0;
	vec_pushf(job->lines,
		"set core.hooksPath to %s: your hooks outside of the repository run first",
		job->own_dir);
	if (job->dry_run)
		return 0;
	return git_do(&call, NULL, why, "config", "--local", "core.hooksPath", job->own_dir, NULL);
}

static bool is_ours_in(const char *dir, const char *hook)
{
	CLEANUP(str_free) char *path = fs_join(dir, hook);
	enum hook_kind kind = hook_file_kind(path, hook);

	return kind == HOOK_FILE_OURS || kind == HOOK_FILE_CURRENT;
}

static int install(struct job *job, bool strict, struct fault *why)
{
	if (find_place(job, why))
		return -1;
	strict = strict || is_ours_in(job->own_dir, STRICT) || is_ours_in(job->plain_dir, STRICT);
	job->wanted = strict ? hooks : plain_hooks;
	for (size_t i = 0; job->wanted[i]; i++)
		if (install_hook(job, job->wanted[i], why))
			return fault_wrap(why, "cannot install the hook '%s'", job->wanted[i]);
	if (job->place == HOOK_PLACE_OUTSIDE || job->place == HOOK_PLACE_OURS)
		return install_forwarders(job, why);
	return 0;
}

int hook_install(const struct repo *repo, const char *binaries, bool dry_run, struct vec *lines,
	struct fault *why)
{
	CLEANUP(job_release)
	struct job job = {.repo = repo, .binaries = binaries, .dry_run = dry_run, .lines = lines};

	return install(&job, false, why);
}

int hook_install_strict(const struct repo *repo, const char *binaries, bool dry_run,
	struct vec *lines, struct fault *why)
{
	CLEANUP(job_release)
	struct job job = {.repo = repo, .binaries = binaries, .dry_run = dry_run, .lines = lines};

	return install(&job, true, why);
}

/* --- removing --------------------------------------------------------------------------------- */

static int remove_copy(struct job *job, const char *hook, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(job->plain_dir, hook);
	CLEANUP(str_free) char *before = before_path(job->plain_dir, hook);
	enum hook_kind kind = hook_file_kind(path, hook);

	if (kind == HOOK_FILE_OURS || kind == HOOK_FILE_CURRENT) {
		vec_pushf(job->lines, "removed %s", path);
		if (!job->dry_run && fs_remove(path, why))
			return -1;
		kind = HOOK_FILE_NONE;
	}
	if (kind != HOOK_FILE_NONE || !fs_exists(before))
		return 0;
	vec_pushf(job->lines, "restored %s", path);
	if (!job->dry_run && rename(before, path))
		return fault_errno(why, "cannot rename '%s'", before);
	return 0;
}

static int unset_path(struct job *job, struct fault *why)
{
	struct git_call call = {.git_dir = job->repo->git_dir, .work_tree = job->repo->work_tree};

	vec_push(job->lines, "unset core.hooksPath");
	if (job->dry_run)
		return 0;
	return git_do(&call, NULL, why, "config", "--local", "--unset-all", "core.hooksPath", NULL);
}

static void name_leftovers(struct job *job, const char *hook)
{
	const char *dir = job->place == HOOK_PLACE_THEIRS ? job->their_dir : job->plain_dir;
	const struct hook_tool *tool = hook_tool_owning(dir, hook, job->place == HOOK_PLACE_THEIRS);
	CLEANUP(buf_release) struct buf where = BUF_INIT;

	if (!tool || !hook_tool_calls_us(tool, job->repo, dir, hook))
		return;
	hook_tool_where(tool, job->repo, dir, hook, &where);
	vec_pushf(job->lines, "left to you: %s still calls %s", where.data, hook);
}

int hook_uninstall(const struct repo *repo, bool dry_run, struct vec *lines, struct fault *why)
{
	CLEANUP(job_release) struct job job = {.repo = repo, .dry_run = dry_run, .lines = lines};

	if (find_place(&job, why))
		return -1;
	if (job.place == HOOK_PLACE_OURS && unset_path(&job, why))
		return -1;
	for (size_t i = 0; hooks[i]; i++) {
		name_leftovers(&job, hooks[i]);
		if (remove_copy(&job, hooks[i], why))
			return -1;
	}
	if (!fs_exists(job.own_dir))
		return 0;
	vec_pushf(lines, "removed %s", job.own_dir);
	return dry_run ? 0 : fs_remove(job.own_dir, why);
}

/* --- checking --------------------------------------------------------------------------------- */

char *hook_dir(const struct repo *repo)
{
	const char *path = repo_config(repo, "core.hooksPath");
	const char *home = getenv("HOME");

	if (!path)
		return fs_join(repo->common_dir, "hooks");
	if (path[0] == '~' && path[1] == '/' && home)
		return fs_join(home, path + 2);
	return resolved(repo, path);
}

static bool current(const char *path, const char *hook, struct buf *problem)
{
	switch (hook_file_kind(path, hook)) {
	case HOOK_FILE_CURRENT:
		if (access(path, X_OK) == 0)
			return true;
		buf_printf(problem, "the %s hook may not be executed", hook);
		break;
	case HOOK_FILE_OURS:
		buf_printf(problem, "the %s hook is of another version", hook);
		break;
	case HOOK_FILE_OTHER:
		buf_printf(problem, "the %s hook is not ours", hook);
		break;
	case HOOK_FILE_NONE:
		buf_printf(problem, "the %s hook is not installed", hook);
		break;
	}
	buf_puts(problem, ", so pushes to protected branches are not refused: git agent init");
	return false;
}

bool hook_check(const struct repo *repo, struct buf *problem)
{
	CLEANUP(str_free) char *dir = hook_dir(repo);
	CLEANUP(str_free) char *plain = fs_join(repo->common_dir, "hooks");
	CLEANUP(str_free) char *own = fs_join(repo->common_dir, "agent/hooks/pre-push");
	CLEANUP(str_free) char *path = fs_join(dir, "pre-push");
	bool theirs =
		!same_dir(dir, plain) && hook_file_kind(path, "pre-push") != HOOK_FILE_CURRENT;
	const struct hook_tool *tool = hook_tool_owning(dir, "pre-push", theirs);

	if (!tool || !hook_tool_calls_us(tool, repo, dir, "pre-push"))
		return current(path, "pre-push", problem);
	CLEANUP(buf_release) struct buf call = BUF_INIT;

	/* Either our copy under a name of the tool's, or a line that starts the copy in our own directory. */
	hook_tool_where(tool, repo, dir, "pre-push", &call);
	bool copy = hook_file_kind(call.data, "pre-push") != HOOK_FILE_OTHER;

	return current(copy ? call.data : own, "pre-push", problem);
}
