/*
 * u-repo: real repositories in a scratch directory, with no configuration but what a test gives
 * them, for the unit tests that read and write them.
 */
#ifndef TESTS_U_REPO_H
#define TESTS_U_REPO_H

#include "base/alloc.h"
#include "base/fs.h"
#include "port/git.h"
#include "port/repo.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static char *scratch;

/* Cannot go on: what the test stands on is not there. */
static inline void bail(const char *what, const char *why)
{
	printf("Bail out! %s: %s\n", what, why);
	exit(1);
}

/* Runs git in a directory below the scratch one, with `input`; returns its standard output, trimmed. */
static inline char *git_with(
	const char *dir, const void *input, size_t len, const char *const *words)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	struct buf out = BUF_INIT;
	struct fault why = FAULT_INIT;

	buf_printf(&path, "%s/%s", scratch, dir);
	vec_push_all(&args, words);
	if (git_run(&(struct git_call){.dir = path.data, .input = input, .input_len = len}, &args,
		    &out, NULL, NULL, &why) < 0)
		bail(words[0], why.message);
	buf_rtrim(&out);
	return buf_take(&out);
}

#define git(dir, ...)     free(git_with((dir), NULL, 0, (const char *const[]){__VA_ARGS__, NULL}))
#define git_say(dir, ...) git_with((dir), NULL, 0, (const char *const[]){__VA_ARGS__, NULL})

static inline char *in_scratch(const char *path)
{
	struct buf full = BUF_INIT;

	buf_printf(&full, "%s/%s", scratch, path);
	return buf_take(&full);
}

static inline void put_file(const char *path, const char *text)
{
	CLEANUP(str_free) char *full = in_scratch(path);
	CLEANUP(str_free) char *dir = fs_dirname(full);
	struct fault why = FAULT_INIT;

	if (fs_mkdirs(dir, 0755, &why) < 0 || fs_write(full, text, strlen(text), 0644, &why) < 0)
		bail(path, why.message);
}

static inline struct repo *open_as(const char *dir, const struct repo_reader *prefer)
{
	CLEANUP(str_free) char *path = in_scratch(dir);
	struct repo *repo = NULL;
	struct fault why = FAULT_INIT;

	if (repo_open(&repo, path, prefer, &why) < 0)
		bail(dir, why.message);
	return repo;
}

static inline void scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");
	struct buf path = BUF_INIT;
	static const char *const identity[][2] = {
		{"GIT_AUTHOR_NAME", "A Person"},
		{"GIT_AUTHOR_EMAIL", "person@example.com"},
		{"GIT_AUTHOR_DATE", "@1700000000 +0000"},
		{"GIT_COMMITTER_NAME", "A Person"},
		{"GIT_COMMITTER_EMAIL", "person@example.com"},
		{"GIT_COMMITTER_DATE", "@1700000000 +0000"},
		{"GIT_CONFIG_NOSYSTEM", "1"},
		{"LC_ALL", "C.UTF-8"},
	};
	static const char *const foreign[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX",
		"GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_COUNT",
		"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"};

	buf_printf(&path, "%s/git-agent-test.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(path.data))
		bail(path.data, "cannot be made");
	scratch = fs_real(path.data);
	buf_release(&path);
	for (size_t i = 0; i < ARRAY_LEN(identity); i++)
		setenv(identity[i][0], identity[i][1], 1);
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
		unsetenv(foreign[i]);
	setenv("HOME", scratch, 1);
	put_file(".gitconfig",
		"[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n"
		"[uploadpack]\n\tallowFilter = true\n[user]\n\tname = A Person\n"
		"\temail = person@example.com\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n");
}

static inline void scratch_remove(void)
{
	struct fault why = FAULT_INIT;

	if (chdir("/") < 0 || fs_remove(scratch, &why) < 0)
		bail(scratch, why.message);
	str_free(&scratch);
}

#endif
