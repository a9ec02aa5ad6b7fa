/* The store on a real disk: claims, transitions, the index and what mends it. */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/store.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];

static bool is_even(void *state, const char *name)
{
	(void)state;
	return name[strlen(name) - 1] == '2';
}

static int claim(struct store *s, struct run *r, const char *name, bool number, struct fault *why)
{
	run_init(r);
	str_replace(&r->title, "a title");
	return store_claim(s, r, name, number, NULL, NULL, why);
}

static void test_claim(struct store *s)
{
	CLEANUP(run_release) struct run a, b, c, d, e;
	struct fault why = FAULT_INIT;
	const char *wide = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee";

	ok(claim(s, &a, "issue", true, &why) == 0 && !strcmp(a.id, "issue"),
		"a free name is claimed");
	ok(claim(s, &b, "issue", true, &why) == 0 && !strcmp(b.id, "issue-2"),
		"a taken one gets a number");
	ok(claim(s, &c, "issue", false, &why) == 1, "or is refused");
	run_init(&d);
	ok(store_claim(s, &d, "other-2", true, is_even, NULL, &why) == 0 &&
			!strcmp(d.id, "other-2-3"),
		"what the caller calls taken is passed over: %s", d.id);
	run_release(&d);
	claim(s, &d, wide, true, &why);
	ok(claim(s, &e, wide, true, &why) == 0 && strlen(e.id) <= RUN_NAME_MAX &&
			run_name_valid(e.id) && !strcmp(e.id + strlen(e.id) - 2, "-2"),
		"a long name makes room for its number: %s", e.id);
}

static size_t count_lines(struct store *s, const char *id, const char *file)
{
	CLEANUP(str_free) char *path = store_path(s, id, file);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	size_t lines = 0;

	fs_read(path, &text, 1 << 20, &why);
	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	return lines;
}

static void test_apply(struct store *s)
{
	CLEANUP(run_release) struct run r, back;
	struct fault why = FAULT_INIT;

	run_init(&back);
	claim(s, &r, "walk", false, &why);
	ok(store_apply(s, &r, RUN_EV_GREEN, NULL, &why) < 0 && why.message[0] &&
			r.state == RUN_QUEUED,
		"an event the state does not know is refused: %s", why.message);
	fault_clear(&why);
	ok(store_apply(s, &r, RUN_EV_PREPARE, NULL, &why) == 0 &&
			store_apply(s, &r, RUN_EV_WORK, NULL, &why) == 0,
		"events the states know are applied");
	ok(store_read(s, "walk", &back, &why) == 0 && back.state == RUN_WORKING, "and read back");
	ok(count_lines(s, "walk", "events.ndjson") == 3, "each left its line");
	run_release(&back);
	r.owner.start++;
	store_save(s, &r, &why);
	ok(store_read(s, "walk", &back, &why) == 0 && back.state == RUN_INTERRUPTED,
		"a record whose owner is another process by now is interrupted");
	run_release(&back);
	ok(store_apply(s, &r, RUN_EV_FAIL, "a note", &why) == 0 && r.finished[0] &&
			r.owner.pid == 0,
		"the end has a time and no owner");
	ok(store_read(s, "nobody", &back, &why) == 1, "a run that is not there");
	ok(store_read(s, "../walk", &back, &why) == 1, "a name that is none");
}

static size_t listed(struct store *s, enum run_state state)
{
	struct store_index index;
	struct fault why = FAULT_INIT;
	size_t count;

	if (store_index_open(s, &index, &why) < 0)
		return 9999;
	count = index.counts[state];
	store_index_close(&index);
	return count;
}

static void test_index(struct store *s)
{
	CLEANUP(str_free) char *index = fs_join(s->runs, "index.ndjson");
	CLEANUP(str_free) char *pending = fs_join(s->runs, ".pending");
	struct fault why = FAULT_INIT;
	size_t queued = listed(s, RUN_QUEUED);

	ok(queued == 5 && listed(s, RUN_FAILED) == 1, "one line per run, by state");
	unlink(index);
	ok(listed(s, RUN_QUEUED) == queued, "a missing index is made again");
	fs_write_derived(index, "rubbish\n", 8, &why);
	ok(listed(s, RUN_QUEUED) == queued, "a damaged one too");
	{
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		fs_read(index, &text, 1 << 20, &why);
		fs_write_derived(index, text.data, text.len - 9, &why);
	}
	ok(listed(s, RUN_QUEUED) == queued && listed(s, RUN_FAILED) == 1,
		"and one whose last line is torn");
	fs_write_derived(index, "", 0, &why);
	fs_write_derived(pending, "", 0, &why);
	ok(listed(s, RUN_QUEUED) == queued && !fs_exists(pending),
		"and one that was cut off in a change");
}

static void test_remove(struct store *s)
{
	struct fault why = FAULT_INIT;
	size_t queued = listed(s, RUN_QUEUED);

	ok(store_remove(s, "issue-2", &why) == 0 && listed(s, RUN_QUEUED) == queued - 1,
		"a removed run is gone");
	ok(store_remove(s, "issue-2", &why) == 0, "twice is once");
}

