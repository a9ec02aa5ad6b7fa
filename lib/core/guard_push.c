#include "core/guard_push.h"

#include "base/alloc.h"
#include "base/text.h"
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

#define SHOWN_MAX 100   /* bytes of a name in a message */
#define OPEN_MS   60000 /* until the policy says how long a push may take */

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
	guard_updates_release(&push->updates);
	gitdir_release(&push->dir);
	guard_policy_release(&push->policy);
	vec_release(&push->unseen);
}

/* --- saying it -------------------------------------------------------------------------------- */

/* One line of a name from outside, safe for a terminal. */
static char *shown(const char *name, size_t len)
{
	CLEANUP(str_free) char *cut = xstrndup(name, len < SHOWN_MAX ? len : SHOWN_MAX);
	char *clean = text_cleaned(cut);

	for (char *c = clean; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = '?';
	return clean;
}

struct guard_refusal *guard_refuse_text(struct guard_push *push, const char *rule, const char *text)
{
	struct guard_refusal *refusal;

	GROW(push->refusals, push->len, push->cap);
	refusal = &push->refusals[push->len++];
	*refusal = (struct guard_refusal){
		.rule = rule, .refs = VEC_INIT, .text = xstrdup(text), .hints = VEC_INIT};
	return refusal;
}

/* A URL may hold a password, so only the name of a remote is ever printed. */
static void put_remote(struct buf *out, const struct guard_push *push)
{
	CLEANUP(str_free)
	char *name = push->remote ? shown(push->remote, strlen(push->remote)) : NULL;

	if (name)
		buf_printf(out, "on '%s' ", name);
	else if (push->url)
		buf_puts(out, "on the remote repository ");
}

struct guard_refusal *guard_refuse(struct guard_push *push, const char *rule,
	const struct guard_updates *which, const char *what)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(str_free) char *ref = shown(which->items[0].ref, which->items[0].ref_len);
	struct guard_refusal *refusal;

	buf_printf(&text, "'%s' ", ref);
	if (which->len > 1)
		buf_printf(&text, "and %zu more ", which->len - 1);
	put_remote(&text, push);
	buf_printf(&text, "%s %s", which->len > 1 ? "are" : "is", what);
	refusal = guard_refuse_text(push, rule, text.data);
	for (size_t i = 0; i < which->len; i++)
		vec_pushf(
			&refusal->refs, "%.*s", (int)which->items[i].ref_len, which->items[i].ref);
	return refusal;
}

void guard_hint_remote(const struct guard_push *push, struct guard_refusal *refusal,
	const char *before, const char *after)
{
	CLEANUP(buf_release) struct buf hint = BUF_INIT;

	buf_puts(&hint, before);
	if (push->remote) {
		CLEANUP(str_free) char *name = shown(push->remote, strlen(push->remote));

		text_put_shell_word(&hint, name);
	} else {
		buf_puts(&hint, "<remote>");
	}
	buf_puts(&hint, after);
	vec_push(&refusal->hints, hint.data);
}

void guard_put_refusal(const struct guard_refusal *refusal, struct buf *out)
{
	buf_printf(out, "error: push refused: %s\n", refusal->text);
	for (size_t i = 0; i < refusal->hints.len; i++)
		buf_printf(out, "hint: %s\n", refusal->hints.items[i]);
}

void guard_put_unseen(const struct guard_push *push, struct buf *out)
{
	for (size_t i = 0; i < push->unseen.len; i++)
		buf_printf(out, "warning: not looked into: %s\n", push->unseen.items[i]);
}

void guard_put_fault(const struct fault *why, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_printf(&text, "error: push refused: %s%s",
		strcmp(why->reason, GUARD_LATE) ? "cannot tell what is protected: " : "",
		why->message);
	text_clean(&text);
	for (char *c = text.data; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	buf_printf(out, "%s\n", text.data);
	if (why->hint[0])
		buf_printf(out, "hint: %s\n", why->hint);
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

int guard_push_open(struct guard_push *push, struct fault *why)
{
	push->end_ms = push->started_ms + OPEN_MS;
	if (push->hard)
		guard_clock_set(push->end_ms);
	if (gitdir_find(&push->dir, why) ||
		guard_policy_read(&push->policy, &push->dir, push->remote, push->end_ms, why))
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
	name = shown(run.data, run.len);
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

/* Branches that move; those that are protected are refused already, or a person's to move. */
static bool moves(const struct guard_update *u)
{
	return !u->creation && !u->deletion && u->ref_len > 11 &&
	       memcmp(u->ref, "refs/heads/", 11) == 0;
}

static void refuse_force(
	struct guard_push *push, const struct guard_update *update, const struct buf *which)
{
	CLEANUP(str_free) char *ref = shown(update->ref, update->ref_len);
	CLEANUP(str_free) char *commit = shown(which->data, which->len);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct guard_refusal *refusal;
	char *address = strchr(commit, ' ');

	buf_printf(&text, "'%s' ", ref);
	put_remote(&text, push);
	if (address)
		buf_printf(&text, "would lose a commit of another author: %.10s of %s", commit,
			address + 1);
	else
		buf_puts(&text, "has commits that were never fetched here, and would lose them");
	refusal = guard_refuse_text(push, "force", text.data);
	vec_pushf(&refusal->refs, "%.*s", (int)update->ref_len, update->ref);
	guard_hint_remote(
		push, refusal, "take them in first: git fetch ", " && git rebase FETCH_HEAD");
	vec_push(&refusal->hints, "if they may be lost: git -c agent.push.force=any push ...");
}

/* As git would write it into a commit now. */
static const char *own_address(const struct guard_push *push)
{
	const char *given = getenv("GIT_AUTHOR_EMAIL");

	if (given && *given)
		return given;
	return push->policy.email ? push->policy.email : getenv("EMAIL");
}

static int check_force(struct guard_push *push, struct fault *why)
{
	CLEANUP(guard_updates_release) struct guard_updates moved = GUARD_UPDATES_INIT;
	const char *email = own_address(push);
	CLEANUP(buf_release) struct buf all = BUF_INIT;
	int none;

	if (strcmp(push->policy.rules.push_force, "any") == 0)
		return 0;
	for (size_t i = 0; i < push->updates.len; i++)
		if (moves(&push->updates.items[i]))
			guard_updates_add(&moved, &push->updates.items[i]);
	none = guard_dropped(moved.items, moved.len, email, push->end_ms, &all, why);
	for (size_t i = 0; !none && i < moved.len; i++) {
		CLEANUP(buf_release) struct buf which = BUF_INIT;

		/* Which of them it is: asked only where something is refused. */
		none = guard_dropped(&moved.items[i], 1, email, push->end_ms, &which, why);
		if (!none) {
			refuse_force(push, &moved.items[i], &which);
			return 0;
		}
		none = none < 0 ? -1 : 0;
	}
	return none < 0 ? -1 : 0;
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
		.unseen = &push->unseen};
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
	if (check_force(push, why))
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
