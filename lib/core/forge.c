#include "core/forge.h"
#include "base/alloc.h"
#include "base/text.h"
#include "port/git.h"
#include "port/http.h"
#include "port/json.h"
#include "port/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_MAX ((size_t)1 << 20) /* bytes */
#define TOKENS     2

/*
 * In paths {project} is "owner/name" as it is, {id} the same as one segment, {branch} one segment.
 * Sources: GitHub REST API, "Get a branch" and "Get rules for a branch"; GitLab REST API, "Branches"; Forgejo API, repoGetBranch.
 */
struct forge_kind {
	const char *name;
	const char *hosts[3]; /* globs; the first is the forge's own host */
	const char *page;     /* of a repository, where its branches are protected */
	const char *own_api;  /* of its own host; NULL: as elsewhere */
	const char *api;      /* elsewhere, after the host; NULL: it cannot be asked */
	const char *branch;   /* answers with the member "protected" */
	const char *rules;    /* of a branch, a list; NULL: there are no others */
	const char *accept;
	const char *tokens[TOKENS]; /* variables of the environment */
};

static const struct forge_kind kinds[] = {
	{.name = "github",
		.hosts = {"github.com", "github.*"},
		.page = "settings/branches",
		.own_api = "https://api.github.com",
		.api = "/api/v3",
		.branch = "/repos/{project}/branches/{branch}",
		.rules = "/repos/{project}/rules/branches/{branch}",
		.accept = "application/vnd.github+json, application/json;q=0.9",
		.tokens = {"GH_TOKEN", "GITHUB_TOKEN"}},
	{.name = "gitlab",
		.hosts = {"gitlab.com", "gitlab.*"},
		.page = "-/settings/repository",
		.api = "/api/v4",
		.branch = "/projects/{id}/repository/branches/{branch}",
		.accept = "application/json",
		.tokens = {"GITLAB_TOKEN"}},
	{.name = "forgejo",
		.hosts = {"codeberg.org", "forgejo.*", "gitea.*"},
		.page = "settings/branches",
		.api = "/api/v1",
		.branch = "/repos/{project}/branches/{branch}",
		.accept = "application/json",
		.tokens = {"FORGEJO_TOKEN", "GITEA_TOKEN"}},
	{.name = "bitbucket", .hosts = {"bitbucket.org"}, .page = "admin/branch-permissions"},
};

static const struct forge_kind *kind_of_host(const char *host)
{
	for (size_t i = 0; host && i < ARRAY_LEN(kinds); i++)
		for (size_t j = 0; j < ARRAY_LEN(kinds[i].hosts) && kinds[i].hosts[j]; j++)
			if (match_name(kinds[i].hosts[j], host))
				return &kinds[i];
	return NULL;
}

static const struct forge_kind *kind_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcasecmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static char *find_api(
	const struct forge_kind *kind, const struct repo *repo, const struct remote_url *url)
{
	const char *set = repo_config(repo, "agent.forgeapi");
	struct buf api = BUF_INIT;

	if (set) {
		buf_puts(&api, set);
		while (api.len && api.data[api.len - 1] == '/')
			buf_cut(&api, api.len - 1);
		return buf_take(&api);
	}
	if (kind->own_api && !strcmp(url->host, kind->hosts[0]))
		return xstrdup(kind->own_api);
	if (!kind->api)
		return NULL;
	buf_printf(&api, "https://%s%s", url->host, kind->api);
	return buf_take(&api);
}

bool forge_find(struct forge *f, const struct repo *repo, const struct remote_url *url)
{
	const char *set = repo_config(repo, "agent.forge");

	*f = (struct forge){0};
	if (!url->host || !url->path || (set && !strcasecmp(set, "off")))
		return false;
	f->kind = set ? kind_named(set) : kind_of_host(url->host);
	if (!f->kind)
		return false;
	f->project = xstrdup(url->path);
	f->api = find_api(f->kind, repo, url);
	return true;
}

void forge_release(struct forge *f)
{
	str_free(&f->project);
	str_free(&f->api);
	str_free(&f->token);
}

const char *forge_name(const struct forge *f)
{
	return f->kind->name;
}

bool forge_page(const struct remote_url *url, struct buf *page)
{
	const struct forge_kind *kind = kind_of_host(url->host);

	if (kind)
		buf_printf(page, "https://%s/%s/%s", url->host, url->path, kind->page);
	return kind != NULL;
}

/* --- who asks --------------------------------------------------------------------------------- */

static char *line_after(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		if (!strncmp(text, key, len))
			return xstrndup(text + len, strcspn(text + len, "\n"));
	return NULL;
}

