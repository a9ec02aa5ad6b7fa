#include "core/guard_remote.h"

#include "base/alloc.h"
#include "core/guard_git.h"
#include "port/clock.h"

#include <dirent.h>
#include <string.h>

#define ASK_MS 15000 /* for an answer of the other side */
#define HEADS_MAX \
	5000 /* of its branches that are taken: what they have in common is in any of them */
#define OID_MIN 40

/* --- what is known here ------------------------------------------------------------------------ */

/* remote.<name>.url or .pushurl: appends the name. */
static void add_remote(const char *key, struct vec *names)
{
	const char *name = key + strlen("remote.");
	const char *last = strrchr(name, '.');
	CLEANUP(str_free)
	char *one = last && last > name ? xstrndup(name, (size_t)(last - name)) : NULL;

	if (one && !vec_has(names, one))
		vec_push(names, one);
}

static int by_url(const struct guard_remote *r, struct vec *names, struct fault *why)
{
	static const char *const argv[] = {
		"git", "config", "-z", "--get-regexp", "^remote\\..*\\.(url|pushurl)$", NULL};
	CLEANUP(proc_free) struct proc *child = NULL;
	const char *end;

	if (guard_git_start(argv, NULL, r->end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "config", true, why) < 0)
		return -1;
	end = child->out.data + child->out.len;
	for (const char *entry = child->out.data; entry < end; entry += strlen(entry) + 1) {
		size_t len = strcspn(entry, "\n");
		CLEANUP(str_free) char *key = xstrndup(entry, len);

		if (entry[len] && strcmp(entry + len + 1, r->url) == 0)
			add_remote(key, names);
	}
	return 0;
}

/* What lies below it may be of a branch's name alone: then all counts as new, which is safe. */
static bool has_entries(const char *path)
{
	DIR *dir = opendir(path);
	bool any = false;

	for (struct dirent *e; !any && dir && (e = readdir(dir));)
		any = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (dir)
		closedir(dir);
	return any;
}

/* Whether there is a remote-tracking branch of it. Where one lies in a file, git is not asked. */
static int has_branches(const struct guard_remote *r, const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT, pattern = BUF_INIT;
	CLEANUP(proc_free) struct proc *child = NULL;

	buf_printf(&path, "%s/refs/remotes/%s", r->dir->common_dir, name);
	if (has_entries(path.data))
		return 1;
	buf_printf(&pattern, "refs/remotes/%s/", name);

	const char *const argv[] = {
		"git", "for-each-ref", "--count=1", "--format=.", pattern.data, NULL};

	if (guard_git_start(argv, NULL, r->end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	return guard_git_end(child, "for-each-ref", false, why) < 0 ? -1 : child->out.len > 0;
}

/* Nothing that moves was there before: of what was, its id is known. */
static bool is_all_new(const struct guard_updates *updates)
{
	for (size_t i = 0; i < updates->len; i++)
		if (!updates->items[i].creation)
			return false;
	return true;
}

/* --- asking ------------------------------------------------------------------------------------ */

static void take_heads(const struct buf *text, struct vec *known)
{
	const char *end = text->data + text->len;

	for (const char *line = text->data; line < end; line += strcspn(line, "\n") + 1) {
		size_t len = strspn(line, "0123456789abcdef");

		if (len < OID_MIN || line[len] != '\t' || known->len == HEADS_MAX)
			return;
		vec_pushf(known, "%.*s", (int)len, line);
	}
}

static int ask(const struct guard_remote *r, struct vec *known, struct fault *why)
{
	const char *const argv[] = {"git", "ls-remote", "--quiet", "--heads", "--", r->url, NULL};
	CLEANUP(proc_free) struct proc *child = NULL;
	int64_t until = clock_now_ms() + ASK_MS;

	if (r->end_ms && r->end_ms < until)
		until = r->end_ms;
	if (guard_git_start_quiet(argv, NULL, until, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (child->end == PROC_EXITED && !child->code)
		take_heads(&child->out, known);
	return 0;
}

int guard_remote_known(const struct guard_remote *r, struct vec *known, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	bool any = !is_all_new(r->updates);

	if (r->name)
		vec_push(&names, r->name);
	else if (r->url && by_url(r, &names, why))
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		int found = any ? 1 : has_branches(r, names.items[i], why);

		if (found < 0)
			return -1;
		any = any || found;
		vec_pushf(known, "--remotes=%s", names.items[i]);
	}
	return any || !r->url || !*r->url ? 0 : ask(r, known, why);
}
