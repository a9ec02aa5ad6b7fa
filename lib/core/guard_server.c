#include "core/guard_server.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/guard_commits.h"
#include "core/guard_git.h"
#include "core/guard_leaks.h"
#include "core/guard_limits.h"
#include "core/guard_symref.h"
#include "core/guard_who.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MEMORY_MAX \
	((rlim_t)1 \
		<< 30) /* bytes of one process that are its own; packs are mapped, and not among them */
#define CPU_MAX    3600 /* seconds: what no time of a push comes to */
#define STATUS_MAX 65536
#define BIG_FILE   "64m"

/* --- protected branches ------------------------------------------------------------------------ */

static void refuse_protected(struct guard_push *push, const char *rule,
	const struct guard_updates *which, const char *why)
{
	CLEANUP(buf_release) struct buf what = BUF_INIT;
	struct guard_refusal *refusal;

	buf_printf(&what, "protected%s%s", why ? ", and " : "", why ? why : "");
	refusal = guard_refuse(push, rule, which, what.data);
	guard_hint_remote(push, refusal, "push another branch and open a pull request: git push ",
		" HEAD:refs/heads/<topic>");
}

/* Tips of the protected branches that are there: what is on them was let in. */
static int add_tips(const struct guard_push *push, struct vec *known, struct fault *why)
{
	static const char *const argv[] = {
		"git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/", NULL};
	CLEANUP(proc_free) struct proc *child = NULL;

	if (guard_git_start(argv, NULL, push->end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "for-each-ref", false, why))
		return -1;
	for (char *line = child->out.data, *rest; (line = strtok_r(line, "\n", &rest));
		line = NULL) {
		char *ref = strchr(line, ' ');

		if (!ref)
			continue;
		*ref++ = '\0';
		if (guard_refs_judge(ref, &push->policy.branches) == GUARD_PROTECTED)
			vec_push(known, line);
	}
	return 0;
}

static int check_straight(
	struct guard_push *push, const struct guard_updates *protected, struct fault *why)
{
	CLEANUP(vec_release) struct vec known = VEC_INIT;
	CLEANUP(buf_release) struct buf run = BUF_INIT;
	CLEANUP(buf_release) struct buf what = BUF_INIT;
	bool created = false, stays = false;
	int none;

	for (size_t i = 0; i < protected->len; i++) {
		created = created || protected->items[i].creation;
		stays = stays || !protected->items[i].deletion;
	}
	if (!stays)
		return 0;
	if (created && add_tips(push, &known, why))
		return -1;
	none = guard_agent_straight(
		protected->items, protected->len, &known, push->end_ms, &run, why);
	if (none)
		return none < 0 ? -1 : 0;
	text_clean(&run);
	buf_printf(
		&what, "an agent's commit (%.100s) comes in by a person's merge alone", run.data);
	refuse_protected(push, "agent", protected, what.data);
	return 0;
}

/* Whoever may move a protected branch may not take back what is on it. */
static int check_rewound(
	struct guard_push *push, const struct guard_updates *protected, struct fault *why)
{
	CLEANUP(guard_updates_release) struct guard_updates moved = GUARD_UPDATES_INIT;
	CLEANUP(buf_release) struct buf which = BUF_INIT;
	int none;

	if (strcmp(push->policy.rules.push_force, "any") == 0)
		return 0;
	for (size_t i = 0; i < protected->len; i++)
		if (!protected->items[i].deletion)
			guard_updates_add(&moved, &protected->items[i]);
	none = guard_dropped(moved.items, moved.len, NULL, push->end_ms, &which, why);
	if (!none)
		refuse_protected(push, "force", &moved, "would lose commits that are on it");
	return none < 0 ? -1 : 0;
}

static int check_protected(
	struct guard_push *push, const struct guard_updates *protected, struct fault *why)
{
	const struct policy *rules = &push->policy.rules;

	if (!protected->len)
		return 0;
	if (getenv("GIT_AGENT_RUN")) {
		refuse_protected(push, "agent", protected, "this push comes from inside a run");
		return 0;
	}
	if (guard_who_merges(rules))
		return 0;
	if (!push->policy.agents_only && !guard_who_allowed(rules)) {
		CLEANUP(str_free) char *who = guard_who(rules);
		CLEANUP(buf_release) struct buf what = BUF_INIT;

		buf_printf(&what, "'%.100s' is not among those who may push there", who);
		refuse_protected(push, "protected", protected, *who ? what.data : NULL);
		return 0;
	}
	if (check_straight(push, protected, why))
		return -1;
	return push->len && !push->all ? 0 : check_rewound(push, protected, why);
}