static void test_damage(struct store *s)
{
	CLEANUP(str_free) char *path = store_path(s, "issue", "run.json");
	CLEANUP(run_release) struct run r;
	struct fault why = FAULT_INIT;

	fs_write_derived(path, "{\"id\":", 6, &why);
	ok(store_read(s, "issue", &r, &why) < 0 && strstr(why.message, "damaged") && why.hint[0],
		"a damaged record is named: %s", why.message);
}

static char said[512];
static int times_said;

static void note(const char *line)
{
	snprintf(said, sizeof said, "%s", line);
	times_said++;
}

/* What a machine reset may leave at the end of a file: `tail` after its lines. */
static void tear(struct store *s, const char *id, const char *tail, size_t len)
{
	CLEANUP(str_free) char *path = store_path(s, id, "events.ndjson");
	FILE *f = fopen(path, "a");

	fwrite(tail, 1, len, f);
	fclose(f);
}

static bool has_text(struct store *s, const char *id, const char *file, const char *text)
{
	CLEANUP(str_free) char *path = store_path(s, id, file);
	CLEANUP(buf_release) struct buf all = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(path, &all, 1 << 20, &why) == 0 &&
	       memmem(all.data, all.len, text, strlen(text));
}

static void test_torn(struct store *s)
{
	static const char part[] = "{\"time\":\"2026-01-01T00:0", whole[] = "{\"event\":\"whole\"}";
	CLEANUP(run_release) struct run r;
	struct fault why = FAULT_INIT;

	s->say = note;
	claim(s, &r, "torn", false, &why);
	store_apply(s, &r, RUN_EV_PREPARE, NULL, &why);
	ok(!times_said, "nothing is said of what is whole");
	tear(s, "torn", part, strlen(part));
	ok(store_apply(s, &r, RUN_EV_WORK, NULL, &why) == 0 && times_said == 1 &&
			strstr(said, "events.torn"),
		"a torn line is said once: %s", said);
	ok(count_lines(s, "torn", "events.ndjson") == 3 &&
			!has_text(s, "torn", "events.ndjson", "T00:0{"),
		"every whole line is there, and the next one stands by itself");
	ok(has_text(s, "torn", "events.torn", part), "what was torn is kept aside");
	tear(s, "torn", whole, strlen(whole));
	ok(store_apply(s, &r, RUN_EV_GATE, NULL, &why) == 0 && times_said == 2 &&
			count_lines(s, "torn", "events.ndjson") == 5 &&
			has_text(s, "torn", "events.ndjson", "whole"),
		"one that lacks nothing but its end is completed: %s", said);
	tear(s, "torn", "\0\0\0\0", 4);
	ok(store_apply(s, &r, RUN_EV_FAIL, NULL, &why) == 0 && times_said == 3 &&
			count_lines(s, "torn", "events.ndjson") == 6,
		"zeroes where the data of a file was not written are no line");
	ok(count_lines(s, "torn", "events.torn") == 2, "and stand aside behind the other");
	s->say = NULL;
}

/* Sixteen processes claim the same name at once: every one gets a name of its own. */
static void test_race(struct store *s)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault why = FAULT_INIT;
	size_t before = 0, after = 0;
	int status, good = 0;

	store_names(s, &names, &why);
	before = names.len;
	for (int i = 0; i < 16; i++)
		if (fork() == 0) {
			struct run r;

			_exit(claim(s, &r, "race", true, &why) ? 1 : 0);
		}
	while (wait(&status) > 0)
		good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	vec_clear(&names);
	store_names(s, &names, &why);
	after = names.len;
	ok(good == 16 && after == before + 16, "sixteen claims at once: %d", good);
	ok(vec_has(&names, "race") && vec_has(&names, "race-16"), "numbered without gaps");
}

static void test_lock(struct store *s)
{
	struct fs_lock one = FS_LOCK_INIT, two = FS_LOCK_INIT;
	struct fault why = FAULT_INIT;

	ok(store_lock(s, "race", &one, &why) == 0, "a run is taken");
	ok(store_lock(s, "race", &two, &why) == 1, "by one process at a time");
	fs_unlock(&one);
	ok(store_lock(s, "race", &two, &why) == 0, "and free again");
	fs_unlock(&two);
}

int main(void)
{
	CLEANUP(store_release) struct store s;
	struct fault why = FAULT_INIT;

	snprintf(dir, sizeof dir, "/tmp/u-store.%ld", (long)getpid());
	fs_mkdirs(dir, 0700, &why);
	store_init(&s, dir);
	ok(listed(&s, RUN_QUEUED) == 0, "a store that is not there has no runs");
	test_claim(&s);
	test_apply(&s);
	test_index(&s);
	test_remove(&s);
	test_damage(&s);
	test_torn(&s);
	test_race(&s);
	test_lock(&s);
	fs_remove(dir, &why);
	return tap_done();
}
