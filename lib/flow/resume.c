#include "flow/resume.h"
#include "base/alloc.h"
#include "base/term.h"
#include "flow/passes.h"
#include "flow/reopen.h"
#include "flow/try.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int is_resumable(const struct run *run, struct fault *why)
{
	if (run->state == RUN_INTERRUPTED || run->state == RUN_STOPPED || run->state == RUN_FAILED)
		return 0;
	fault_set(why, EXIT_FATAL, "run '%s' is %s: there is nothing to go on with", run->id,
		run_state_name(run->state));
	fault_reason(why, "not_resumable");
	return fault_hint(why, "git agent status %s", run->id);
}

bool resume_is_due(struct store *store, const char *id)
{
	CLEANUP(run_release) struct run r;
	struct fault ignored = FAULT_INIT;

	return store_read(store, id, &r, &ignored) == 0 && r.state == RUN_INTERRUPTED;
}

static struct run_pass *last_pass(struct run *run)
{
	return run->passes_len ? &run->passes[run->passes_len - 1] : NULL;
}

/* What the record says of the end that was none. */
static void forget_end(struct attempt *a)
{
	CLEANUP(str_free) char *stop = store_path(a->store, a->run.id, "stop");
	struct run_pass *pass = last_pass(&a->run);

	unlink(stop);
	str_replace(&a->run.error_code, NULL);
	str_replace(&a->run.error_message, NULL);
	a->run.error_exit = 0;
	if (pass && !pass->end[0])
		snprintf(pass->end, sizeof pass->end, "interrupted");
	if (pass && !strcmp(pass->gate, "broken"))
		pass->gate[0] = '\0';
}

/* Passes before the one that the last words of a person asked for are no part of this go. */
static void find_first(struct attempt *a)
{
	for (size_t i = a->run.passes_len + 1; i > 1; i--) {
		CLEANUP(str_free) char *words = attempt_file(a, "revise", (int)i, ".md");

		if (fs_exists(words)) {
			a->first = i - 1;
			return;
		}
	}
}

/* Judged and found green: all that lacks is the branch. */
static int propose(struct attempt *a, struct fault *why)
{
	if (attempt_prepare(a, why) < 0 ||
		store_apply(a->store, &a->run, RUN_EV_GATE, "green before it was cut off", why) < 0)
		return -1;
	return attempt_propose(a, why);
}

/* Without an agent there is one thing to judge, and it is there once it was sealed. */
static int judge_again(struct attempt *a, struct fault *why)
{
	int done;

	if (attempt_prepare(a, why) < 0 || repo_tree(a->repo, a->run.head_oid, a->tree, why) < 0 ||
		repo_diff(a->repo, a->run.base_oid, a->tree, &a->changes, why) < 0)
		return -1;
	done = attempt_judge(a, NULL, why);
	if (done < 0)
		return -1;
	return done ? attempt_reject(a, "red", why) : attempt_propose(a, why);
}

static int go_on(struct reopened *r, struct fault *why)
{
	struct attempt *a = &r->attempt;

	if (!strcmp(a->run.gate_status, "green") && a->run.head_oid[0] &&
		(!last_pass(&a->run) || !strcmp(last_pass(&a->run)->gate, "green")))
		return propose(a, why);
	if (a->run.kind == RUN_KIND_TRY)
		return a->run.head_oid[0] ? judge_again(a, why)
					  : try_again(a, r->asked.revision, why);
	return attempt_prepare(a, why) < 0 ? -1 : passes_run(a, &r->agent, &r->asked.brief, why);
}

int resume_run(struct repo *repo, struct store *store, const char *id,
	const struct resume_options *o, struct fault *why)
{
	struct reopened r;
	int code = reopen_run(&r, repo, store, id, is_resumable, o->trust, why);

	r.options.no_wait = o->no_wait;
	if (!code)
		code = reopen_detach(&r, o->detach, why);
	if (!code) {
		code = -1;
		forget_end(&r.attempt);
		find_first(&r.attempt);
		if (reopen_workspace(&r, true, why) == 0) {
			term_say("run %s: taken up again", id);
			go_on(&r, why);
			code = attempt_end(&r.attempt, o->json, why);
		}
	} else if (code == 1) {
		code = EXIT_DONE;
	}
	reopen_release(&r);
	return code;
}
