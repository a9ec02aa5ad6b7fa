/*
 * guard_push: what is refused of a push, and why: on the side that pushes (pre-push, `git agent guard push`). The server's side is
 * core/guard_server.h. Fails closed: a fault is a refusal.
 */
#ifndef CORE_GUARD_PUSH_H
#define CORE_GUARD_PUSH_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "core/guard_policy.h"
#include "core/guard_refs.h"
#include "core/guard_secrets.h"
#include "port/git_batch.h"
#include "port/gitdir.h"

#include <stdbool.h>
#include <stdint.h>

struct guard_refusal {
	const char *
		rule; /* stable word: "own", "protected", "agent", "name", "refs", "verdict", "force", "size", "depth", "secret" */
	struct vec refs;  /* full names, as they came */
	char *text;       /* one line for people: what, and why not */
	struct vec hints; /* one line each: how to mend it */
};

struct guard_push {
	const char *remote; /* its name; NULL: the push goes to a URL, or this is the server */
	const char *url;    /* as git tells it; NULL: not known */
	bool hard; /* this process is a hook: past its time it is ended, see core/guard_clock.h */
	bool all;  /* find everything there is to refuse, not the first alone */
	int64_t started_ms; /* clock_now_ms */
	int64_t end_ms;     /* when its time is over; 0: it has not started */
	struct guard_updates updates;
	struct gitdir dir;
	struct guard_policy policy;
	struct git_batch *objects; /* a git that answers for objects; NULL: not started */
	struct secrets *secrets;   /* what is looked for; NULL: nothing is sent */
	struct guard_refusal *refusals;
	size_t len, cap;
	struct vec unseen; /* files that nobody looked into, and why, a line each */
};

void guard_push_init(struct guard_push *push);
void guard_push_release(struct guard_push *push);

/* Its time runs from now on, instead of from guard_push_init. */
void guard_push_start(struct guard_push *push);

/*
 * Judges push->updates. 0: nothing is refused; 1: push->refusals says what is. Without updates nothing is read.
 */
int guard_push_check(struct guard_push *push, struct fault *why);

/* Finds the repository, reads the policy and sets the time; for this module and guard_server. */
int guard_push_open(struct guard_push *push, struct fault *why);

/* Adds a refusal of those refs; its text begins with them ("'refs/heads/main' and 2 more on 'origin' are ") and ends with `what`. */
struct guard_refusal *guard_refuse(struct guard_push *push, const char *rule,
	const struct guard_updates *which, const char *what);

/* Adds one whose text is `text`. */
struct guard_refusal *guard_refuse_text(
	struct guard_push *push, const char *rule, const char *text);

/* Adds a hint with a command: `before`, the remote as a word of it, `after`. */
void guard_hint_remote(const struct guard_push *push, struct guard_refusal *refusal,
	const char *before, const char *after);

/* Adds those of push->updates that guard_refs_judge finds protected, or below refs/agent/, to the lists. */
void guard_sort(
	struct guard_push *push, struct guard_updates *protected, struct guard_updates *own);
void guard_updates_add(struct guard_updates *to, const struct guard_update *update);

/* Appends "error: push refused: ..." and the hints of the first refusal, a line each. */
void guard_put_refusal(const struct guard_refusal *refusal, struct buf *out);

/* Appends "warning: not looked into: ...", a line each. */
void guard_put_unseen(const struct guard_push *push, struct buf *out);

/* The same for a fault: that nothing can be told is a reason to refuse. */
void guard_put_fault(const struct fault *why, struct buf *out);

#endif
