#include "flow/attempt_branch.h"
#include "base/alloc.h"
#include "port/git.h"

#include <stdio.h>
#include <string.h>

static void put_ref(const struct attempt *a, struct buf *out)
{
	buf_printf(out, "refs/heads/%s", a->run.branch);
}

static int refuse_moved(const struct attempt *a, struct fault *why)
{
	fault_set(why, EXIT_REFUSED, "the branch '%s' has commits that are not the run's",
		a->run.branch);
	fault_reason(why, "branch_moved");
	return fault_hint(why,
		"git agent try %s, or give them another branch: git branch -m %s <name>",
		a->run.branch, a->run.branch);
}

/* Moving it would change what somebody's HEAD is, below the files they have there. */
static int refuse_checked_out(const struct attempt *a, const char *ref, struct fault *why)
{
	struct git_call call = {.git_dir = a->repo->git_dir};
	CLEANUP(buf_release) struct buf list = BUF_INIT, line = BUF_INIT;

	if (git_do(&call, &list, why, "worktree", "list", "--porcelain", NULL) < 0)
		return -1;
	buf_printf(&line, "branch %s\n", ref);
	if (!strstr(list.data, line.data))
		return 0;
	fault_set(why, EXIT_REFUSED, "the branch '%s' is checked out", a->run.branch);
	fault_reason(why, "checked_out");
	return fault_hint(why, "git switch - (there), and ask again");
}

/* What it must have to be moved: what was proposed; "" where it is not there, or was never made by the run. */
static int find_old(const struct attempt *a, const char *ref, char old[OID_MAX], struct fault *why)
{
	int found = a->run.proposed_oid[0] ? repo_ref(a->repo, ref, old, why) : 1;

	if (found < 0)
		return -1;
	if (found == 1)
		old[0] = '\0';
	else if (strcmp(old, a->run.proposed_oid) != 0)
		return refuse_moved(a, why);
	return 0;
}

int attempt_branch_check(const struct attempt *a, struct fault *why)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT;
	char old[OID_MAX];

	put_ref(a, &ref);
	if (find_old(a, ref.data, old, why) < 0)
		return -1;
	return old[0] ? refuse_checked_out(a, ref.data, why) : 0;
}

/* Made by an earlier go of the run that could not write it down any more. */
static bool is_there(const struct attempt *a, const char *ref)
{
	struct fault ignored = FAULT_INIT;
	char now[OID_MAX];

	return repo_ref(a->repo, ref, now, &ignored) == 0 && !strcmp(now, a->run.head_oid);
}

static int move(struct attempt *a, const char *ref, struct fault *why)
{
	char old[OID_MAX];
	int done;

	if (find_old(a, ref, old, why) < 0 || (old[0] && refuse_checked_out(a, ref, why) < 0))
		return -1;
	done = repo_ref_set(a->repo, ref, a->run.head_oid, old,
		old[0] ? "agent: revised" : "agent: proposed", why);
	if (done == 1 && old[0])
		return refuse_moved(a, why);
	if (done == 1) {
		fault_set(why, EXIT_FATAL, "a branch '%s' appeared while the run worked",
			a->run.branch);
		fault_hint(why, "git branch -m %s <another name>, and run it again", a->run.branch);
	}
	return done ? -1 : 0;
}

int attempt_propose(struct attempt *a, struct fault *why)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT;

	put_ref(a, &ref);
	if (!is_there(a, ref.data) && move(a, ref.data, why) < 0) {
		if (!why->hint[0])
			fault_hint(why, "it was green: git branch %s %.10s", a->run.branch,
				a->run.head_oid);
		return -1;
	}
	snprintf(a->run.proposed_oid, OID_MAX, "%s", a->run.head_oid);
	return store_apply(a->store, &a->run, RUN_EV_GREEN, NULL, why);
}
