#include "flow/judge_secrets.h"
#include "base/alloc.h"
#include "core/secret_report.h"
#include "core/secret_search.h"
#include "port/git.h"

#include <string.h>
#include <unistd.h>

static int list_revisions(
	const struct git_call *call, const char *oid, struct buf *out, struct fault *why)
{
	CLEANUP(buf_release) struct buf remotes = BUF_INIT;

	if (git_do(call, &remotes, why, "for-each-ref", "--format=^%(objectname)", "refs/remotes",
		    NULL))
		return -1;
	buf_printf(out, remotes.len ? "%s\n" : "%s^!\n", oid);
	buf_add(out, remotes.data, remotes.len);
	return 0;
}

static int read_allowed(
	struct repo *repo, const char *oid, struct secret_allow *allow, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int none = repo_blob(repo, oid, SECRET_ALLOW_FILE, &text, why);

	if (none)
		return none < 0 ? -1 : 0;
	return secret_allow_read(allow, text.data, text.len, SECRET_ALLOW_FILE, why);
}

static int add_rules(struct secrets *set, const struct policy *p, struct fault *why)
{
	for (size_t i = 0; i < p->secrets_len; i++)
		if (secrets_add(set, p->secrets[i].name, p->secrets[i].pattern,
			    p->secrets[i].keyword, why))
			return fault_wrap(why, "[secret \"%s\"]", p->secrets[i].name);
	secrets_add_environ(set, (const char *const *)environ);
	return 0;
}

int judge_secrets(struct repo *repo, const struct policy *p, const char *oid, struct buf *red,
	struct buf *told, struct fault *why)
{
	const struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(secrets_free) struct secrets *set = NULL;
	CLEANUP(secret_allow_release) struct secret_allow allow = SECRET_ALLOW_INIT;
	CLEANUP(secret_search_release) struct secret_search search;
	CLEANUP(buf_release) struct buf revisions = BUF_INIT;

	secret_search_init(&search);
	if (!strcmp(p->secrets_mode, "off"))
		return 0;
	set = secrets_new();
	search.set = set;
	search.allow = &allow;
	if (add_rules(set, p, why) || read_allowed(repo, oid, &allow, why) ||
		list_revisions(&call, oid, &revisions, why) ||
		secret_search_commits(&search, &call, &revisions, NULL, why))
		return fault_wrap(why, "secrets");
	for (size_t i = 0; i < search.len; i++) {
		const struct secret_finding *f = &search.items[i];
		bool counts = !f->allowed && !strcmp(p->secrets_mode, "block");
		struct buf *out = counts ? red : told;

		secret_put_finding(f, out);
		if (f->allowed)
			buf_printf(out, " (allowed: %s)\n", f->allowed);
		else
			buf_printf(out, " [%s]\n", f->print);
	}
	for (size_t i = 0; i < search.unseen.len; i++)
		buf_printf(told, "not looked into: %s\n", search.unseen.items[i]);
	return 0;
}
