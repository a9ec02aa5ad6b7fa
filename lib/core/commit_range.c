#include "core/commit_range.h"

#include "base/alloc.h"
#include "base/text.h"
#include "core/ci_base.h"
#include "port/git.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int need(struct repo *repo, const char *rev, char oid[OID_MAX], struct fault *why)
{
	int none = repo_commit(repo, rev, oid, why);

	return none > 0 ? fault_set(why, EXIT_FATAL, "unknown revision '%s'", rev) : none;
}

static void call_it(struct commit_range *r, const char *name)
{
	CLEANUP(str_free) char *clean = text_cleaned(name);

	snprintf(r->how, sizeof r->how, "%.120s", clean);
}

static int count(struct commit_range *r, struct repo *repo, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf text = BUF_INIT, range = BUF_INIT;

	if (*r->base)
		buf_printf(&range, "%s..%s", r->fork, r->tip);
	else
		buf_puts(&range, r->tip);
	if (git_do(&call, &text, why, "rev-list", "--count", range.data, "--", NULL))
		return -1;
	r->commits = strtoll(text.data, NULL, 10);
	return 0;
}

/* Without a merge base all that differs is the change. */
static int find_fork(struct commit_range *r, struct repo *repo, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int none = git_ask(&call, &text, why, "merge-base", r->base, r->tip, NULL);

	if (none < 0)
		return -1;
	buf_rtrim(&text);
	snprintf(r->fork, sizeof r->fork, "%.*s", OID_MAX - 1, none ? r->base : text.data);
	return count(r, repo, why);
}

static int one_commit(
	struct commit_range *r, struct repo *repo, const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf parent = BUF_INIT;
	int none;

	if (need(repo, name, r->tip, why))
		return -1;
	buf_printf(&parent, "%s^", r->tip);
	none = repo_commit(repo, parent.data, r->base, why);
	if (none < 0)
		return -1;
	if (none)
		r->base[0] = '\0';
	snprintf(r->fork, sizeof r->fork, "%s", none ? git_empty_tree(strlen(r->tip)) : r->base);
	call_it(r, none ? "its beginning" : "its parent");
	r->commits = 1;
	return 0;
}

/* 1: it has none, or one that has all of it. */
static int by_upstream(
	struct commit_range *r, struct repo *repo, const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf rev = BUF_INIT, shown = BUF_INIT;
	struct git_call call = {.git_dir = repo->git_dir};
	int none;

	buf_printf(&rev, "%s@{upstream}", strcmp(name, "HEAD") ? name : "");
	none = repo_commit(repo, rev.data, r->base, why);
	if (none)
		return none;
	if (git_ask(&call, &shown, why, "rev-parse", "--abbrev-ref", rev.data, NULL) < 0)
		return -1;
	buf_rtrim(&shown);
	call_it(r, shown.data);
	return find_fork(r, repo, why) ? -1 : !r->commits;
}

/* By itself a revision says nothing of what it is to be compared with. */
static int by_itself(struct commit_range *r, struct repo *repo, const char *name, struct fault *why)
{
	struct fault unknown = FAULT_INIT;
	struct ci_base base;
	int none;

	if (need(repo, name, r->tip, why))
		return -1;
	none = by_upstream(r, repo, name, why);
	if (none <= 0)
		return none;
	if (ci_base_find(&base, repo, r->tip, NULL, &unknown) == 0) {
		snprintf(r->base, sizeof r->base, "%s", base.oid);
		call_it(r, base.how);
		return find_fork(r, repo, why);
	}
	if (*r->base)
		return 0; /* the upstream has all of it, and nothing else is known */
	*why = unknown;
	return strcmp(why->reason, "no_base")
		       ? -1
		       : fault_hint(why, "name it: git agent guard evidence <base>..%s", name);
}

int commit_range_find(
	struct commit_range *out, struct repo *repo, const char *range, struct fault *why)
{
	const char *dots = range ? strstr(range, "..") : NULL;
	size_t len = range ? strlen(range) : 0;
	CLEANUP(str_free) char *left = NULL;
	const char *right;

	*out = (struct commit_range){.commits = 0};
	if (!dots && len > 2 && !strcmp(range + len - 2, "^!")) {
		left = xstrndup(range, len - 2);
		return one_commit(out, repo, left, why);
	}
	if (!dots)
		return by_itself(out, repo, range ? range : "HEAD", why);
	left = xstrndup(range, (size_t)(dots - range));
	right = dots + (dots[2] == '.' ? 3 : 2);
	if (need(repo, *left ? left : "HEAD", out->base, why) ||
		need(repo, *right ? right : "HEAD", out->tip, why))
		return -1;
	call_it(out, *left ? left : "HEAD");
	return find_fork(out, repo, why);
}
