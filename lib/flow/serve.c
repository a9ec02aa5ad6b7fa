#include "flow/serve.h"

#include "base/alloc.h"
#include "base/install.h"
#include "base/term.h"
#include "core/guard_policy.h"
#include "core/hook_server.h"
#include "port/gitdir.h"
#include "port/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_at(const struct serve_options *o, struct repo **repo, struct fault *why)
{
	if (repo_open(repo, o->dir, NULL, why) < 0)
		return -1;
	/* The hooks' own view of the policy is that of a process git started there. */
	if (setenv("GIT_DIR", (*repo)->git_dir, 1))
		return fault_errno(why, "cannot set the environment");
	return 0;
}

static void print_lines(const struct serve_options *o, const struct vec *lines, const char *kind)
{
	CLEANUP(json_free) struct json *whole = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (!o->json) {
		for (size_t i = 0; i < lines->len; i++)
			term_outf("%s%s\n", o->dry_run ? "would have " : "", lines->items[i]);
		if (!lines->len)
			term_outf("nothing to do\n");
		return;
	}
	whole = json_object();
	json_set_int(whole, "version", 1);
	json_set_text(whole, "server", kind);
	json_set_bool(whole, "dry_run", o->dry_run);
	json_set_list(whole, "done", lines);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

int serve_install(const struct serve_options *o, struct fault *why)
{
	CLEANUP(repo_close) struct repo *repo = NULL;
	CLEANUP(str_free) char *binaries = install_libexec("hooks");
	CLEANUP(vec_release) struct vec lines = VEC_INIT;
	const struct hook_server *server;

	if (open_at(o, &repo, why))
		return -1;
	server = hook_server_find(repo, o->kind);
	if (hook_server_install(server, repo, binaries, o->update ? "update" : "pre-receive",
		    o->dry_run, &lines, why))
		return -1;
	print_lines(o, &lines, hook_server_name(server));
	return EXIT_DONE;
}

/* --- check ------------------------------------------------------------------------------------- */

struct finding { /* one thing that holds or could hold */
	const char *name;
	bool good;
	char *text;
};

struct findings {
	struct finding items[16];
	size_t len;
};

static void findings_release(struct findings *f)
{
	for (size_t i = 0; i < f->len; i++)
		str_free(&f->items[i].text);
}

static void found(struct findings *f, const char *name, bool good, struct buf *text)
{
	if (f->len < ARRAY_LEN(f->items))
		f->items[f->len++] = (struct finding){name, good, buf_take(text)};
	buf_release(text);
}

static void put_list(struct buf *out, const struct vec *list, const char *none)
{
	for (size_t i = 0; i < list->len; i++)
		buf_printf(out, "%s%s", i ? ", " : "", list->items[i]);
	if (!list->len)
		buf_puts(out, none);
}

static bool find_hook(struct findings *f, const struct repo *repo, const struct hook_server *server)
{
	CLEANUP(str_free) char *path = NULL, *problem = NULL;
	const char *hook = "";
	struct buf text = BUF_INIT;
	bool live = hook_server_live(server, repo, &path, &hook, &problem) == 0;

	if (live)
		buf_printf(&text, "%s (%s)", path, hook_server_name(server));
	else
		buf_printf(&text, "%s: git agent guard server install", problem);
	found(f, "hook", live, &text);
	return live;
}

static void find_rules(struct findings *f, const struct guard_policy *policy)
{
	const struct policy *rules = &policy->rules;
	struct buf text = BUF_INIT;

	put_list(&text, &policy->branches, "none");
	found(f, "protected", policy->branches.len, &text);
	buf_puts(&text, policy->agents_only ? "everybody but agents" : "");
	if (!policy->agents_only)
		put_list(&text, &rules->server_allow, "nobody (agent.server.allow)");
	found(f, "may push there", true, &text);
	buf_printf(&text, "by %s",
		rules->server_who ? rules->server_who : "the user the hook runs as");
	found(f, "who pushes", true, &text);
	if (rules->server_merge) {
		buf_printf(&text, "where %s is set so", rules->server_merge);
		found(f, "merges", true, &text);
	}
}

/* What git itself can do about what it is sent. */
static void find_git(struct findings *f, const struct repo *repo)
{
	struct buf text = BUF_INIT;
	bool fsck = repo_config_bool(
		repo, "receive.fsckObjects", repo_config_bool(repo, "transfer.fsckObjects", false));
	bool sized = repo_config(repo, "receive.maxInputSize");

	buf_puts(&text, fsck ? "objects are checked as they come in"
			     : "not checked: git config receive.fsckObjects true");
	found(f, "objects", fsck, &text);
	buf_puts(&text, sized ? "a push is cut off at receive.maxInputSize"
			      : "not limited as it comes in: git config receive.maxInputSize 512m");
	found(f, "input", sized, &text);
}

static void print_findings(
	const struct serve_options *o, const struct findings *f, const char *kind, bool live)
{
	CLEANUP(json_free) struct json *whole = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct json *list;

	if (!o->json) {
		for (size_t i = 0; i < f->len; i++)
			term_outf("%-4s  %-14s  %s\n", f->items[i].good ? "ok" : "weak",
				f->items[i].name, f->items[i].text);
		return;
	}
	whole = json_object();
	list = json_array();
	json_set_int(whole, "version", 1);
	json_set_text(whole, "server", kind);
	json_set_bool(whole, "live", live);
	for (size_t i = 0; i < f->len; i++) {
		struct json *one = json_object();

		json_set_text(one, "name", f->items[i].name);
		json_set_bool(one, "good", f->items[i].good);
		json_set_text(one, "detail", f->items[i].text);
		json_push(list, one);
	}
	json_set(whole, "findings", list);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

int serve_check(const struct serve_options *o, struct fault *why)
{
	CLEANUP(repo_close) struct repo *repo = NULL;
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(guard_policy_release) struct guard_policy policy;
	CLEANUP(findings_release) struct findings f = {.len = 0};
	const struct hook_server *server;
	bool live;

	guard_policy_init(&policy);
	if (open_at(o, &repo, why) || gitdir_find(&dir, why) ||
		guard_policy_read(&policy, &dir, NULL, 0, NULL, why))
		return -1;
	server = hook_server_find(repo, o->kind);
	live = find_hook(&f, repo, server);
	find_rules(&f, &policy);
	find_git(&f, repo);
	print_findings(o, &f, hook_server_name(server), live);
	return live ? EXIT_DONE : EXIT_REFUSED;
}
