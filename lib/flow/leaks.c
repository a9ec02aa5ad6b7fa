#include "flow/leaks.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "core/policy_load.h"
#include "core/secret_report.h"
#include "core/secret_search.h"
#include "port/git.h"

#include <string.h>
#include <unistd.h>

#define INPUT_MAX ((size_t)1 << 30)
#define ALLOW_MAX ((size_t)4 << 20)

/* What a person may have allowed: in the working tree, or where there is none at HEAD. */
static int read_allowed(struct repo *repo, struct secret_allow *allow, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char head[OID_MAX];
	int none;

	if (repo->work_tree) {
		CLEANUP(str_free) char *path = fs_join(repo->work_tree, SECRET_ALLOW_FILE);

		none = fs_read(path, &text, ALLOW_MAX, why);
	} else {
		none = repo_commit(repo, "HEAD", head, why);
		none = none ? none : repo_blob(repo, head, SECRET_ALLOW_FILE, &text, why);
	}
	if (none)
		return none < 0 ? -1 : 0;
	return secret_allow_read(allow, text.data, text.len, SECRET_ALLOW_FILE, why);
}

/* --- what is looked into ----------------------------------------------------------------------- */

static int look_into_input(struct secret_search *s, struct fault *why)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;

	if (fs_read_fd(STDIN_FILENO, &bytes, INPUT_MAX, why))
		return -1;
	secret_search_bytes(s, "input", "", "", bytes.data, bytes.len);
	return 0;
}

static int look_into_staged(struct secret_search *s, const struct git_call *call, struct fault *why)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;

	vec_push(&args, "--cached");
	return secret_search_diff(s, call, &args, why);
}

/* The names of refs and the messages of tags are history too. */
static int look_into_refs(struct secret_search *s, const struct git_call *call, struct fault *why)
{
	static const char format[] =
		"--format=%(refname)%00%(if:equals=tag)%(objecttype)%(then)%(contents)%(end)%00";
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *end;

	if (git_do(call, &text, why, "for-each-ref", format, NULL))
		return -1;
	end = text.data + text.len;
	for (const char *name = text.data; name < end;) {
		const char *message = name + strlen(name) + 1;
		size_t len = message < end ? strlen(message) : 0;

		secret_search_text(s, "ref", name, "", 0, name, strlen(name));
		if (len)
			secret_search_text(s, "message", "", "", 1, message, len);
		name = message + len + 1;
		name += name < end && *name == '\n';
	}
	return 0;
}

/* Every commit of every ref and of HEAD; with `new_only` without what a remote is known to have. */
static int list_revisions(struct repo *repo, const struct git_call *call, bool new_only,
	struct buf *out, struct fault *why)
{
	char head[OID_MAX];
	int none = repo_commit(repo, "HEAD", head, why);

	if (none < 0)
		return -1;
	if (!none)
		buf_printf(out, "%s\n", head);
	if (new_only)
		return git_do(call, out, why, "for-each-ref", "--format=^%(objectname)",
			"refs/remotes", NULL);
	return git_do(call, out, why, "for-each-ref",
		"--format=%(if:equals=commit)%(objecttype)%(then)%(objectname)%(else)"
		"%(if:equals=commit)%(*objecttype)%(then)%(*objectname)%(end)%(end)",
		NULL);
}

static int look_into_commits(struct repo *repo, struct secret_search *s,
	const struct git_call *call, const struct leaks_options *o, struct fault *why)
{
	CLEANUP(buf_release) struct buf revisions = BUF_INIT;

	if (o->range && (*o->range == '-' || strchr(o->range, '\n')))
		return fault_set(why, EXIT_USAGE, "'%s' is no range of commits", o->range);
	if (o->range)
		buf_printf(&revisions, "%s\n", o->range);
	else if (list_revisions(repo, call, !o->history, &revisions, why))
		return -1;
	if (o->history && look_into_refs(s, call, why))
		return -1;
	/* Without any, git would take HEAD, which has no commit. */
	if (revisions.len == strspn(revisions.data, "\n"))
		return 0;
	return secret_search_commits(s, call, &revisions, NULL, why);
}

static int look(struct repo *repo, struct secret_search *s, const struct leaks_options *o,
	struct fault *why)
{
	const struct git_call call = {
		.git_dir = repo->git_dir, .work_tree = repo->work_tree, .dir = repo->work_tree};

	if (o->range && !strcmp(o->range, "-"))
		return look_into_input(s, why);
	if ((o->staged || o->worktree) && !repo->work_tree)
		return fault_set(
			why, EXIT_FATAL, "there is no working tree: '%s' is bare", repo->git_dir);
	if (o->staged)
		return look_into_staged(s, &call, why);
	if (o->worktree)
		return secret_search_tree(s, &call, repo->work_tree, why);
	return look_into_commits(repo, s, &call, o, why);
}

/* --- what is said ------------------------------------------------------------------------------ */

static void print_json(struct json *whole)
{
	CLEANUP(json_free) struct json *owned = whole;
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_write(owned, false, &text);
	term_outf("%s\n", text.data);
}

static void print_text(const struct secret_search *s)
{
	for (size_t i = 0; i < s->len; i++) {
		const struct secret_finding *f = &s->items[i];
		CLEANUP(buf_release) struct buf line = BUF_INIT;

		secret_put_finding(f, &line);
		if (f->allowed)
			buf_printf(&line, " (allowed: %s)", f->allowed);
		else
			buf_printf(&line, " [%s]", f->print);
		buf_putc(&line, '\n');
		term_out(line.data, line.len);
	}
	for (size_t i = 0; i < s->unseen.len; i++)
		term_warn("not looked into: %s", s->unseen.items[i]);
	if (!s->open) {
		term_say("no secret%s", s->len ? " that is not allowed" : "");
		return;
	}
	term_say("%zu secret%s", s->open, s->open == 1 ? "" : "s");
	term_hint("revoke what was ever pushed; what is none: '<fingerprint> <reason>' in %s, or "
		  "'git-agent: allow-secret <reason>' in its line",
		SECRET_ALLOW_FILE);
}

static int check_options(const struct leaks_options *o, struct fault *why)
{
	if (o->staged + o->worktree + o->history + (o->range != NULL) <= 1)
		return 0;
	fault_set(
		why, EXIT_USAGE, "--staged, --worktree, --history and a range exclude each other");
	return fault_hint(why, "git agent guard secrets --staged");
}

int leaks_run(struct repo *repo, const struct leaks_options *o, struct fault *why)
{
	CLEANUP(secrets_free) struct secrets *set = secrets_new();
	CLEANUP(secret_allow_release) struct secret_allow allow = SECRET_ALLOW_INIT;
	CLEANUP(secret_search_release) struct secret_search search;

	secret_search_init(&search);
	search.set = set;
	search.allow = &allow;
	if (check_options(o, why) || read_allowed(repo, &allow, why))
		return -1;
	secrets_add_environ(set, (const char *const *)environ);
	if (look(repo, &search, o, why))
		return -1;
	if (o->sarif)
		print_json(secret_sarif(&search));
	else if (o->json)
		print_json(secret_json(&search));
	else
		print_text(&search);
	return search.open ? EXIT_REFUSED : EXIT_DONE;
}