static char *from_helpers(const struct forge *f, const struct repo *repo, const char *host)
{
	static const char *const quiet[] = {"GIT_TERMINAL_PROMPT=0",
		"GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never", NULL};
	CLEANUP(buf_release) struct buf query = BUF_INIT, answer = BUF_INIT;
	struct git_call call = {.git_dir = repo->git_dir,
		.env = quiet,
		.unattended_ms = f->timeout_ms,
		.keep_config = true};
	struct fault ignored = FAULT_INIT;

	buf_printf(&query, "protocol=https\nhost=%s\npath=%s\n\n", host, f->project);
	call.input = query.data;
	call.input_len = query.len;
	/* core.askPass is a person's too. */
	if (git_do(&call, &answer, &ignored, "-c", "core.askPass=", "credential", "fill", NULL) < 0)
		return NULL;
	return line_after(answer.data, "password=");
}

void forge_login(struct forge *f, const struct repo *repo, const struct remote_url *url)
{
	bool own = !strcmp(url->host, f->kind->hosts[0]) || repo_config(repo, "agent.forgeapi");

	if (!strpbrk(url->host, "\r\n") && !strpbrk(f->project, "\r\n"))
		f->token = from_helpers(f, repo, url->host);
	for (size_t i = 0; own && i < TOKENS && !f->token; i++) {
		const char *set = f->kind->tokens[i] ? getenv(f->kind->tokens[i]) : NULL;

		if (set && *set)
			f->token = xstrdup(set);
	}
}

/* --- what it says ----------------------------------------------------------------------------- */

static void put_path(const struct forge *f, const char *path, const char *branch, struct buf *out)
{
	CLEANUP(buf_release) struct buf id = BUF_INIT, name = BUF_INIT, project = BUF_INIT;
	const char *rest = f->project;

	http_put_segment(&id, f->project);
	http_put_segment(&name, branch);
	while (*rest) {
		size_t len = strcspn(rest, "/");
		CLEANUP(str_free) char *segment = xstrndup(rest, len);

		http_put_segment(&project, segment);
		rest += len;
		if (*rest == '/')
			buf_putc(&project, *rest++);
	}
	buf_puts(out, path);
	text_replace(out, "{project}", project.data);
	text_replace(out, "{id}", id.data);
	text_replace(out, "{branch}", name.data);
}

/* What a status other than 200 means for a person. */
static int refuse(const struct forge *f, int status, struct fault *why)
{
	const char *token = f->kind->tokens[0];

	if (status == 401 || status == 403 || status == 404) {
		fault_set(why, EXIT_FATAL, "%s answers %d%s", f->kind->name, status,
			f->token ? " to the token it was given" : " to who has no token");
		return fault_hint(why, "git credential approve, or %s=<a token that may read>",
			token ? token : "a token");
	}
	if (status == 429)
		return fault_set(
			why, EXIT_FATAL, "%s answers 429: too many requests", f->kind->name);
	return fault_set(why, EXIT_FATAL, "%s answers %d", f->kind->name, status);
}

static int ask(const struct forge *f, const char *path, const char *branch, struct json **answer,
	struct fault *why)
{
	CLEANUP(buf_release) struct buf url = BUF_INIT, body = BUF_INIT, rest = BUF_INIT;
	struct http_request request = {.accept = f->kind->accept,
		.token = f->token,
		.timeout_ms = f->timeout_ms,
		.answer_max = ANSWER_MAX};
	struct fault garbage = FAULT_INIT;
	int status;

	put_path(f, path, branch, &rest);
	buf_printf(&url, "%s%s", f->api, rest.data);
	request.url = url.data;
	if (http_get(&request, &status, &body, why) < 0)
		return -1;
	if (status != 200)
		return refuse(f, status, why);
	if (json_parse(body.data, body.len, answer, &garbage) < 0)
		return fault_set(why, EXIT_FATAL, "%s answers with something that is not JSON",
			f->kind->name);
	return 0;
}

/* GitHub's rules that refuse a push: the others tell what one has to look like. */
static bool refuses_pushes(const struct json *rules)
{
	static const char *const types[] = {
		"pull_request", "update", "required_status_checks", "merge_queue", NULL};

	for (size_t i = 0; i < json_len(rules); i++) {
		const char *type = json_text(json_at(rules, i), "type", "");

		for (size_t j = 0; types[j]; j++)
			if (!strcmp(type, types[j]))
				return true;
	}
	return false;
}

int forge_protects(const struct forge *f, const char *branch, struct fault *why)
{
	CLEANUP(json_free) struct json *answer = NULL, *rules = NULL;

	if (!f->api)
		return fault_set(why, EXIT_FATAL, "%s cannot be asked", f->kind->name);
	if (ask(f, f->kind->branch, branch, &answer, why) < 0)
		return -1;
	if (json_bool(answer, "protected", false))
		return 0;
	if (!json_get(answer, "protected"))
		return fault_set(why, EXIT_FATAL, "%s does not say whether '%s' is protected",
			f->kind->name, branch);
	if (!f->kind->rules)
		return 1;
	if (ask(f, f->kind->rules, branch, &rules, why) < 0)
		return -1;
	return refuses_pushes(rules) ? 0 : 1;
}
