#include "core/guard_push_private.h"

#include "base/alloc.h"
#include "core/guard_commits.h"
#include "core/guard_git.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX  32 /* commits that a branch goes on by */
#define COMMIT_MAX ((size_t)1 << 20)

/* Branches that move; those that are protected are refused already, or a person's to move. */
static bool moves(const struct guard_update *u)
{
	return !u->creation && !u->deletion && u->ref_len > 11 &&
	       memcmp(u->ref, "refs/heads/", 11) == 0;
}

static void refuse_force(
	struct guard_push *push, const struct guard_update *update, const struct buf *which)
{
	CLEANUP(str_free) char *ref = guard_shown(update->ref, update->ref_len);
	CLEANUP(str_free) char *commit = guard_shown(which->data, which->len);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct guard_refusal *refusal;
	char *address = strchr(commit, ' ');

	buf_printf(&text, "'%s' ", ref);
	guard_put_remote(&text, push);
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

/* As git would write it into a commit now; nobody's where it does not know. */
static int own_address(const struct guard_push *push, struct buf *address, struct fault *why)
{
	static const char *const argv[] = {"git", "config", "user.email", NULL};
	const char *given = getenv("GIT_AUTHOR_EMAIL"), *other = getenv("EMAIL");
	CLEANUP(proc_free) struct proc *child = NULL;

	if (given && *given) {
		buf_puts(address, given);
		return 0;
	}
	if (guard_git_start(argv, NULL, push->end_ms, &child, why))
		return -1;
	guard_git_wait(&child, 1);
	if (guard_git_end(child, "config", true, why) < 0)
		return -1;
	buf_puts(address, child->out.len ? child->out.data : other ? other : "");
	buf_rtrim(address);
	return 0;
}

static int check_dropped(
	struct guard_push *push, const struct guard_updates *moved, struct fault *why)
{
	CLEANUP(buf_release) struct buf address = BUF_INIT, all = BUF_INIT;
	const char *email;
	int none;

	if (own_address(push, &address, why))
		return -1;
	email = address.len ? address.data : NULL;
	none = guard_dropped(moved->items, moved->len, email, push->end_ms, &all, why);
	for (size_t i = 0; !none && i < moved->len; i++) {
		CLEANUP(buf_release) struct buf which = BUF_INIT;

		none = guard_dropped(&moved->items[i], 1, email, push->end_ms, &which, why);
		if (!none) {
			refuse_force(push, &moved->items[i], &which);
			return 0;
		}
		none = none < 0 ? -1 : 0;
	}
	return none < 0 ? -1 : 0;
}

/* The first parent of a commit, whose head begins "tree <id>", "parent <id>", into *oid. False: it has none, or is none. */
static bool take_parent(const struct git_object *object, const struct buf *bytes, struct buf *oid)
{
	static const char word[] = "parent ";
	size_t digits = oid->len, at = strlen("tree ") + digits + 1;
	const char *parent = bytes->data;

	if (strcmp(object->type, "commit") != 0 || bytes->len < at + strlen(word) + digits ||
		strncmp(parent + at, word, strlen(word)) != 0)
		return false;
	parent += at + strlen(word);
	if (strspn(parent, "0123456789abcdef") != digits)
		return false;
	buf_clear(oid);
	buf_add(oid, parent, digits);
	return true;
}

/* Whether a branch only goes on, by a few commits: then it loses none, and git need not look for them. */
static bool goes_on(struct guard_push *push, const struct guard_update *u)
{
	CLEANUP(buf_release) struct buf oid = BUF_INIT;

	buf_add(&oid, u->new_oid, u->oid_len);
	for (int i = 0; i < STEPS_MAX && push->objects; i++) {
		CLEANUP(buf_release) struct buf bytes = BUF_INIT;
		struct fault ignored = FAULT_INIT;
		struct git_object object;
		int none;

		if (!memcmp(oid.data, u->old_oid, u->oid_len))
			return true;
		none = git_batch_read(
			push->objects, oid.data, COMMIT_MAX, &object, &bytes, &ignored);
		if (none < 0)
			git_batch_free(&push->objects);
		if (none || !take_parent(&object, &bytes, &oid))
			return false;
	}
	return false;
}

int guard_push_force(struct guard_push *push, struct fault *why)
{
	CLEANUP(guard_updates_release) struct guard_updates moved = GUARD_UPDATES_INIT;
	CLEANUP(buf_release) struct buf any = BUF_INIT;
	int none;

	if (strcmp(push->policy.rules.push_force, "any") == 0)
		return 0;
	for (size_t i = 0; i < push->updates.len; i++)
		if (moves(&push->updates.items[i]) && !goes_on(push, &push->updates.items[i]))
			guard_updates_add(&moved, &push->updates.items[i]);
	/* Whose, and of which, is asked only where something is lost at all. */
	none = guard_dropped(moved.items, moved.len, NULL, push->end_ms, &any, why);
	return none ? (none < 0 ? -1 : 0) : check_dropped(push, &moved, why);
}
