#include "core/guard_push_private.h"

#include "base/alloc.h"
#include "core/guard_clock.h"
#include "core/guard_commits.h"
#include "core/guard_git.h"
#include "core/guard_leaks.h"
#include "core/guard_limits.h"
#include "core/guard_remote.h"
#include "core/guard_verdict.h"
#include "port/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPEN_MS 60000 /* until the policy says how long a push may take */

void guard_push_init(struct guard_push *push)
{
	*push = (struct guard_push){.updates = GUARD_UPDATES_INIT,
		.dir = GITDIR_INIT,
		.unseen = VEC_INIT,
		.started_ms = clock_now_ms()};
	guard_policy_init(&push->policy);
}

void guard_push_start(struct guard_push *push)
{
	push->started_ms = clock_now_ms();
}

void guard_push_release(struct guard_push *push)
{
	for (size_t i = 0; i < push->len; i++) {
		vec_release(&push->refusals[i].refs);
		vec_release(&push->refusals[i].hints);
		str_free(&push->refusals[i].text);
	}
	free(push->refusals);
	push->refusals = NULL;
	push->len = push->cap = 0;
	git_batch_free(&push->objects);
	secrets_free(&push->secrets);
	guard_updates_release(&push->updates);
	gitdir_release(&push->dir);
	guard_policy_release(&push->policy);
	vec_release(&push->unseen);
}

/* --- which updates ---------------------------------------------------------------------------- */

void guard_updates_add(struct guard_updates *to, const struct guard_update *update)
{
	GROW(to->items, to->len, to->cap);
	to->items[to->len++] = *update;
}

void guard_sort(struct guard_push *push, struct guard_updates *protected, struct guard_updates *own)
{
	for (size_t i = 0; i < push->updates.len; i++) {
		const struct guard_update *update = &push->updates.items[i];
		CLEANUP(str_free) char *ref = xstrndup(update->ref, update->ref_len);
		enum guard_verdict verdict = guard_refs_judge(ref, &push->policy.branches);

		if (verdict == GUARD_PROTECTED)
			guard_updates_add(protected, update);
		else if (verdict == GUARD_OWN)
			guard_updates_add(own, update);
	}
}

static bool sends(const struct guard_push *push)
{
	for (size_t i = 0; i < push->updates.len; i++)
		if (!push->updates.items[i].deletion)
			return true;
	return false;
}

static int begin(struct guard_push *push, struct fault *why)
{
	if (gitdir_find(&push->dir, why))
		return -1;
	push->objects = git_batch_plain(&guard_git_call, &push->dir);
	if (!sends(push))
		return 0;
	push->secrets = secrets_new();
	secrets_add_environ(push->secrets, (const char *const *)environ);
	secrets_ready(push->secrets);
	return 0;
}

int guard_push_open(struct guard_push *push, struct fault *why)
{
	push->end_ms = push->started_ms + OPEN_MS;
	if (push->hard)
		guard_clock_set(push->end_ms);
	if (begin(push, why) || guard_policy_read(&push->policy, &push->dir, push->remote,
					push->end_ms, &push->objects, why))
		return -1;
	push->end_ms = push->policy.rules.push_budget_ms
			       ? push->started_ms + push->policy.rules.push_budget_ms
			       : 0;
	if (push->hard)
		guard_clock_set(push->end_ms);
	return 0;
}

/* --- the rules -------------------------------------------------------------------------------- */

struct lists {
	struct guard_updates protected, own;
	struct vec known; /* of the other side */
	bool asked;       /* it is there */
};

static void lists_release(struct lists *lists)
{
	guard_updates_release(&lists->protected);
	guard_updates_release(&lists->own);
	vec_release(&lists->known);
}

/* Fills lists->known, once. */
static int find_known(const struct guard_push *push, struct lists *lists, struct fault *why)
{
	const struct guard_remote remote = {.name = push->remote,
		.url = push->url,
		.dir = &push->dir,
		.updates = &push->updates,
		.end_ms = push->end_ms};

	if (lists->asked)
		return 0;
	lists->asked = true;
	return guard_remote_known(&remote, &lists->known, why);
}

static void refuse_own(struct guard_push *push, const struct guard_updates *own)
{
	struct guard_refusal *refusal = guard_refuse(
		push, "own", own, "bookkeeping of runs, which stays in this repository");

	guard_hint_remote(
		push, refusal, "push a run's branch by its name: git push ", " agent/<run>");
}

/* `because`: what makes it an agent's push; NULL: nobody may push there. */
static void refuse_protected(
	struct guard_push *push, const struct guard_updates *which, const char *because)
{
	CLEANUP(buf_release) struct buf what = BUF_INIT;
	struct guard_refusal *refusal;

	buf_printf(&what, "protected%s%s", because ? ", and " : "", because ? because : "");
	refusal = guard_refuse(push, because ? "agent" : "protected", which, what.data);
	guard_hint_remote(push, refusal, "push another branch and open a pull request: git push ",
		" HEAD:refs/heads/<topic>");
	if (!because && !getenv("GIT_AGENT_RUN"))
		vec_push(&refusal->hints, "to refuse only what agents push: "
					  "git config agent.protect.from agents");
}

