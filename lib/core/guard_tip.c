#include "core/guard_tip.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "port/clock.h"
#include "port/git.h"
#include "port/json.h"

#include <ctype.h>
#include <string.h>

static bool has_record(const struct store *store, const char *id)
{
	CLEANUP(str_free) char *path = NULL;

	if (!run_name_valid(id))
		return false;
	path = store_path(store, id, "run.json");
	return fs_exists(path);
}

/*
 * A branch is a prefix, whatever the policy calls it, and the run's name: so the few tails of the branch's name are tried, and
 * the record has the last word.
 */
int guard_tip_run(struct store *store, const char *branch, struct run *out, struct fault *why)
{
	for (const char *tail = branch; tail && *tail; tail++) {
		if (tail > branch && isalnum((unsigned char)tail[-1]))
			continue;
		if (!has_record(store, tail))
			continue;
		int none = store_read(store, tail, out, why);

		if (none < 0)
			return -1;
		if (!none && out->branch && strcmp(out->branch, branch) == 0)
			return 0;
		run_release(out);
		run_init(out);
	}
	return 1;
}

static int branch_tip(const struct gitdir *dir, const char *ref, struct buf *tip, struct fault *why)
{
	struct git_call call = {.git_dir = dir->git_dir};

	if (git_do(&call, tip, why, "rev-parse", "--verify", "-q", ref, NULL))
		return -1;
	buf_rtrim(tip);
	return 0;
}

static bool is_flagged(const struct run *run, const char *flag)
{
	return vec_has(&run->flags, flag);
}

static int note_event(struct store *store, const struct run *run, const char *tip, const char *flag,
	struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(store, run->id, "events.ndjson");
	CLEANUP(json_free) struct json *event = json_object();
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	char stamp[CLOCK_STAMP_SIZE];

	clock_stamp(stamp);
	json_set_text(event, "time", stamp);
	json_set_text(event, "event", "moved");
	json_set_text(event, "from", run_state_name(run->state));
	json_set_text(event, "to", run_state_name(run->state));
	json_set_text(event, "tip", tip);
	json_set_text(event, "note", flag);
	json_write(event, false, &line);
	return fs_append_line(path, line.data, why);
}

static int flag_run(
	struct store *store, struct run *run, const char *tip, char **flag, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	buf_printf(&text, RUN_STALE "the verdict speaks for %.7s, not for the branch's tip",
		run->head_oid);
	if (is_flagged(run, text.data))
		return 1;
	run_flag(run, "%s", text.data);
	if (store_save(store, run, why) || note_event(store, run, tip, text.data, why))
		return -1;
	*flag = buf_take(&text);
	return 0;
}

int guard_tip_moved(const struct gitdir *dir, const char *ref, char **flag, struct fault *why)
{
	CLEANUP(store_release) struct store store;
	CLEANUP(run_release) struct run run;
	CLEANUP(fs_unlock) struct fs_lock lock = FS_LOCK_INIT;
	CLEANUP(buf_release) struct buf tip = BUF_INIT;
	const char *made;

	run_init(&run);
	store_init(&store, dir->common_dir);
	if (strncmp(ref, "refs/heads/", 11) != 0)
		return 1;
	int none = guard_tip_run(&store, ref + 11, &run, why);

	if (none)
		return none;
	/* Who holds the run works on it, and will judge what it finds. */
	none = store_lock(&store, run.id, &lock, why);
	if (none || !run_is_over(run.state) || !run.head_oid[0])
		return none ? none : 1;
	if (branch_tip(dir, ref, &tip, why))
		return -1;
	/* What a later pass has sealed and the gate has not let through is not on the branch. */
	made = run.proposed_oid[0] ? run.proposed_oid : run.head_oid;
	return strcmp(tip.data, made) == 0 ? 1 : flag_run(&store, &run, tip.data, flag, why);
}
