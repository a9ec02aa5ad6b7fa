/* The built-in stage of a gate that looks for secrets in what a run would propose, and in every commit on the way there. */
#include "base/alloc.h"
#include "base/term.h"
#include "core/secret_report.h"
#include "flow/attempt.h"
#include "port/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAGE "secrets"

/* Of a git that reads what an agent committed: a few small trees can name more paths than a machine has room for. */
#define LOOK_MS     (10 * 60 * 1000)
#define LOOK_MEMORY ((uint64_t)4 << 30)

static bool is_mode(const struct attempt *a, const char *mode)
{
	return !strcmp(a->policy.secrets_mode, mode);
}

/* What the base allows counts: a change cannot allow its own. */
static int read_allowed(struct attempt *a, struct secret_allow *allow, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int none = repo_blob(a->repo, a->run.base_oid, SECRET_ALLOW_FILE, &text, why);

	if (none)
		return none < 0 ? -1 : 0;
	return secret_allow_read(allow, text.data, text.len, SECRET_ALLOW_FILE, why);
}

/* Of a run of an agent's each of its commits; of what came otherwise what it comes to. */
static int look(struct attempt *a, struct secret_search *s, struct fault *why)
{
	const struct git_call call = {.git_dir = a->repo->git_dir,
		.memory_max =
			a->policy.memory_bytes ? (uint64_t)a->policy.memory_bytes : LOOK_MEMORY};
	const char *tip = a->run.passes_len ? a->run.passes[a->run.passes_len - 1].tip : "";
	CLEANUP(buf_release) struct buf revisions = BUF_INIT;
	CLEANUP(vec_release) struct vec trees = VEC_INIT;

	if (a->run.title)
		secret_search_text(s, "message", "", "", 1, a->run.title, strlen(a->run.title));
	if (a->run.branch)
		secret_search_text(
			s, "ref", a->run.branch, "", 0, a->run.branch, strlen(a->run.branch));
	if (*tip) {
		buf_printf(&revisions, "%s\n^%s\n", tip, a->run.base_oid);
		return secret_search_commits(s, &call, &revisions, NULL, why);
	}
	vec_push(&trees, a->run.base_oid);
	vec_push(&trees, a->tree);
	return secret_search_diff(s, &call, &trees, why);
}

/* A reviewer is told of each: what is there, what is allowed, and what nobody looked into. */
static void tell(struct attempt *a, const struct secret_search *s)
{
	for (size_t i = 0; i < s->len; i++) {
		const struct secret_finding *f = &s->items[i];
		CLEANUP(buf_release) struct buf line = BUF_INIT;

		secret_put_finding(f, &line);
		if (f->allowed)
			run_flag(&a->run, STAGE ": %s (allowed: %s)", line.data, f->allowed);
		else
			run_flag(&a->run, STAGE ": %s [%s]", line.data, f->print);
		if (f->allowed || !is_mode(a, "block"))
			continue;
		buf_putc(&line, '\n');
		buf_puts(&a->secrets, line.data);
	}
	for (size_t i = 0; i < s->unseen.len; i++)
		run_flag(&a->run, STAGE ": not looked into: %s", s->unseen.items[i]);
}

/* What an earlier pass was told of, and is no longer there, is not to be read of this one. */
static void forget(struct attempt *a)
{
	CLEANUP(vec_release) struct vec kept = VEC_INIT;

	for (size_t i = 0; i < a->run.flags.len; i++)
		if (strncmp(a->run.flags.items[i], STAGE ": ", strlen(STAGE) + 2) != 0)
			vec_push(&kept, a->run.flags.items[i]);
	vec_copy(&a->run.flags, &kept);
	buf_clear(&a->secrets);
	buf_clear(&a->secrets_sum);
}

int attempt_secrets(struct attempt *a, struct fault *why)
{
	CLEANUP(secrets_free) struct secrets *set = NULL;
	CLEANUP(secret_allow_release) struct secret_allow allow = SECRET_ALLOW_INIT;
	CLEANUP(secret_search_release) struct secret_search search;
	int64_t started_ms = clock_now_ms();

	forget(a);
	secret_search_init(&search);
	if (is_mode(a, "off"))
		return 0;
	set = secrets_new();
	search.set = set;
	search.allow = &allow;
	search.until = clock_now_ms() + LOOK_MS;
	for (size_t i = 0; i < a->policy.secrets_len; i++)
		if (secrets_add(set, a->policy.secrets[i].name, a->policy.secrets[i].pattern,
			    a->policy.secrets[i].keyword, why))
			return fault_wrap(why, "[secret \"%s\"]", a->policy.secrets[i].name);
	secrets_add_environ(set, (const char *const *)environ);
	if (read_allowed(a, &allow, why) || look(a, &search, why))
		return fault_wrap(why, STAGE);
	tell(a, &search);
	secret_put_sum(&search, &a->secrets_sum);
	a->secrets_ms = clock_now_ms() - started_ms;
	return 0;
}

void attempt_secrets_failure(const struct attempt *a, struct buf *out)
{
	if (!a->secrets.len)
		return;
	buf_puts(out, "### stage " STAGE ": what looks like a secret is in the change\n");
	buf_puts(out, a->secrets.data);
	buf_puts(out,
		"Take it out of the files, the commits and their messages: read it from the environment "
		"instead, or make up a value that is plainly none.\n");
}

static void mark_red(struct attempt *a)
{
	term_mark(false, STAGE "  %s", a->secrets_sum.data);
	term_say("%.*s", (int)a->secrets.len - 1, a->secrets.data);
	attempt_make_red(a, &a->secrets);
}

/* Green, it is in the record and the report; on the terminal it would be a line more of every run. */
void attempt_secrets_judge(struct attempt *a)
{
	struct run_stage *stage;

	if (is_mode(a, "off"))
		return;
	stage = run_add_stage(&a->run, STAGE);
	snprintf(stage->status, sizeof stage->status, "%s", a->secrets.len ? "red" : "green");
	str_replace(&stage->detail, a->secrets_sum.data);
	stage->seconds = (double)a->secrets_ms / 1000;
	if (a->secrets.len)
		mark_red(a);
}