/* Where only agents are held off protected branches. */
static int check_agents(struct guard_push *push, struct lists *lists, struct fault *why)
{
	CLEANUP(buf_release) struct buf run = BUF_INIT;
	CLEANUP(buf_release) struct buf because = BUF_INIT;
	CLEANUP(str_free) char *name = NULL;
	int none;

	if (getenv("GIT_AGENT_RUN")) {
		refuse_protected(push, &lists->protected, "this push comes from inside a run");
		return 0;
	}
	none = find_known(push, lists, why);
	if (!none)
		none = guard_agent_commits(lists->protected.items, lists->protected.len,
			&lists->known, push->end_ms, &run, why);
	if (none)
		return none < 0 ? -1 : 0;
	name = guard_shown(run.data, run.len);
	buf_printf(&because, "this push brings an agent's commit (%s)", name);
	refuse_protected(push, &lists->protected, because.data);
	return 0;
}

static int check_protected(struct guard_push *push, struct lists *lists, struct fault *why)
{
	if (!lists->protected.len)
		return 0;
	if (push->policy.agents_only)
		return check_agents(push, lists, why);
	refuse_protected(push, &lists->protected, NULL);
	return 0;
}

static int check_count(struct guard_push *push)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int most = push->policy.rules.push_refs;

	if (!most || push->updates.len <= (size_t)most)
		return 0;
	buf_printf(&text, "it moves %zu refs, and push.refs allows %d", push->updates.len, most);
	vec_push(&guard_refuse_text(push, "refs", text.data)->hints,
		"name the branches to push instead of all of them");
	return 0;
}

static void refuse_verdict(
	struct guard_push *push, const struct guard_update *update, const char *known)
{
	const struct guard_updates one = {.items = (struct guard_update[]){*update}, .len = 1};
	CLEANUP(buf_release) struct buf what = BUF_INIT;

	buf_printf(&what, "not at a commit that the gate passed: %s", known);
	vec_push(&guard_refuse(push, "verdict", &one, what.data)->hints,
		"push your own commits as a branch of your own, or have them judged: "
		"git agent try HEAD");
}

static int check_verdicts(struct guard_push *push, struct fault *why)
{
	const struct policy *rules = &push->policy.rules;

	if (!rules->require_verdict)
		return 0;
	for (size_t i = 0; i < push->updates.len; i++) {
		const struct guard_update *update = &push->updates.items[i];
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		int rc = guard_verdict_check(&push->dir, rules->branch_prefix, update, &text, why);

		if (rc < 0)
			return -1;
		if (rc)
			continue;
		refuse_verdict(push, update, text.data);
		if (!push->all)
			break;
	}
	return 0;
}

static int check_size(struct guard_push *push, struct lists *lists, struct fault *why)
{
	const struct guard_measure measure = {.updates = &push->updates,
		.known = &lists->known,
		.rules = &push->policy.rules,
		.end_ms = push->end_ms};
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int rc;

	if (!measure.rules->push_size && !measure.rules->push_file)
		return 0;
	if (find_known(push, lists, why))
		return -1;
	rc = guard_size(&measure, &text, why);
	if (rc == 0)
		vec_push(&guard_refuse_text(push, "size", text.data)->hints,
			"take it out of the commits that are not pushed yet: git rebase -i");
	return rc < 0 ? -1 : 0;
}

static int check_leaks(struct guard_push *push, struct lists *lists, struct fault *why)
{
	const struct guard_leaks leaks = {.updates = &push->updates,
		.known = &lists->known,
		.rules = &push->policy.rules,
		.end_ms = push->end_ms,
		.unseen = &push->unseen,
		.objects = &push->objects,
		.set = push->secrets};
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(vec_release) struct vec hints = VEC_INIT;
	int none;

	if (find_known(push, lists, why))
		return -1;
	none = guard_leaks_check(&leaks, &text, &hints, why);
	if (!none)
		vec_push_all(&guard_refuse_text(push, "secret", text.data)->hints,
			(const char *const *)hints.items);
	return none < 0 ? -1 : 0;
}

static int check_rules(struct guard_push *push, struct lists *lists, struct fault *why)
{
	guard_sort(push, &lists->protected, &lists->own);
	if (lists->own.len)
		refuse_own(push, &lists->own);
	if (push->len && !push->all)
		return 0;
	if (check_protected(push, lists, why))
		return -1;
	if (push->len && !push->all)
		return 0;
	if (check_count(push) || check_verdicts(push, why))
		return -1;
	if (push->len && !push->all)
		return 0;
	if (guard_push_force(push, why))
		return -1;
	if (push->len && !push->all)
		return 0;
	if (check_size(push, lists, why))
		return -1;
	return push->len && !push->all ? 0 : check_leaks(push, lists, why);
}

int guard_push_check(struct guard_push *push, struct fault *why)
{
	CLEANUP(lists_release)
	struct lists lists = {GUARD_UPDATES_INIT, GUARD_UPDATES_INIT, VEC_INIT, false};

	if (push->updates.len == 0)
		return 0;
	if (guard_push_open(push, why) || check_rules(push, &lists, why))
		return -1;
	return push->len ? 1 : 0;
}
