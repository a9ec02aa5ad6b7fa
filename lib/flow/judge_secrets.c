#include "flow/judge_secrets.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "core/secret_report.h"
#include "port/clock.h"
#include "port/git.h"
#include "port/hash.h"

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

/*
 * Where it is noted that nothing was found in these commits, by these rules: the program, its data, the policy, the environment whose
 * values are looked for, and what the remotes have.
 */
static char *note_path(const struct repo *repo, const struct policy *p, const struct buf *revisions)
{
	CLEANUP(str_free) char *rules = install_share("secrets.ini");
	CLEANUP(buf_release) struct buf text = BUF_INIT, path = BUF_INIT;
	char key[HASH_HEX_SIZE];

	buf_printf(&text, "git agent secrets 1 %s\n%s\n", p->hash, revisions->data);
	fs_identity("/proc/self/exe", &text);
	fs_identity(rules, &text);
	for (char **entry = environ; *entry; entry++)
		buf_printf(&text, "%s\n", *entry);
	hash_hex(text.data, text.len, key);
	buf_printf(&path, "%s/agent/verdicts/%s", repo->common_dir, key);
	return buf_take(&path);
}

void secrets_stage_release(struct secrets_stage *s)
{
	buf_release(&s->red);
	buf_release(&s->told);
	buf_release(&s->sum);
}

void secrets_stage_end(
	struct secrets_stage *s, const struct secret_search *search, int64_t started_ms)
{
	s->on = true;
	s->seconds = (double)(clock_now_ms() - started_ms) / 1000;
	secret_put_sum(search, &s->sum);
}

void secrets_stage_push(const struct secrets_stage *s, struct json *stages)
{
	struct json *stage;

	if (!s->on)
		return;
	stage = json_object();
	json_set_text(stage, "name", "secrets");
	json_set_text(stage, "status", s->red.len ? "red" : "green");
	json_set_text(stage, "detail", s->red.len ? s->red.data : s->sum.data);
	json_set_real(stage, "seconds", s->seconds);
	json_set_bool(stage, "cached", s->cached);
	json_set_bool(stage, "flaky", false);
	json_set(stage, "log", NULL);
	json_push(stages, stage);
}

static void sort_findings(const struct secret_search *search, bool block, struct secrets_stage *out)
{
	for (size_t i = 0; i < search->len; i++) {
		const struct secret_finding *f = &search->items[i];
		struct buf *to = !f->allowed && block ? &out->red : &out->told;

		secret_put_finding(f, to);
		if (f->allowed)
			buf_printf(to, " (allowed: %s)\n", f->allowed);
		else
			buf_printf(to, " [%s]\n", f->print);
	}
	for (size_t i = 0; i < search->unseen.len; i++)
		buf_printf(&out->told, "not looked into: %s\n", search->unseen.items[i]);
}

int judge_secrets(struct repo *repo, const struct policy *p, const char *oid, bool fresh,
	struct secrets_stage *out, struct fault *why)
{
	const struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(secrets_free) struct secrets *set = NULL;
	CLEANUP(secret_allow_release) struct secret_allow allow = SECRET_ALLOW_INIT;
	CLEANUP(secret_search_release) struct secret_search search;
	CLEANUP(buf_release) struct buf revisions = BUF_INIT;
	CLEANUP(str_free) char *note = NULL;
	int64_t started_ms = clock_now_ms();
	struct fault ignored = FAULT_INIT;

	secret_search_init(&search);
	if (!strcmp(p->secrets_mode, "off"))
		return 0;
	if (list_revisions(&call, oid, &revisions, why))
		return fault_wrap(why, "secrets");
	note = note_path(repo, p, &revisions);
	out->cached = !fresh && fs_exists(note);
	if (!out->cached) {
		set = secrets_new();
		search.set = set;
		search.allow = &allow;
		if (add_rules(set, p, why) || read_allowed(repo, oid, &allow, why) ||
			secret_search_commits(&search, &call, &revisions, NULL, why))
			return fault_wrap(why, "secrets");
		sort_findings(&search, !strcmp(p->secrets_mode, "block"), out);
		if (!search.len && !search.unseen.len)
			fs_write_derived(note, "", 0, &ignored);
	}
	secrets_stage_end(out, &search, started_ms);
	return 0;
}
