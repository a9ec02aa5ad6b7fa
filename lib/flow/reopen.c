#include "flow/reopen.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/pins.h"
#include "flow/attempt_box.h"
#include "flow/attempt_place.h"
#include "flow/background.h"
#include "flow/simulation.h"
#include "port/proc.h"

#include <stdio.h>
#include <string.h>

static int no_such_run(const char *id, struct fault *why)
{
	fault_set(why, EXIT_FATAL, "there is no run '%s'", id);
	return fault_hint(why, "git agent status");
}

static int read_allowed(struct attempt *a, const char *id,
	int (*allowed)(const struct run *run, struct fault *why), struct fault *why)
{
	int found = store_read(a->store, id, &a->run, why);

	if (found)
		return found < 0 ? -1 : no_such_run(id, why);
	if (run_is_over(a->run.state))
		return allowed(&a->run, why);
	fault_set(why, EXIT_BUSY, "run '%s' is %s", id, run_state_name(a->run.state));
	fault_reason(why, "busy");
	return fault_hint(why, "git agent log -f %s", id);
}

/* Read, locked, and read again: between the two somebody else may have been at it. */
static int lock_run(struct attempt *a, const char *id,
	int (*allowed)(const struct run *run, struct fault *why), struct fault *why)
{
	int held;

	if (read_allowed(a, id, allowed, why) < 0)
		return -1;
	run_release(&a->run);
	held = store_lock_over(a->store, id, &a->lock, why);
	if (held == 1) {
		fault_set(why, EXIT_BUSY, "another process is at run '%s'", id);
		fault_reason(why, "busy");
		return fault_hint(why, "git agent status %s", id);
	}
	if (held < 0)
		return -1;
	proc_hold(a->lock.fd);
	return read_allowed(a, id, allowed, why);
}

static int read_asked(struct reopened *r, const char *id, struct fault *why)
{
	struct attempt *a = &r->attempt;
	int found = asked_read(&r->asked, a->store, id, why);

	if (found == 1) {
		fault_set(why, EXIT_FATAL,
			"run '%s' was cut off before what was asked of it was on disk", id);
		fault_reason(why, "not_begun");
		return fault_hint(why, "git agent drop %s, and issue it again", id);
	}
	return found;
}

/* At the run's own base, by the name it had. */
static int open_attempt(struct reopened *r, struct fault *why)
{
	struct attempt *a = &r->attempt;
	CLEANUP(str_free) char *base = xstrdup(a->run.base ? a->run.base : "");
	char oid[OID_MAX];

	snprintf(oid, sizeof oid, "%s", a->run.base_oid);
	r->options.base = oid;
	if (r->asked.agent.simulate)
		a->extra = simulation_stage();
	if (attempt_open(a, why) < 0)
		return -1;
	str_replace(&a->run.base, base);
	r->options.base = NULL;
	if (!a->run.branch) {
		CLEANUP(buf_release) struct buf branch = BUF_INIT;

		/* Cut off between its claim and the first step that wrote this down. */
		buf_printf(&branch, "%s%s", a->policy.branch_prefix, a->run.id);
		str_replace(&a->run.branch, branch.data);
	}
	if (!r->asked.brief.text)
		return 0;
	if (agent_find(&r->agent, &r->asked.agent, &a->policy, why) < 0 ||
		attempt_box_check(a, &r->agent, why) < 0)
		return -1;
	str_replace(&a->run.agent, r->agent.name);
	str_replace(&a->run.model, r->agent.model);
	return 0;
}

int reopen_run(struct reopened *r, struct repo *repo, struct store *store, const char *id,
	int (*allowed)(const struct run *run, struct fault *why), bool trust, struct fault *why)
{
	*r = (struct reopened){.asked = {.options = {.allow = VEC_INIT}}};
	agent_init(&r->agent);
	attempt_init(&r->attempt, repo, store, &r->options, RUN_KIND_ISSUE);
	if (lock_run(&r->attempt, id, allowed, why) < 0 || pins_unlock(repo, id, why) < 0 ||
		read_asked(r, id, why) < 0)
		return -1;
	r->options = r->asked.options;
	r->options.trust = trust;
	return open_attempt(r, why);
}

void reopen_release(struct reopened *r)
{
	attempt_release(&r->attempt);
	agent_release(&r->agent);
	asked_release(&r->asked);
}

int reopen_detach(struct reopened *r, bool detach, struct fault *why)
{
	struct attempt *a = &r->attempt;

	if (!detach)
		return 0;
	/* --no-wait is answered while somebody is there to hear it. */
	return attempt_place_try(a, why) < 0 ? -1 : background_go(a, why);
}

const struct run_pass *reopen_last_taken(const struct run *run)
{
	for (size_t i = run->passes_len; i-- > 0;)
		if (run->passes[i].tree[0])
			return &run->passes[i];
	return NULL;
}

/* The directory of the run and of nothing else, as its record names it. */
static bool is_own(const struct run *run)
{
	const char *last = run->work_dir ? strrchr(run->work_dir, '/') : NULL;

	return last && run->work_dir[0] == '/' && !strcmp(last + 1, run->id);
}

/* Whole from the moment on in which an agent started in it. */
static bool has_checkout(const struct run *run)
{
	CLEANUP(str_free) char *head = NULL, *tree = NULL;

	if (!is_own(run) || !run->passes_len)
		return false;
	head = fs_join(run->work_dir, "git/HEAD");
	tree = fs_join(run->work_dir, "tree/.git");
	return fs_exists(head) && fs_exists(tree);
}

/* Begun before the record could name it. */
static int remove_unnamed(const struct attempt *a, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	if (workspace_root(a->repo, &a->policy, &path, why) < 0)
		return -1;
	buf_printf(&path, "/%s", a->run.id);
	return fs_remove(path.data, why);
}

int reopen_workspace(struct reopened *r, bool keep, struct fault *why)
{
	struct attempt *a = &r->attempt;
	const struct run_pass *taken = reopen_last_taken(&a->run);

	if (keep && has_checkout(&a->run))
		return attempt_rejoin(a, why);
	if ((is_own(&a->run) && fs_remove(a->run.work_dir, why) < 0) || remove_unnamed(a, why) < 0)
		return -1;
	if (taken)
		snprintf(a->from, sizeof a->from, "%s",
			taken->sealed[0] ? taken->sealed : taken->tip);
	/* A patch is applied in one; a revision, and what was sealed, needs none. */
	return attempt_begin(
		a, r->asked.brief.text || (!r->asked.revision && !a->run.head_oid[0]), why);
}
