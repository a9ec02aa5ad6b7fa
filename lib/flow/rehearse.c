#include "flow/rehearse.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "core/guard_push.h"
#include "port/git.h"
#include "port/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX (256 * 1024 * 1024) /* bytes */

/* --- what git would push ----------------------------------------------------------------------- */

struct stage { /* where a hook of ours notes what git hands to pre-push */
	char *dir;
	struct buf input;
	struct buf names; /* the remote's name and URL, a line each */
};

static void stage_release(struct stage *s)
{
	struct fault ignored = FAULT_INIT;

	if (s->dir)
		fs_remove(s->dir, &ignored);
	str_free(&s->dir);
	buf_release(&s->input);
	buf_release(&s->names);
}

static const char script[] = "#!/bin/sh\n"
			     "# Notes what would be pushed, and stops the push.\n"
			     "here=${0%/*}\n"
			     "printf '%s\\n%s\\n' \"$1\" \"$2\" >\"$here/names\" || exit 1\n"
			     "cat >\"$here/input\" && mv \"$here/input\" \"$here/pushed\"\n"
			     "exit 1\n";

static int make_stage(struct stage *s, const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(repo->common_dir, "agent-push.XXXXXX");
	CLEANUP(str_free) char *hook = NULL;

	if (!mkdtemp(path))
		return fault_errno(why, "cannot make a directory in '%s'", repo->common_dir);
	s->dir = xstrdup(path);
	hook = fs_join(s->dir, "pre-push");
	return fs_write_derived(hook, script, sizeof script - 1, why) ? -1
	       : chmod(hook, 0700) ? fault_errno(why, "cannot make '%s' executable", hook)
				   : 0;
}

/* Whatever kept git from coming as far as the hook. */
static int complain(struct buf *errors, int code, struct fault *why)
{
	const char *said = git_complaint(errors);

	if (!*said)
		return fault_set(why, EXIT_FATAL, "git push exited with %d", code);
	return fault_set(why, EXIT_FATAL, "git push: %s", said);
}

static int ask_git(struct stage *s, struct repo *repo, const struct vec *args, struct fault *why)
{
	struct git_call call = {
		.git_dir = repo->git_dir, .work_tree = repo->work_tree, .keep_config = true};
	CLEANUP(vec_release) struct vec argv = VEC_INIT;
	CLEANUP(str_free) char *pushed = fs_join(s->dir, "pushed");
	CLEANUP(str_free) char *names = fs_join(s->dir, "names");
	CLEANUP(buf_release) struct buf errors = BUF_INIT;
	int code = 0, none;

	vec_push(&argv, "-c");
	vec_pushf(&argv, "core.hooksPath=%s", s->dir);
	vec_push(&argv, "push");
	vec_push(&argv, "--dry-run");
	vec_push(&argv, "--");
	vec_push_all(&argv, (const char *const *)args->items);
	if (git_run(&call, &argv, NULL, &errors, &code, why))
		return -1;
	none = fs_read(pushed, &s->input, INPUT_MAX, why);
	if (none < 0 || (!none && fs_read(names, &s->names, INPUT_MAX, why)))
		return -1;
	return none && code ? complain(&errors, code, why) : 0;
}

/* --- saying it --------------------------------------------------------------------------------- */

static struct json *refusal_json(const struct guard_refusal *refusal)
{
	struct json *one = json_object();

	json_set_text(one, "rule", refusal->rule);
	json_set_list(one, "refs", &refusal->refs);
	json_set_text(one, "message", refusal->text);
	json_set_list(one, "hints", &refusal->hints);
	return one;
}

