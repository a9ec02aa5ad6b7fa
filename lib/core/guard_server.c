#include "core/guard_server.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/guard_commits.h"
#include "core/guard_git.h"
#include "core/guard_limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY_MAX \
	((rlim_t)1 \
		<< 30) /* bytes of one process that are its own; packs are mapped, and not among them */
#define CPU_MAX   3600 /* seconds: what no time of a push comes to */
#define USERS_MAX (16 * 1024 * 1024)

/* --- who --------------------------------------------------------------------------------------- */

/* The user's name by /etc/passwd; asking the C library would load what a static program cannot. */
static char *user_name(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	unsigned long uid = (unsigned long)geteuid();

	if (fs_read("/etc/passwd", &text, USERS_MAX, &ignored) == 0)
		for (char *line = text.data, *rest; (line = strtok_r(line, "\n", &rest));
			line = NULL) {
			const char *id = strchr(line, ':');

			id = id ? strchr(id + 1, ':') : NULL;
			if (id && strtoul(id + 1, NULL, 10) == uid)
				return xstrndup(line, strcspn(line, ":"));
		}
	buf_printf(&name, "%lu", uid);
	return buf_take(&name);
}

char *guard_server_who(const struct policy *rules)
{
	const char *value = rules->server_who ? getenv(rules->server_who) : NULL;
	char *name = rules->server_who ? text_cleaned(value ? value : "") : user_name();

	for (char *c = name; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = '?';
	return name;
}

static bool is_allowed(const struct policy *rules)
{
	CLEANUP(str_free) char *who = guard_server_who(rules);

	return *who && vec_has(&rules->server_allow, who);
}

/* The forge itself moves the branch, for a person who merges there: NAME is set to something, or to the value of NAME=value. */
static bool is_merge(const struct policy *rules)
{
	const char *rule = rules->server_merge, *equals, *value;
	CLEANUP(str_free) char *name = NULL;

	if (!rule)
		return false;
	equals = strchr(rule, '=');
	name = equals ? xstrndup(rule, (size_t)(equals - rule)) : xstrdup(rule);
	value = getenv(name);
	if (!value)
		return false;
	return equals ? strcmp(value, equals + 1) == 0 : *value && strcmp(value, "0") != 0;
}

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
	if (is_merge(rules))
		return 0;
	if (!push->policy.agents_only && !is_allowed(rules)) {
		CLEANUP(str_free) char *who = guard_server_who(rules);
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
	return check_amount(push, why);
}

int guard_server_check(struct guard_push *push, struct fault *why)
{
	CLEANUP(guard_updates_release) struct guard_updates protected = GUARD_UPDATES_INIT;
	CLEANUP(guard_updates_release) struct guard_updates own = GUARD_UPDATES_INIT;

	if (push->updates.len == 0)
		return 0;
	/* A pushed refs/replace/ would show the checks below other objects than those that count. */
	if (setenv("GIT_NO_REPLACE_OBJECTS", "1", 1))
		return fault_errno(why, "cannot set the environment");
	if (guard_push_open(push, why))
		return -1;
	guard_sort(push, &protected, &own);
	if (check_rules(push, &protected, &own, why))
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

int guard_server_confine(struct fault *why)
{
	if (limit(RLIMIT_DATA, MEMORY_MAX, why) || limit(RLIMIT_CPU, CPU_MAX, why))
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
	refused = judge(&push, input, &why);
	if (refused < 0)
		guard_put_fault(&why, text);
	else if (refused)
		guard_put_refusal(&push.refusals[0], text);
	return refused ? EXIT_RED : EXIT_DONE;
}
