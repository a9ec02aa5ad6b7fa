#include "flow/status.h"
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/gitdir.h"
#include "port/json.h"
#include "port/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FOLLOW_MS 200 /* between two looks at the index */

static const enum term_paint paints[RUN_STATES] = {
	[RUN_QUEUED] = PAINT_CYAN,
	[RUN_PREPARING] = PAINT_CYAN,
	[RUN_WORKING] = PAINT_CYAN,
	[RUN_GATING] = PAINT_CYAN,
	[RUN_PROPOSED] = PAINT_GREEN,
	[RUN_PUSHED] = PAINT_GREEN,
	[RUN_OPENED] = PAINT_GREEN,
	[RUN_MERGED] = PAINT_DIM,
	[RUN_CLOSED] = PAINT_DIM,
	[RUN_REJECTED] = PAINT_RED,
	[RUN_GAVE_UP] = PAINT_RED,
	[RUN_FAILED] = PAINT_RED,
	[RUN_REFUSED] = PAINT_RED,
	[RUN_INTERRUPTED] = PAINT_YELLOW,
	[RUN_STOPPED] = PAINT_YELLOW,
	[RUN_DROPPED] = PAINT_DIM,
};

static void print_row(const struct run *r)
{
	enum run_state state = r->state;
	const char *id = r->id, *started = r->started, *title = r->title ? r->title : "";
	CLEANUP(str_free) char *shown = text_cleaned(title);
	CLEANUP(buf_release) struct buf age = BUF_INIT;
	time_t when = clock_parse(started);

	if (when >= 0)
		text_put_duration(&age, (int64_t)(time(NULL) - when) * 1000);
	term_outf("%s%-11s%s %-24s %8s  %s%s\n", term_paint(paints[state], false),
		run_state_name(state), term_paint(PAINT_PLAIN, false), id, age.data, shown,
		run_is_stale(r) ? " (committed on since its verdict)" : "");
}

/* The hook post-commit notes a commit; a merge, a rebase or a reset it does not see. */
static void look_at_branch(const struct store *s, struct run *r)
{
	CLEANUP(str_free) char *common_dir = fs_dirname(s->dir);
	const struct gitdir dir = {common_dir, common_dir};
	CLEANUP(buf_release) struct buf ref = BUF_INIT;
	char oid[GITDIR_OID_SIZE];

	if (!*run_tip(r) || !r->branch)
		return;
	buf_printf(&ref, "refs/heads/%s", r->branch);
	if (!gitdir_ref(&dir, ref.data, oid))
		run_met_tip(r, oid);
}

/* A record that cannot be read is named, and the others are shown all the same. 1: there is none to show. */
static int read_record(struct store *s, const char *id, struct run *r)
{
	struct fault damaged = FAULT_INIT;
	int found = store_read(s, id, r, &damaged);

	if (found < 0)
		term_warn("%s (%s)", damaged.message, damaged.hint);
	if (!found)
		look_at_branch(s, r);
	return found ? 1 : 0;
}

/* A line of the index; a live one is asked of its record, whose owner may be gone. 1: nothing to show. */
static int read_row(
	struct store *s, const struct store_line *line, struct run *r, struct fault *why)
{
	CLEANUP(json_free) struct json *json = NULL;

	run_init(r);
	if (json_parse(line->json, line->len, &json, why) < 0)
		return -1;
	if (!run_is_over(line->state))
		return read_record(s, json_text(json, "id", ""), r);
	r->state = line->state;
	str_replace(&r->id, json_text(json, "id", ""));
	str_replace(&r->title, json_text(json, "title", ""));
	snprintf(r->started, sizeof r->started, "%s", json_text(json, "started", ""));
	if (json_bool(json, "stale", false))
		run_flag(r, RUN_STALE);
	str_replace(&r->branch, json_text(json, "branch", NULL));
	snprintf(r->proposed_oid, sizeof r->proposed_oid, "%s", json_text(json, "tip", ""));
	look_at_branch(s, r);
	return 0;
}

/* Which lines are shown: all that are live, and of the others the latest. */
static size_t first_shown(const struct store_index *index, const struct status_options *o)
{
	size_t over = 0, i = index->len;

	if (o->all)
		return 0;
	while (i && over < (size_t)o->latest)
		over += run_is_over(index->lines[--i].state);
	return i;
}

static void print_counts(const size_t counts[RUN_STATES])
{
	const char *separator = "";

	for (int i = 0; i < RUN_STATES; i++) {
		if (!counts[i])
			continue;
		term_outf("%s%zu %s", separator, counts[i], run_state_name((enum run_state)i));
		separator = ", ";
	}
	term_outf("\n");
}

/* Prints a line's run; what the index thinks alive may be over by now: it is counted as what it is. */
static int print_line(struct store *s, const struct store_line *line, size_t counts[RUN_STATES],
	struct fault *why)
{
	CLEANUP(run_release) struct run r;
	int found = read_row(s, line, &r, why);

	if (found)
		return found < 0 ? -1 : 0;
	print_row(&r);
	counts[line->state]--;
	counts[r.state]++;
	return 0;
}

static int print_list(struct store *s, const struct store_index *index,
	const struct status_options *o, struct fault *why)
{
	size_t first = first_shown(index, o), counts[RUN_STATES];

	if (!index->len) {
		term_outf("no runs yet: git agent issue <brief>\n");
		return 0;
	}
	memcpy(counts, index->counts, sizeof counts);
	for (size_t i = 0; i < index->len; i++)
		if ((i >= first || !run_is_over(index->lines[i].state)) &&
			print_line(s, &index->lines[i], counts, why) < 0)
			return -1;
	if (first)
		print_counts(counts);
	return 0;
}

