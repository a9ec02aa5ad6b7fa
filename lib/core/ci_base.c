#include "core/ci_base.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "port/git.h"
#include "port/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_MAX ((size_t)16 << 20) /* bytes */

enum how { BY_EVENT, BY_BRANCH, BY_ID };

struct source { /* one thing a place tells */
	enum how how;
	const char *variable; /* the event's file, a branch's name, or an id */
	const char *path;     /* BY_EVENT: the member, with dots */
};

/* From their documentation: "Variables reference", "Webhook events and payloads"; "Predefined CI/CD variables". In order. */
static const struct place {
	const char *name, *format;
	const char *variable; /* is set there */
	struct source sources[6];
} places[] = {
	{"GitHub", "github", "GITHUB_ACTIONS",
		{{BY_BRANCH, "GITHUB_BASE_REF", NULL},
			{BY_EVENT, "GITHUB_EVENT_PATH", "pull_request.base.sha"},
			{BY_EVENT, "GITHUB_EVENT_PATH", "merge_group.base_sha"},
			{BY_EVENT, "GITHUB_EVENT_PATH", "before"}}},
	{"GitLab", "gitlab", "GITLAB_CI",
		{{BY_ID, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", NULL},
			{BY_BRANCH, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", NULL},
			{BY_ID, "CI_MERGE_REQUEST_DIFF_BASE_SHA", NULL},
			{BY_ID, "CI_COMMIT_BEFORE_SHA", NULL}}},
};

static const struct place *find_place(void)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *value = getenv(places[i].variable);

		if (value && *value)
			return &places[i];
	}
	return NULL;
}

static bool is_id(const char *text)
{
	size_t len = strlen(text);

	return (len == 40 || len == 64) && strspn(text, "0123456789abcdef") == len &&
	       strspn(text, "0") != len;
}

/* 1: not here. */
static int take(struct ci_base *out, struct repo *repo, const char *rev, const char *variable,
	const char *shown, struct fault *why)
{
	CLEANUP(str_free) char *clean = text_cleaned(shown);
	int none = repo_commit(repo, rev, out->oid, why);

	if (!none)
		snprintf(out->how, sizeof out->how, "%s%s%.120s", variable, *variable ? ", " : "",
			clean);
	return none;
}

static int by_branch(
	struct ci_base *out, struct repo *repo, const struct source *s, struct fault *why)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT;
	const char *branch = getenv(s->variable);

	if (!branch || !*branch || strpbrk(branch, "\n~^:?*[\\ ") || strstr(branch, "..") ||
		strstr(branch, "@{"))
		return 1;
	buf_printf(&ref, "refs/remotes/origin/%s", branch);
	return take(out, repo, ref.data, s->variable, ref.data + strlen("refs/remotes/"), why);
}

static int by_id(struct ci_base *out, struct repo *repo, const char *variable, const char *id,
	struct fault *why)
{
	if (!id || !is_id(id))
		return 1;
	return take(out, repo, id, variable, id, why);
}

static int by_event(
	struct ci_base *out, struct repo *repo, const struct source *s, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(json_free) struct json *event = NULL;
	CLEANUP(str_free) char *path = xstrdup(s->path);
	const char *file = getenv(s->variable);
	struct fault ignored = FAULT_INIT;
	const struct json *at;
	char *member = path, *dot;

	if (!file || !*file || fs_read(file, &text, EVENT_MAX, &ignored) ||
		json_parse(text.data, text.len, &event, &ignored))
		return 1;
	for (at = event; (dot = strchr(member, '.')); member = dot + 1) {
		*dot = '\0';
		at = json_get(at, member);
	}
	return by_id(out, repo, s->path, at ? json_text(at, member, NULL) : NULL, why);
}

static int by_place(
	struct ci_base *out, struct repo *repo, const struct place *place, struct fault *why)
{
	for (const struct source *s = place->sources; s->variable; s++) {
		int none = s->how == BY_BRANCH ? by_branch(out, repo, s, why)
			   : s->how == BY_EVENT
				   ? by_event(out, repo, s, why)
				   : by_id(out, repo, s->variable, getenv(s->variable), why);

		if (none <= 0)
			return none;
	}
	return 1;
}

/* A merge made to be looked at: its first parent is what it would be merged into. */
static int by_merge(struct ci_base *out, struct repo *repo, const char *head, struct fault *why)
{
	CLEANUP(buf_release) struct buf second = BUF_INIT, first = BUF_INIT;
	char ignored[OID_MAX];
	int none;

	buf_printf(&second, "%s^2", head);
	buf_printf(&first, "%s^1", head);
	none = repo_commit(repo, second.data, ignored, why);
	return none ? none : take(out, repo, first.data, "", "the first parent of the merge", why);
}

static int by_remote(struct ci_base *out, struct repo *repo, const char *head, struct fault *why)
{
	int none = take(out, repo, "refs/remotes/origin/HEAD", "", "origin/HEAD", why);

	/* What stands there already is no change to it. */
	return !none && !strcmp(out->oid, head) ? 1 : none;
}

static int missing(struct fault *why)
{
	fault_set(why, EXIT_FATAL,
		"cannot tell what this change is to be merged into, or it is not in this clone");
	fault_reason(why, "no_base");
	return fault_hint(why, "fetch the whole history (fetch-depth: 0, GIT_DEPTH: 0), or name "
			       "it: git agent gate --ci --base <rev>");
}

int ci_base_find(struct ci_base *out, struct repo *repo, const char *head, const char *given,
	struct fault *why)
{
	const struct place *place = find_place();
	int none = 1;

	*out = (struct ci_base){.place = place ? place->name : "this machine",
		.format = place ? place->format : "plain"};
	if (given) {
		none = take(out, repo, given, "--base", given, why);
		if (none > 0)
			return fault_set(why, EXIT_FATAL, "unknown revision '%s'", given);
		return none;
	}
	if (place)
		none = by_place(out, repo, place, why);
	if (none > 0)
		none = by_merge(out, repo, head, why);
	if (none > 0)
		none = by_remote(out, repo, head, why);
	return none > 0 ? missing(why) : none;
}
