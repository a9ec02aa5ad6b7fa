#include "flow/revise.h"
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "flow/attempt_branch.h"
#include "flow/passes.h"
#include "flow/reopen.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of a run that has something to be changed. */
static int is_revisable(const struct run *run, struct fault *why)
{
	static const enum run_state states[] = {
		RUN_PROPOSED, RUN_PUSHED, RUN_OPENED, RUN_CLOSED, RUN_REJECTED, RUN_GAVE_UP};

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (run->state == states[i] && run->head_oid[0])
			return 0;
	fault_set(why, EXIT_FATAL, "run '%s' is %s: there is nothing to revise", run->id,
		run_state_name(run->state));
	fault_reason(why, "not_revisable");
	if (run->state == RUN_INTERRUPTED || run->state == RUN_STOPPED || run->state == RUN_FAILED)
		return fault_hint(why, "git agent resume %s", run->id);
	return fault_hint(why, "git agent status %s", run->id);
}

/* As strict as with a brief: it goes where that goes. */
static int read_words(const struct revise_options *o, struct brief *words, struct fault *why)
{
	if (!o->message)
		return brief_read(words, o->file, NULL, STDIN_FILENO, why);
	return brief_parse(words, "-m", o->message, strlen(o->message), why);
}

static int check_agent(const struct reopened *r, struct fault *why)
{
	if (r->asked.brief.text)
		return 0;
	fault_set(why, EXIT_FATAL,
		"run '%s' has no brief and no agent: it judged somebody's change",
		r->attempt.run.id);
	fault_reason(why, "not_revisable");
	return fault_hint(why, "git agent issue <brief> --base %s", r->attempt.run.branch);
}

/* Of the record, what the passes to come say anew. The words are on disk before anything else is. */
static int begin(struct reopened *r, const struct brief *words, struct fault *why)
{
	struct attempt *a = &r->attempt;
	CLEANUP(str_free)
	char *path = attempt_file(a, "revise", (int)a->run.passes_len + 1, ".md");

	a->first = a->run.passes_len;
	str_replace(&a->run.error_code, NULL);
	str_replace(&a->run.error_message, NULL);
	a->run.error_exit = 0;
	vec_clear(&a->run.flags);
	/* A record from before this was written down: its branch has what was judged last. */
	if (a->run.state == RUN_PROPOSED && !a->run.proposed_oid[0])
		snprintf(a->run.proposed_oid, OID_MAX, "%s", a->run.head_oid);
	if (attempt_branch_check(a, why) < 0)
		return -1;
	return fs_write(path, words->text, strlen(words->text), 0644, why);
}

/* What was proposed before stays as it is where the change of it is red. */
static void flag_branch(struct attempt *a)
{
	struct fault ignored = FAULT_INIT;
	char oid[OID_MAX];

	if (a->run.state == RUN_PROPOSED || !a->run.proposed_oid[0])
		return;
	repo_short(a->run.proposed_oid, oid);
	run_flag(&a->run, "revise: the branch %s stays at %s, as it was proposed before",
		a->run.branch, oid);
	store_save(a->store, &a->run, &ignored);
}

static int work(struct reopened *r, const struct revise_options *o, struct fault *why)
{
	struct attempt *a = &r->attempt;

	if (reopen_workspace(r, false, why) < 0)
		return -1;
	term_say("run %s: pass %zu, by what you say", a->run.id, a->run.passes_len + 1);
	if (attempt_prepare(a, why) == 0)
		passes_run(a, &r->agent, &r->asked.brief, why);
	flag_branch(a);
	return attempt_end(a, o->json, why);
}

int revise_run(struct repo *repo, struct store *store, const char *id,
	const struct revise_options *o, struct fault *why)
{
	CLEANUP(brief_release) struct brief words = {0};
	struct reopened r;
	int code;

	if (read_words(o, &words, why) < 0)
		return -1;
	code = reopen_run(&r, repo, store, id, is_revisable, o->trust, why);
	r.options.no_wait = o->no_wait;
	if (!code)
		code = check_agent(&r, why);
	if (!code)
		code = begin(&r, &words, why);
	if (!code)
		code = reopen_detach(&r, o->detach, why);
	if (code >= 0)
		code = code ? EXIT_DONE : work(&r, o, why);
	reopen_release(&r);
	return code;
}