/* --- the rest ---------------------------------------------------------------------------------- */

static void check_names(struct guard_push *push)
{
	for (size_t i = 0; i < push->updates.len; i++) {
		const struct guard_update *update = &push->updates.items[i];
		CLEANUP(str_free) char *ref = xstrndup(update->ref, update->ref_len);
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		struct guard_refusal *refusal;

		/* What is there under such a name may go. */
		if (update->deletion || guard_name(ref, &text))
			continue;
		refusal = guard_refuse_text(push, "name", text.data);
		vec_push(&refusal->refs, ref);
		vec_push(&refusal->hints, "push it under a plain name");
		if (!push->all)
			return;
	}
}

static void check_count(struct guard_push *push)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int most = push->policy.rules.push_refs;

	if (!most || push->updates.len <= (size_t)most)
		return;
	buf_printf(&text, "it moves %zu refs, and this server takes %d at once", push->updates.len,
		most);
	vec_push(&guard_refuse_text(push, "refs", text.data)->hints,
		"name the branches to push instead of all of them");
}

static void refuse_much(struct guard_push *push, const char *rule, const char *text)
{
	vec_push(&guard_refuse_text(push, rule, text)->hints,
		"take it out of the commits that are not pushed yet: git rebase -i");
}

static int check_amount(struct guard_push *push, struct fault *why)
{
	CLEANUP(vec_release) struct vec known = VEC_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *quarantine = getenv("GIT_QUARANTINE_PATH");
	struct policy rules = push->policy.rules;
	const struct guard_measure measure = {.updates = &push->updates,
		.known = &known,
		.rules = &rules,
		.end_ms = push->end_ms};
	int rc;

	vec_push(&known, "--all");
	if (quarantine && !guard_received_size(quarantine, &rules, &text)) {
		refuse_much(push, "size", text.data);
		return 0;
	}
	if (quarantine)
		rules.push_size = 0; /* told by the quarantine, to the byte */
	rc = guard_size(&measure, &text, why);
	if (rc == 0)
		refuse_much(push, "size", text.data);
	if (rc < 0 || (push->len && !push->all))
		return rc < 0 ? -1 : 0;
	buf_clear(&text);
	rc = guard_depth(&measure, &text, why);
	if (rc == 0)
		refuse_much(push, "depth", text.data);
	return rc < 0 ? -1 : 0;
}

static int check_leaks(struct guard_push *push, struct fault *why)
{
	CLEANUP(vec_release) struct vec known = VEC_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(vec_release) struct vec hints = VEC_INIT;
	const struct guard_leaks leaks = {.updates = &push->updates,
		.known = &known,
		.rules = &push->policy.rules,
		.end_ms = push->end_ms,
		.unseen = &push->unseen,
		.objects = &push->objects,
		.set = push->secrets};
	int none;

	vec_push(&known, "--all");
	none = guard_leaks_check(&leaks, &text, &hints, why);
	if (!none)
		vec_push_all(&guard_refuse_text(push, "secret", text.data)->hints,
			(const char *const *)hints.items);
	return none < 0 ? -1 : 0;
}

static void check_own(struct guard_push *push, const struct guard_updates *own)
{
	if (own->len)
		vec_push(&guard_refuse(push, "own", own,
				 "bookkeeping of runs, which stays where they are made")
				  ->hints,
			"push a run's branch by its name: git push <remote> agent/<run>");
}

static bool all_deletions(const struct guard_push *push)
{
	for (size_t i = 0; i < push->updates.len; i++)
		if (!push->updates.items[i].deletion)
			return false;
	return true;
}

static int check_rules(struct guard_push *push, const struct guard_updates *protected,
	const struct guard_updates *own, struct fault *why)
{
	check_count(push);
	check_own(push, own);
	if (push->len && !push->all)
		return 0;
	check_names(push);
	if (push->len && !push->all)
		return 0;
	if (check_protected(push, protected, why))
		return -1;
	if ((push->len && !push->all) || all_deletions(push))
		return 0;
	if (check_amount(push, why))
		return -1;
	return push->len && !push->all ? 0 : check_leaks(push, why);
}