static int add_record(
	struct store *s, const struct store_line *line, struct json *runs, struct fault *why)
{
	CLEANUP(json_free) struct json *json = NULL;
	CLEANUP(run_release) struct run r;

	run_init(&r);
	if (json_parse(line->json, line->len, &json, why) < 0)
		return -1;
	if (!read_record(s, json_text(json, "id", ""), &r))
		json_push(runs, run_to_json(&r));
	return 0;
}

static void print_json_row(const struct json *record)
{
	CLEANUP(run_release) struct run r;
	struct fault ignored = FAULT_INIT;

	run_init(&r);
	if (run_from_json(&r, record, &ignored) == 0)
		print_row(&r);
}

static void print_runs(struct json *runs)
{
	CLEANUP(json_free) struct json *whole = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_set_int(whole, "version", RUN_VERSION);
	json_set(whole, "runs", runs);
	json_write(whole, false, &text);
	buf_putc(&text, '\n');
	term_out(text.data, text.len);
}

static int print_list_json(struct store *s, const struct store_index *index,
	const struct status_options *o, struct fault *why)
{
	struct json *runs = json_array();
	size_t first = first_shown(index, o);

	for (size_t i = 0; i < index->len; i++) {
		if (i < first && run_is_over(index->lines[i].state))
			continue;
		if (add_record(s, &index->lines[i], runs, why) < 0) {
			json_free(&runs);
			return -1;
		}
	}
	print_runs(runs);
	return 0;
}

static void print_run(const struct run *r, const char *report)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char oid[OID_MAX];

	print_row(r);
	repo_short(r->base_oid, oid);
	buf_printf(&text, "  base    %s %s\n  branch  %s\n", r->base ? r->base : "", oid,
		r->branch ? r->branch : "");
	if (r->agent)
		buf_printf(&text, "  agent   %s %s\n", r->agent, r->model ? r->model : "");
	for (size_t i = 0; i < r->stages_len; i++)
		buf_printf(&text, "  stage   %s: %s %s\n", r->stages[i].name, r->stages[i].status,
			r->stages[i].detail ? r->stages[i].detail : "");
	for (size_t i = 0; i < r->flags.len; i++)
		buf_printf(&text, "  flag    %s\n", r->flags.items[i]);
	if (r->error_message)
		buf_printf(&text, "  reason  %s: %s\n", r->error_code, r->error_message);
	if (fs_exists(report))
		buf_printf(&text, "  report  %s\n", report);
	if (r->work_dir && fs_exists(r->work_dir))
		buf_printf(&text, "  work    %s\n", r->work_dir);
	/* A record on disk may hold anything by now. */
	text_clean(&text);
	term_out(text.data, text.len);
}

static int show_one(struct store *s, const struct status_options *o, struct fault *why)
{
	CLEANUP(run_release) struct run r;
	CLEANUP(str_free) char *report = NULL;
	int found = store_read(s, o->run, &r, why);

	if (found == 1) {
		fault_set(why, EXIT_FATAL, "there is no run '%s'", o->run);
		fault_hint(why, "git agent status");
	}
	if (found)
		return -1;
	look_at_branch(s, &r);
	report = store_path(s, r.id, "report.md");
	if (o->json) {
		struct json *runs = json_array();

		json_push(runs, run_to_json(&r));
		print_runs(runs);
	} else {
		print_run(&r, report);
	}
	return 0;
}

static int show_list(struct store *s, const struct status_options *o, struct fault *why)
{
	struct store_index index;
	int done = store_index_open(s, &index, why);

	if (done < 0)
		return -1;
	done = (o->json ? print_list_json : print_list)(s, &index, o, why);
	store_index_close(&index);
	return done;
}

/* One record per line, as soon as it differs from what was printed for that run before. */
static int print_changed(
	struct store *s, const struct status_options *o, struct json **known, struct fault *why)
{
	struct store_index index;
	struct json *now = json_object();
	size_t first;

	if (store_index_open(s, &index, why) < 0)
		return -1;
	first = first_shown(&index, o);
	for (size_t i = first; i < index.len; i++) {
		CLEANUP(json_free) struct json *runs = json_array();
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		const char *id, *before;

		if (add_record(s, &index.lines[i], runs, why) < 0 || !json_len(runs))
			continue;
		json_write(json_at(runs, 0), false, &text);
		id = json_text(json_at(runs, 0), "id", "");
		before = json_text(*known, id, "");
		json_set_text(now, id, text.data);
		if (strcmp(before, text.data) != 0 && o->json)
			term_outf("%s\n", text.data);
		else if (strcmp(before, text.data) != 0)
			print_json_row(json_at(runs, 0));
	}
	store_index_close(&index);
	json_free(known);
	*known = now;
	fflush(stdout);
	return 0;
}

static int follow(struct store *s, const struct status_options *o, struct fault *why)
{
	CLEANUP(json_free) struct json *known = json_object();
	const struct timespec pause = {0, FOLLOW_MS * 1000000L};

	while (!proc_stop_requested()) {
		if (print_changed(s, o, &known, why) < 0)
			return -1;
		nanosleep(&pause, NULL);
	}
	return EXIT_INTERRUPTED;
}

static int show_names(struct store *s, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	if (store_names(s, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.len; i++)
		term_outf("%s\n", names.items[i]);
	return 0;
}

int status_run(struct store *s, const struct status_options *o, struct fault *why)
{
	if (o->names)
		return show_names(s, why);
	if (o->follow)
		return follow(s, o, why);
	return o->run ? show_one(s, o, why) : show_list(s, o, why);
}