static void print_json(const struct guard_push *push)
{
	CLEANUP(json_free) struct json *whole = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct json *refs = json_array(), *refusals = json_array();

	for (size_t i = 0; i < push->updates.len; i++) {
		const struct guard_update *u = &push->updates.items[i];
		CLEANUP(str_free) char *ref = xstrndup(u->ref, u->ref_len);

		json_push_text(refs, ref);
	}
	for (size_t i = 0; i < push->len; i++)
		json_push(refusals, refusal_json(&push->refusals[i]));
	json_set_int(whole, "version", 1);
	json_set_text(whole, "remote", push->remote);
	json_set(whole, "refs", refs);
	json_set_bool(whole, "refused", push->len);
	json_set(whole, "refusals", refusals);
	json_set_list(whole, "unseen", &push->unseen);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

static void print_push(const struct guard_push *push)
{
	for (size_t i = 0; i < push->len; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		guard_put_refusal(&push->refusals[i], &text);
		term_out(text.data, text.len);
	}
	for (size_t i = 0; i < push->unseen.len; i++)
		term_warn("not looked into: %s", push->unseen.items[i]);
	if (!push->len)
		term_outf("%zu ref%s would be pushed, nothing is refused\n", push->updates.len,
			push->updates.len == 1 ? "" : "s");
}

/* As the hook is told: by name, or twice the URL. */
static void name_remote(struct guard_push *push, struct stage *s)
{
	char *newline = strchr(s->names.data, '\n');

	if (!newline)
		return;
	*newline = '\0';
	push->url = newline + 1;
	newline = strchr(newline + 1, '\n');
	if (newline)
		*newline = '\0';
	if (strcmp(s->names.data, push->url) != 0 && !strchr(s->names.data, ':'))
		push->remote = s->names.data;
}

int rehearse_push(struct repo *repo, const struct vec *args, bool json, struct fault *why)
{
	CLEANUP(stage_release) struct stage stage = {NULL, BUF_INIT, BUF_INIT};
	CLEANUP(guard_push_release) struct guard_push push;

	guard_push_init(&push);
	push.all = true;
	if (make_stage(&stage, repo, why) || ask_git(&stage, repo, args, why))
		return -1;
	name_remote(&push, &stage);
	guard_push_start(&push);
	if (setenv("GIT_NO_REPLACE_OBJECTS", "1", 1))
		return fault_errno(why, "cannot set the environment");
	if (guard_refs_parse(stage.input.data, stage.input.len, &push.updates, why) ||
		guard_push_check(&push, why) < 0)
		return -1;
	if (json)
		print_json(&push);
	else
		print_push(&push);
	return push.len ? EXIT_REFUSED : EXIT_DONE;
}

/* --- refs -------------------------------------------------------------------------------------- */

static const char *verdict_word(enum guard_verdict verdict)
{
	static const char *const words[] = {
		[GUARD_PASS] = "open", [GUARD_PROTECTED] = "protected", [GUARD_OWN] = "own"};

	return words[verdict];
}

static void print_refs_json(const struct guard_policy *policy, const struct vec *refs)
{
	CLEANUP(json_free) struct json *whole = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct json *list = json_array();

	for (size_t i = 0; i < refs->len; i++) {
		struct json *one = json_object();

		json_set_text(one, "ref", refs->items[i]);
		json_set_text(one, "verdict",
			verdict_word(guard_refs_judge(refs->items[i], &policy->branches)));
		json_push(list, one);
	}
	json_set_int(whole, "version", 1);
	json_set_list(whole, "patterns", &policy->branches);
	json_set_text(whole, "from", policy->agents_only ? "agents" : "everyone");
	json_set(whole, "refs", list);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

static void print_refs(const struct guard_policy *policy, const struct vec *refs, bool named)
{
	if (!named) {
		for (size_t i = 0; i < policy->branches.len; i++)
			term_outf("%s%s", i ? ", " : "protected: ", policy->branches.items[i]);
		term_outf("\nfrom: %s\n", policy->agents_only ? "agents" : "everyone");
	}
	for (size_t i = 0; i < refs->len; i++) {
		enum guard_verdict verdict = guard_refs_judge(refs->items[i], &policy->branches);

		if (named || verdict == GUARD_PROTECTED)
			term_outf("%-9s  %s\n", verdict_word(verdict), refs->items[i]);
	}
}

static int add_refs(struct repo *repo, struct vec *refs, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (git_do(&call, &text, why, "for-each-ref", "--format=%(refname)", "refs/heads/",
		    "refs/tags/", NULL))
		return -1;
	for (char *line = text.data, *rest; (line = strtok_r(line, "\n", &rest)); line = NULL)
		vec_push(refs, line);
	return 0;
}

int rehearse_refs(struct repo *repo, const struct vec *names, bool json, struct fault *why)
{
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(guard_policy_release) struct guard_policy policy;
	CLEANUP(vec_release) struct vec refs = VEC_INIT;
	bool hit = false;

	guard_policy_init(&policy);
	if (gitdir_find(&dir, why) || guard_policy_read(&policy, &dir, NULL, 0, NULL, why))
		return -1;
	for (size_t i = 0; i < names->len; i++)
		vec_pushf(&refs, "%s%s", strncmp(names->items[i], "refs/", 5) ? "refs/heads/" : "",
			names->items[i]);
	if (!names->len && add_refs(repo, &refs, why))
		return -1;
	if (json)
		print_refs_json(&policy, &refs);
	else
		print_refs(&policy, &refs, names->len > 0);
	for (size_t i = 0; i < names->len; i++)
		hit = hit || guard_refs_judge(refs.items[i], &policy.branches) != GUARD_PASS;
	return hit ? EXIT_REFUSED : EXIT_DONE;
}