/* Adds to what the server itself passes to git this way. */
static int add_config(const char *key, const char *value)
{
	const char *count = getenv("GIT_CONFIG_COUNT");
	char *end = NULL;
	unsigned long many = count && *count ? strtoul(count, &end, 10) : 0;
	char name[64], next[32];

	/* What does not parse is git's to refuse. */
	if ((end && *end) || many > INT_MAX - 1)
		return 0;
	snprintf(next, sizeof next, "%lu", many + 1);
	snprintf(name, sizeof name, "GIT_CONFIG_KEY_%lu", many);
	if (setenv(name, key, 1))
		return -1;
	snprintf(name, sizeof name, "GIT_CONFIG_VALUE_%lu", many);
	return setenv(name, value, 1) || setenv("GIT_CONFIG_COUNT", next, 1) ? -1 : 0;
}

/*
 * A pushed refs/replace/ would show the checks other objects than those that count, and a large file would be read as a whole to
 * be compared.
 */
static int limit_git(struct fault *why)
{
	if (setenv("GIT_NO_REPLACE_OBJECTS", "1", 1) ||
		add_config("core.bigFileThreshold", BIG_FILE))
		return fault_errno(why, "cannot set the environment");
	return 0;
}

/* What moves is what a name stands for: each is judged by both. `names` gets those, and keeps them. */
static int add_targets(struct guard_push *push, struct guard_updates *protected,
	struct guard_updates *own, struct vec *names, struct fault *why)
{
	for (size_t i = 0; i < push->updates.len; i++) {
		struct guard_update update = push->updates.items[i];
		CLEANUP(str_free) char *ref = xstrndup(update.ref, update.ref_len);
		CLEANUP(str_free) char *target = NULL;
		int none = guard_symref(&push->dir, ref, push->end_ms, &target, why);

		if (none < 0)
			return -1;
		if (none)
			continue;
		vec_push(names, target);
		update.ref = names->items[names->len - 1];
		update.ref_len = strlen(update.ref);
		switch (guard_refs_judge(update.ref, &push->policy.branches)) {
		case GUARD_PROTECTED:
			guard_updates_add(protected, &update);
			break;
		case GUARD_OWN:
			guard_updates_add(own, &update);
			break;
		case GUARD_PASS:
			break;
		}
	}
	return 0;
}

int guard_server_check(struct guard_push *push, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	CLEANUP(guard_updates_release) struct guard_updates protected = GUARD_UPDATES_INIT;
	CLEANUP(guard_updates_release) struct guard_updates own = GUARD_UPDATES_INIT;

	if (push->updates.len == 0)
		return 0;
	if (limit_git(why))
		return -1;
	if (guard_push_open(push, why))
		return -1;
	guard_sort(push, &protected, &own);
	if (add_targets(push, &protected, &own, &names, why) ||
		check_rules(push, &protected, &own, why))
		return -1;
	return push->len ? 1 : 0;
}

/* --- limits ------------------------------------------------------------------------------------ */

static int limit(int which, rlim_t value, struct fault *why)
{
	struct rlimit now;

	if (getrlimit(which, &now))
		return fault_errno(why, "cannot read a limit");
	if (now.rlim_cur == RLIM_INFINITY || now.rlim_cur > value)
		now.rlim_cur = value;
	if (now.rlim_max == RLIM_INFINITY || now.rlim_max > value)
		now.rlim_max = value;
	return setrlimit(which, &now) ? fault_errno(why, "cannot set a limit") : 0;
}

/* Bytes of memory of its own that this process has already: a sanitizer's are many. */
static rlim_t own_memory(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	const char *at = fs_read("/proc/self/status", &text, STATUS_MAX, &ignored) == 0
				 ? strstr(text.data, "\nVmData:")
				 : NULL;

	return at ? (rlim_t)strtoull(at + strlen("\nVmData:"), NULL, 10) * 1024 : 0;
}

int guard_server_confine(struct fault *why)
{
	if (limit(RLIMIT_DATA, own_memory() + MEMORY_MAX, why) || limit(RLIMIT_CPU, CPU_MAX, why))
		return -1;
	return limit(RLIMIT_CORE, 0, why);
}

static int judge(struct guard_push *push, const struct buf *input, struct fault *why)
{
	if (guard_server_confine(why) ||
		guard_received_parse(input->data, input->len, &push->updates, why))
		return -1;
	return guard_server_check(push, why);
}

int guard_server_judge(const struct buf *input, struct buf *text)
{
	CLEANUP(guard_push_release) struct guard_push push;
	struct fault why = FAULT_INIT;
	int refused;

	guard_push_init(&push);
	push.hard = true;
	refused = judge(&push, input, &why);
	if (refused < 0)
		guard_put_fault(&why, text);
	else if (refused)
		guard_put_refusal(&push.refusals[0], text);
	guard_put_unseen(&push, text);
	return refused ? EXIT_RED : EXIT_DONE;
}
