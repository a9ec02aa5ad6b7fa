#include "flow/wait.h"
#include "base/alloc.h"
#include "base/term.h"
#include "port/clock.h"
#include "port/proc.h"

#include <stdlib.h>

#define LOOK_MS 250 /* between two looks at a run whose process tells nothing */
#define SOON_MS 20  /* where its process has just ended, or writes its report */

/* Its record says that it is over, and nobody holds it any more: the report is written. */
static int is_done(struct store *s, const char *id, struct run *r, struct fault *why)
{
	struct fs_lock lock = FS_LOCK_INIT;
	int found = store_read(s, id, r, why), held;

	if (found == 1)
		return fault_set(
			why, EXIT_FATAL, "run '%s' was dropped while it was waited for", id);
	if (found < 0 || !run_is_over(r->state))
		return found < 0 ? -1 : 0;
	held = store_lock(s, id, &lock, why);
	fs_unlock(&lock);
	return held < 0 ? -1 : !held;
}

static int64_t rest_of(int64_t until)
{
	int64_t rest = until < 0 ? LOOK_MS : until - clock_now_ms();

	return rest < LOOK_MS ? rest : LOOK_MS;
}

static int await_one(
	struct store *s, const char *id, int64_t until, struct run *r, struct fault *why)
{
	for (;;) {
		int done = is_done(s, id, r, why);

		if (done)
			return done < 0 ? -1 : 0;
		if (proc_stop_requested())
			return fault_set(why, EXIT_INTERRUPTED, "interrupted");
		if (rest_of(until) <= 0) {
			fault_set(why, EXIT_BUSY, "run '%s' is still %s", id,
				run_state_name(r->state));
			fault_reason(why, "timeout");
			return fault_hint(why, "git agent status %s", id);
		}
		if (run_is_over(r->state) || proc_owner_wait(&r->owner, rest_of(until)) == 0)
			proc_owner_wait(NULL, SOON_MS);
		run_release(r);
	}
}

static void add_live(struct store *s, const struct vec *names, struct vec *out)
{
	for (size_t i = 0; i < names->len; i++) {
		CLEANUP(run_release) struct run r;
		struct fault damaged = FAULT_INIT;

		if (store_read(s, names->items[i], &r, &damaged) == 0 && !run_is_over(r.state))
			vec_push(out, names->items[i]);
	}
}

static void print_json(struct json *runs)
{
	CLEANUP(json_free) struct json *whole = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_set_int(whole, "version", RUN_VERSION);
	json_set(whole, "runs", runs);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

static int await_all(struct store *s, const struct vec *ids, const struct wait_options *o,
	struct json *runs, struct fault *why)
{
	int64_t until = o->timeout_ms < 0 ? -1 : clock_now_ms() + o->timeout_ms;
	int worst = EXIT_DONE;

	for (size_t i = 0; i < ids->len; i++) {
		CLEANUP(run_release) struct run r;
		int code;

		run_init(&r);
		if (await_one(s, ids->items[i], until, &r, why) < 0)
			return -1;
		code = run_exit(&r);
		worst = code > worst ? code : worst;
		json_push(runs, run_to_json(&r));
		if (!o->json)
			term_outf("%s: %s\n", r.id, run_state_name(r.state));
	}
	return worst;
}

int wait_run(
	struct store *s, const struct vec *ids, const struct wait_options *o, struct fault *why)
{
	CLEANUP(vec_release) struct vec all = VEC_INIT, live = VEC_INIT;
	struct json *runs = json_array();
	int code;

	if (!ids->len && store_names(s, &all, why) < 0) {
		json_free(&runs);
		return -1;
	}
	add_live(s, &all, &live);
	code = await_all(s, ids->len ? ids : &live, o, runs, why);
	if (code >= 0 && o->json)
		print_json(runs);
	else
		json_free(&runs);
	return code;
}
