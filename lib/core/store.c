#include "core/store.h"
#include "base/alloc.h"
#include "core/store_index.h"
#include "core/store_mend.h"
#include "port/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LEFT_MS 12000 /* until what cannot be killed is taken for another process */
#define LOOK_MS 20

#define CLAIM "claim" /* the event before any in the table */

/* The store's lock, and the mark of a change under way: while it lies there unlocked, the index is in doubt. */
static int begin_change(struct store *s, struct fs_lock *lock, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(s->runs, ".lock");
	CLEANUP(str_free) char *pending = fs_join(s->runs, STORE_PENDING);

	if (fs_lock(lock, path, true, why) < 0)
		return -1;
	return fs_write_derived(pending, "", 0, why);
}

static void end_change(struct store *s, struct fs_lock *lock)
{
	CLEANUP(str_free) char *pending = fs_join(s->runs, STORE_PENDING);

	remove(pending);
	fs_unlock(lock);
}

/* What a machine reset must leave: all but the claim, before which there is no record to lose and after which nothing is told. */
static bool must_last(const char *event)
{
	return !event || strcmp(event, CLAIM) != 0;
}

/* Record, event, index, in this order: whatever is cut off, the record is right and the index is in doubt. */
static int put(struct store *s, const struct run *r, const char *event, const char *from,
	const char *note, struct fault *why)
{
	struct fs_lock lock = FS_LOCK_INIT;
	int done = begin_change(s, &lock, why);

	if (!done)
		done = store_write(s, r, must_last(event), why);
	if (!done && event)
		done = store_mend(s, r->id, why);
	if (!done && event)
		done = store_add_event(s, r, event, from, note, must_last(event), why);
	if (!done)
		done = store_index_put(s, r, why);
	if (!done)
		end_change(s, &lock);
	else
		fs_unlock(&lock);
	return done < 0 ? fault_wrap(why, "cannot record run '%s'", r->id) : 0;
}

/* mkdir is the claim; 1: taken. */
static int claim_one(struct store *s, const char *name,
	bool (*taken)(void *state, const char *name), void *state, struct fault *why)
{
	CLEANUP(str_free) char *dir = fs_join(s->runs, name);

	if (fs_exists(dir) || (taken && taken(state, name)))
		return 1;
	if (!mkdir(dir, 0755))
		return 0;
	if (errno == EEXIST)
		return 1;
	fault_errno(why, "cannot create '%s'", dir);
	return fault_hint(why, "ls -ld %s shows who may write there", s->runs);
}

int store_claim(struct store *s, struct run *r, const char *wanted, bool number,
	bool (*taken)(void *state, const char *name), void *state, struct fault *why)
{
	char name[RUN_NAME_MAX + 16];
	int done;

	if (fs_mkdirs(s->runs, 0755, why) < 0)
		return -1;
	snprintf(name, sizeof name, "%.*s", RUN_NAME_MAX, wanted);
	done = claim_one(s, name, taken, state, why);
	for (int n = 2; done == 1 && number && n < 100000; n++) {
		char tail[16];
		int len = snprintf(tail, sizeof tail, "-%d", n);
		int room = RUN_NAME_MAX - len;

		while (room > 1 && (int)strlen(wanted) >= room && wanted[room - 1] == '-')
			room--;
		snprintf(name, sizeof name, "%.*s%s", room, wanted, tail);
		done = claim_one(s, name, taken, state, why);
	}
	if (done)
		return done;
	str_replace(&r->id, name);
	r->state = RUN_QUEUED;
	clock_stamp(r->started);
	proc_owner_self(&r->owner);
	return put(s, r, CLAIM, NULL, NULL, why);
}

int store_read(struct store *s, const char *id, struct run *out, struct fault *why)
{
	int found;

	run_init(out);
	if (!run_name_valid(id))
		return 1;
	found = store_load(s, id, out, why);
	if (!found && !run_is_over(out->state) && !proc_owner_alive(&out->owner)) {
		out->state = RUN_INTERRUPTED;
		out->owner.pid = 0;
	}
	return found;
}

int store_apply(
	struct store *s, struct run *r, enum run_event event, const char *note, struct fault *why)
{
	enum run_state from = r->state;
	int next = run_next(from, event);

	if (next < 0)
		return fault_set(why, EXIT_FATAL, "run '%s' is %s: it cannot %s now", r->id,
			run_state_name(from), run_event_name(event));
	r->state = (enum run_state)next;
	if (run_is_over(r->state)) {
		clock_stamp(r->finished);
		r->owner.pid = 0;
	} else {
		r->finished[0] = '\0';
		proc_owner_self(&r->owner);
	}
	if (put(s, r, run_event_name(event), run_state_name(from), note, why) < 0) {
		r->state = from;
		return -1;
	}
	return 0;
}

int store_save(struct store *s, struct run *r, struct fault *why)
{
	return put(s, r, NULL, NULL, NULL, why);
}

int store_remove(struct store *s, const char *id, struct fault *why)
{
	CLEANUP(str_free) char *dir = fs_join(s->runs, id);
	struct fs_lock lock = FS_LOCK_INIT;
	int done = begin_change(s, &lock, why);

	if (!done)
		done = fs_remove(dir, why);
	if (!done)
		done = store_index_drop(s, id, why);
	if (!done)
		end_change(s, &lock);
	else
		fs_unlock(&lock);
	return done;
}

int store_lock_over(struct store *s, const char *id, struct fs_lock *lock, struct fault *why)
{
	int64_t until = clock_now_ms() + LEFT_MS;

	for (;;) {
		CLEANUP(run_release) struct run r;
		int held = store_lock(s, id, lock, why);

		run_init(&r);
		/* Who takes it up again says so in the record. */
		if (held <= 0 || store_read(s, id, &r, why) || !run_is_over(r.state) ||
			clock_now_ms() > until || proc_stop_requested())
			return held;
		proc_owner_wait(NULL, LOOK_MS);
	}
}

int store_lock(struct store *s, const char *id, struct fs_lock *lock, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(s, id, "lock");

	return fs_lock(lock, path, false, why);
}
