#include "flow/runs.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/incoming.h"
#include "core/layer.h"
#include "core/pins.h"
#include "core/spare.h"
#include "port/proc.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define STOP_WAIT_MS 15000 /* a supervisor gives its children a second, then writes its report */
#define STOP_LOOK_MS 50

static int no_such_run(const char *id, struct fault *why)
{
	fault_set(why, EXIT_FATAL, "there is no run '%s'", id);
	return fault_hint(why, "git agent status");
}

int runs_named(
	struct store *store, const struct vec *names, bool all, struct vec *out, struct fault *why)
{
	if (all)
		return store_names(store, out, why);
	for (size_t i = 0; i < names->len; i++) {
		const char *id = names->items[i];
		CLEANUP(str_free) char *dir = store_path(store, id, "");

		if (!run_name_valid(id) || !fs_is_dir(dir))
			return no_such_run(id, why);
		vec_push(out, id);
	}
	return 0;
}

/* Waits until the record says it is over. 1: it did not end in time. */
static int await_end(struct store *store, const char *id, struct fault *why)
{
	const struct timespec pause = {0, STOP_LOOK_MS * 1000000L};

	for (int waited = 0; waited < STOP_WAIT_MS && !proc_stop_requested();
		waited += STOP_LOOK_MS) {
		CLEANUP(run_release) struct run r;

		if (store_read(store, id, &r, why))
			return -1;
		if (run_is_over(r.state))
			return 0;
		nanosleep(&pause, NULL);
	}
	return 1;
}

static int stop_live(struct store *store, const struct run *r, struct fault *why)
{
	CLEANUP(str_free) char *mark = store_path(store, r->id, "stop");
	int done;

	if (fs_write_derived(mark, "", 0, why) < 0 ||
		proc_owner_signal(&r->owner, SIGTERM, why) < 0)
		return -1;
	done = await_end(store, r->id, why);
	if (done == 1) {
		fault_set(why, EXIT_BUSY, "run '%s' has not ended yet", r->id);
		return fault_hint(why, "git agent status %s", r->id);
	}
	return done;
}

static int settle(struct store *store, const char *id, struct fault *why)
{
	CLEANUP(run_release) struct run r;

	if (store_read(store, id, &r, why))
		return -1;
	if (r.state == RUN_INTERRUPTED && store_apply(store, &r, RUN_EV_STOP, NULL, why) < 0)
		return -1;
	term_say("%s: %s", r.id, run_state_name(r.state));
	return 0;
}

int runs_stop(struct store *store, const char *id, struct fault *why)
{
	CLEANUP(run_release) struct run r;
	int found = store_read(store, id, &r, why);

	if (found)
		return found < 0 ? -1 : no_such_run(id, why);
	if (!run_is_over(r.state) && stop_live(store, &r, why) < 0)
		return -1;
	return settle(store, id, why);
}

/* The run's own: the prefix and its name. What a damaged record names besides is nobody's to delete. */
static bool is_own_branch(const struct run *r)
{
	size_t len = strlen(r->branch), name = strlen(r->id);

	return len > name && !strcmp(r->branch + len - name, r->id);
}

static int drop_branch(struct repo *repo, const struct run *r, bool delete, struct fault *why)
{
	/* A later pass may have been judged red: the branch has what was proposed. */
	const char *made = r->proposed_oid[0] ? r->proposed_oid : r->head_oid;
	CLEANUP(buf_release) struct buf ref = BUF_INIT;
	char oid[OID_MAX];
	int found;

	if (!r->branch || !made[0] || !is_own_branch(r))
		return 0;
	buf_printf(&ref, "refs/heads/%s", r->branch);
	found = repo_ref(repo, ref.data, oid, why);
	if (found)
		return found < 0 ? -1 : 0;
	if (delete &&!strcmp(oid, made)) {
		if (repo_ref_delete(repo, ref.data, oid, why) < 0)
			return -1;
		term_say("%s: branch %s deleted (was %.10s)", r->id, r->branch, oid);
		return 0;
	}
	term_say("%s: branch %s is kept%s: git branch -D %s", r->id, r->branch,
		strcmp(oid, made) != 0 ? ", it has commits of yours" : "", r->branch);
	return 0;
}

/* The directory of the run and of nothing else: its last part is the run's name. */
static int remove_recorded(const struct run *r, struct fault *why)
{
	const char *last = r->work_dir ? strrchr(r->work_dir, '/') : NULL;

	if (!last || r->work_dir[0] != '/' || strcmp(last + 1, r->id) != 0)
		return 0;
	return fs_remove(r->work_dir, why);
}

/* What a run leaves where no record tells of it: one that was cut off early, or whose record is damaged. */
static int remove_leftovers(const struct repo *repo, const char *id, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	struct fault nowhere = FAULT_INIT;

	if (incoming_discard(repo, id, why) < 0)
		return -1;
	if (workspace_root_now(repo, &path, &nowhere) < 0)
		return 0;
	buf_printf(&path, "/%s", id);
	return fs_remove(path.data, why);
}

static int drop_held(struct repo *repo, struct store *store, struct run *r,
	const struct runs_drop *o, struct fault *why)
{
	if (store_apply(store, r, RUN_EV_DROP, NULL, why) < 0 || remove_recorded(r, why) < 0)
		return -1;
	return drop_branch(repo, r, o->branch, why);
}

/* Whoever is about to take it up again holds its lock. */
static int drop_readable(struct repo *repo, struct store *store, struct run *r,
	const struct runs_drop *o, struct fault *why)
{
	struct fs_lock lock = FS_LOCK_INIT;
	int held;

	if (!run_is_over(r->state)) {
		fault_set(why, EXIT_BUSY, "run '%s' is %s", r->id, run_state_name(r->state));
		return fault_hint(why, "git agent stop %s", r->id);
	}
	if (o->dry_run) {
		term_outf("would drop %s (%s)\n", r->id, run_state_name(r->state));
		return 1;
	}
	held = store_lock_over(store, r->id, &lock, why);
	if (held == 1) {
		fault_set(why, EXIT_BUSY, "another process is at run '%s'", r->id);
		fault_hint(why, "git agent stop %s", r->id);
	}
	if (!held)
		held = drop_held(repo, store, r, o, why);
	fs_unlock(&lock);
	return held ? -1 : 0;
}

int runs_drop(struct repo *repo, struct store *store, const char *id, const struct runs_drop *o,
	struct fault *why)
{
	CLEANUP(run_release) struct run r;
	int found = store_read(store, id, &r, why), done = 0;

	if (found < 0) {
		term_warn("%s", why->message);
		fault_clear(why);
		if (o->dry_run)
			return 0;
	} else if (!found) {
		done = drop_readable(repo, store, &r, o, why);
	}
	if (done)
		return done < 0 ? -1 : 0;
	if (remove_leftovers(repo, id, why) < 0 || pins_unlock(repo, id, why) < 0 ||
		pins_delete(repo, id, why) < 0 || store_remove(store, id, why) < 0)
		return -1;
	term_say("%s: dropped", id);
	return 0;
}

void runs_free_shared(const struct repo *repo)
{
	CLEANUP(buf_release) struct buf root = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (workspace_root_now(repo, &root, &ignored) < 0)
		return;
	layer_prune(root.data, 0);
	spare_prune(root.data, 0);
}
