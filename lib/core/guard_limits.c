#include "core/guard_limits.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/guard_commits.h"
#include "core/guard_git.h"
#include "port/git.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES \
	240 /* of one part of a ref's name: a lock file's name has to fit beside it */
#define REF_MAX_BYTES   1000 /* of all of it */
#define SHOWN_MAX       100
#define COMMITS_AT_ONCE 2000
#define FILES_MAX       1000000 /* in a quarantine */

static void put_shown(struct buf *out, const char *name, size_t len)
{
	CLEANUP(str_free) char *cut = xstrndup(name, len < SHOWN_MAX ? len : SHOWN_MAX);
	CLEANUP(str_free) char *clean = text_cleaned(cut);

	for (char *c = clean; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = '?';
	buf_printf(out, "'%s%s'", clean, len > SHOWN_MAX ? "..." : "");
}

/* --- size ------------------------------------------------------------------------------------- */

static int list_objects(const struct guard_measure *m, struct proc **out, struct fault *why)
{
	static const char *const fixed[] = {
		"git", "rev-list", "--objects", "--ignore-missing", "--stdin", NULL};
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	CLEANUP(buf_release) struct buf input = BUF_INIT;

	vec_push_all(&argv, fixed);
	guard_put_range(&input, m->updates->items, m->updates->len);
	guard_push_known(&argv, m->known);
	return guard_git_run(&argv, &input, m->end_ms, out, why);
}

struct sizes {
	unsigned long long stored;  /* of all objects */
	unsigned long long largest; /* of one file */
	const char *name;           /* that file's, borrowed */
	size_t name_len;
};

/* "<size> <stored size> <type> <path>" per object. */
static int add_sizes(const struct buf *text, struct sizes *sizes, struct fault *why)
{
	const char *end = text->data + text->len;

	for (const char *line = text->data, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		char *at = NULL;
		unsigned long long size = strtoull(line, &at, 10), stored = strtoull(at, &at, 10);

		if (!newline || at == line || at >= newline || *at != ' ')
			return fault_set(
				why, EXIT_FATAL, "git cat-file gave an answer that does not parse");
		sizes->stored += stored;
		if (strncmp(at, " blob ", 6) == 0 && size > sizes->largest) {
			sizes->largest = size;
			sizes->name = at + 6;
			sizes->name_len = (size_t)(newline - sizes->name);
		}
		next = newline + 1;
	}
	return 0;
}

static void put_size(struct buf *out, unsigned long long bytes)
{
	if (bytes < 1024)
		buf_printf(out, "%llu bytes", bytes);
	else if (bytes < 1024 * 1024)
		buf_printf(out, "%.1f KiB", (double)bytes / 1024);
	else
		buf_printf(out, "%.1f MiB", (double)bytes / (1024 * 1024));
}

static int judge_sizes(const struct guard_measure *m, const struct sizes *sizes, struct buf *text)
{
	if (m->rules->push_file && sizes->largest > (unsigned long long)m->rules->push_file) {
		put_shown(text, sizes->name, sizes->name_len);
		buf_puts(text, " has ");
		put_size(text, sizes->largest);
		buf_puts(text, ", and push.maxFile allows ");
		put_size(text, (unsigned long long)m->rules->push_file);
		return 0;
	}
	if (m->rules->push_size && sizes->stored > (unsigned long long)m->rules->push_size) {
		buf_puts(text, "it brings ");
		put_size(text, sizes->stored);
		buf_puts(text, ", and push.maxSize allows ");
		put_size(text, (unsigned long long)m->rules->push_size);
		return 0;
	}
	return 1;
}

int guard_size(const struct guard_measure *m, struct buf *text, struct fault *why)
{
	static const char *const check[] = {"git", "cat-file",
		"--batch-check=%(objectsize) %(objectsize:disk) %(objecttype) %(rest)", NULL};
	CLEANUP(proc_free) struct proc *list = NULL;
	CLEANUP(proc_free) struct proc *child = NULL;
	struct sizes sizes = {.name = ""};

	if (!m->rules->push_file && !m->rules->push_size)
		return 1;
	if (list_objects(m, &list, why))
		return -1;
	if (guard_git_start(check, &list->out, m->end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "cat-file", false, why) || add_sizes(&child->out, &sizes, why))
		return -1;
	return judge_sizes(m, &sizes, text);
}

int guard_received_size(const char *dir, const struct policy *rules, struct buf *text)
{
	size_t files = FILES_MAX;
	uint64_t bytes = (uint64_t)rules->push_size;

	if (!rules->push_size || fs_tree_fits(dir, &files, &bytes))
		return 1;
	buf_puts(text, "it brings more than the ");
	put_size(text, (unsigned long long)rules->push_size);
	buf_puts(text, " that push.maxSize allows");
	return 0;
}

/* --- depth ------------------------------------------------------------------------------------ */

/* What each pushed id comes to: commits go to *commits, trees as a pair with the empty one to *trees. */
static int sort_tips(
	const struct guard_measure *m, struct buf *commits, struct buf *trees, struct fault *why)
{
	static const char *const argv[] = {"git", "cat-file", "--batch-check", NULL};
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	CLEANUP(proc_free) struct proc *child = NULL;

	for (size_t i = 0; i < m->updates->len; i++)
		if (!m->updates->items[i].deletion)
			buf_printf(&names, "%.*s^{}\n", (int)m->updates->items[i].oid_len,
				m->updates->items[i].new_oid);
	if (guard_git_start(argv, &names, m->end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "cat-file", false, why))
		return -1;
	for (char *line = child->out.data, *next; *line; line = next) {
		size_t len = strcspn(line, "\n"), oid = strcspn(line, " ");

		next = line + len + (line[len] == '\n');
		if (strncmp(line + oid, " commit ", 8) == 0)
			buf_printf(commits, "%.*s\n", (int)oid, line);
		else if (strncmp(line + oid, " tree ", 6) == 0)
			buf_printf(trees, "%s %.*s\n", git_empty_tree(oid), (int)oid, line);
		else if (strncmp(line + oid, " blob ", 6) != 0)
			return fault_set(why, EXIT_FATAL, "an object that is pushed is missing");
	}
	return 0;
}

/* Names end in a NUL each. 1: none is too deep. */
static int judge_depth(const struct buf *names, int most, struct buf *text)
{
	const char *end = names->data + names->len;

	for (const char *path = names->data; path < end; path += strlen(path) + 1) {
		int depth = 1;

		for (const char *c = path; *c; c++)
			depth += *c == '/';
		if (depth <= most)
			continue;
		put_shown(text, path, strlen(path));
		buf_printf(
			text, " is more than the %d directories deep that push.depth allows", most);
		return 0;
	}
	return 1;
}

static int check_depth(
	const struct guard_measure *m, const struct buf *input, struct buf *text, struct fault *why)
{
	static const char *const argv[] = {"git", "diff-tree", "--stdin", "--root", "-m",
		"--first-parent", "-r", "-t", "--no-renames", "--no-commit-id", "--name-only", "-z",
		NULL};
	CLEANUP(proc_free) struct proc *child = NULL;

	if (guard_git_start(argv, input, m->end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "diff-tree", false, why))
		return -1;
	return judge_depth(&child->out, m->rules->push_depth, text);
}

/* So many at a time that what git prints of them stays small. */
static int check_commits(const struct guard_measure *m, const struct buf *commits, struct buf *text,
	struct fault *why)
{
	const char *end = commits->data + commits->len;

	for (const char *from = commits->data, *to; from < end; from = to) {
		CLEANUP(buf_release) struct buf some = BUF_INIT;
		int rc;

		to = from;
		for (int i = 0; i < COMMITS_AT_ONCE && to < end; i++)
			to += strcspn(to, "\n") + 1;
		buf_add(&some, from, (size_t)(to - from));
		rc = check_depth(m, &some, text, why);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

int guard_depth(const struct guard_measure *m, struct buf *text, struct fault *why)
{
	static const char *const fixed[] = {"git", "rev-list", "--stdin", "--not", NULL};
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	CLEANUP(buf_release) struct buf tips = BUF_INIT;
	CLEANUP(buf_release) struct buf trees = BUF_INIT;
	CLEANUP(proc_free) struct proc *commits = NULL;
	int rc = 1;

	if (!m->rules->push_depth)
		return 1;
	if (sort_tips(m, &tips, &trees, why))
		return -1;
	vec_push_all(&argv, fixed);
	vec_push_all(&argv, (const char *const *)m->known->items);
	if (tips.len && guard_git_run(&argv, &tips, m->end_ms, &commits, why))
		return -1;
	if (trees.len)
		rc = check_depth(m, &trees, text, why);
	if (rc > 0 && commits)
		rc = check_commits(m, &commits->out, text, why);
	return rc;
}

/* --- names ------------------------------------------------------------------------------------ */

/* Forty or sixty-four digits of an id: git would take the name for the object. */
static bool is_like_id(const char *name)
{
	size_t len = strlen(name);

	return (len == 40 || len == 64) && strspn(name, "0123456789abcdefABCDEF") == len;
}

static const char *odd(const char *ref)
{
	CLEANUP(str_free) char *clean = text_cleaned(ref);
	const char *name = strncmp(ref, "refs/heads/", 11) == 0  ? ref + 11
			   : strncmp(ref, "refs/tags/", 10) == 0 ? ref + 10
								 : ref + 5;

	if (strlen(ref) > REF_MAX_BYTES)
		return "is too long";
	for (const char *part = ref; *part; part += strcspn(part, "/"), part += *part == '/')
		if (strcspn(part, "/") > NAME_MAX_BYTES)
			return "has too long a part";
	if (strcmp(clean, ref) != 0)
		return "holds characters that a terminal does not show as they are";
	if (strncmp(ref, "refs/replace/", 13) == 0)
		return "would show other objects in place of those that are here";
	if (*name == '-')
		return "begins like an option";
	if (strncmp(name, "refs/", 5) == 0 || strcmp(name, "HEAD") == 0)
		return "is another name in disguise";
	return is_like_id(name) ? "is like an object's id" : NULL;
}

int guard_name(const char *ref, struct buf *text)
{
	const char *how = odd(ref);

	if (!how)
		return 1;
	put_shown(text, ref, strlen(ref));
	buf_printf(text, " %s", how);
	return 0;
}
