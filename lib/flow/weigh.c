#include "flow/weigh.h"

#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/annotate.h"
#include "core/commit_range.h"
#include "core/evidence_policy.h"
#include "core/policy_load.h"
#include "port/git.h"
#include "port/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKED_MAX 1000 /* commits that are compared one by one */
#define TOLD_MAX   3    /* commits of one finding, in text */
#define FIELDS     4    /* of a commit: id, parents, author, run */

/*
 * What a commit has to do with a finding: the same file; the same finding by itself; and it is one of the range up to there, so that
 * the commit is none that only edits what came with the range.
 */
enum part { NO_PART, SAME_FILE, SAME_FINDING, SAME_SINCE };

struct weigh {
	struct repo *repo;
	const struct weigh_options *o;
	struct commit_range range;
	struct policy policy;
	struct evidence_rules *rules;
	struct evidence found;
	struct vec made;      /* the commits that touch what was found, newest first: FIELDS each */
	unsigned char *parts; /* enum part of each finding and commit */
	size_t open;          /* findings that were not declared */
};

static void weigh_release(struct weigh *w)
{
	policy_release(&w->policy);
	evidence_rules_free(&w->rules);
	evidence_release(&w->found);
	vec_release(&w->made);
	free(w->parts);
}

/* --- what is found ----------------------------------------------------------------------------- */

/* Asked by hand, it is told whatever the policy makes of it. */
static int read_policy(struct weigh *w, struct fault *why)
{
	if (!*w->range.base)
		return policy_seal(&w->policy, why);
	return policy_load_committed(&w->policy, w->repo, w->range.base, why) < 0 ? -1 : 0;
}

static int compare(
	struct weigh *w, const char *from, const char *to, struct evidence *out, struct fault *why)
{
	struct repo_changes changes = {NULL, 0, 0};
	int done = repo_diff(w->repo, from, to, &changes, why);

	if (!done)
		done = evidence_by_policy(
			&w->rules, &w->policy, &w->o->allow, w->repo, &changes, out, why);
	repo_changes_release(&changes);
	return done;
}

static void settle(struct weigh *w)
{
	bool block = !strcmp(w->policy.evidence_mode, "block");

	for (size_t i = 0; i < w->found.len; i++) {
		struct evidence_finding *f = &w->found.items[i];

		if (!strcmp(f->status, "declared"))
			continue;
		snprintf(f->status, sizeof f->status, "%s", block ? "blocked" : "flagged");
		w->open++;
	}
}

/* --- whose it is ------------------------------------------------------------------------------- */

static size_t made_len(const struct weigh *w)
{
	return w->made.len / FIELDS;
}

static const char *made(const struct weigh *w, size_t commit, int field)
{
	return w->made.items[commit * FIELDS + (size_t)field];
}

/* Of the commits of the range those that touch a file with a finding. A merge's are those of what it merges. */
static int list_commits(struct weigh *w, struct fault *why)
{
	static const char *const env[] = {"GIT_LITERAL_PATHSPECS=1", NULL};
	struct git_call call = {.git_dir = w->repo->git_dir, .env = env};
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	size_t paths = 0;

	vec_push(&args, "log");
	vec_push(&args, "--no-merges");
	vec_pushf(&args, "--max-count=%d", LOOKED_MAX);
	vec_push(&args, "--format=%H%x00%P%x00%an%x00"
			"%(trailers:key=Agent-Run,valueonly,separator=%x2C)%x00");
	if (*w->range.base)
		vec_pushf(&args, "%s..%s", w->range.fork, w->range.tip);
	else
		vec_push(&args, w->range.tip);
	vec_push(&args, "--");
	for (size_t i = 0; i < w->found.len; i++)
		if (w->found.items[i].path && ++paths)
			vec_push(&args, w->found.items[i].path);
	if (!paths)
		return 0;
	if (git_run(&call, &args, &text, NULL, NULL, why))
		return -1;
	for (const char *at = text.data; at < text.data + text.len; at += strlen(at) + 1) {
		at += w->made.len % FIELDS == 0 && *at == '\n';
		if (at < text.data + text.len)
			vec_push(&w->made, at);
	}
	return w->made.len % FIELDS
		       ? fault_set(why, EXIT_FATAL, "git log gave an answer that does not parse")
		       : 0;
}

static bool has_finding(const struct evidence *e, const struct evidence_finding *f, bool by_name)
{
	for (size_t i = 0; i < e->len; i++)
		if (e->items[i].path && f->path && !strcmp(e->items[i].path, f->path) &&
			(!by_name || !strcmp(e->items[i].name, f->name)))
			return true;
	return false;
}

/* Raises to `part` what the commit has to do with the findings that are in `e`. */
static bool raise_parts(
	struct weigh *w, size_t commit, const struct evidence *e, enum part from, enum part part)
{
	bool any = false;

	for (size_t i = 0; i < w->found.len; i++) {
		unsigned char *now = &w->parts[i * made_len(w) + commit];

		if (*now != from || !has_finding(e, &w->found.items[i], part != SAME_FILE))
			continue;
		*now = (unsigned char)part;
		any = true;
	}
	return any;
}

static int look_at(struct weigh *w, size_t commit, struct fault *why)
{
	CLEANUP(evidence_release) struct evidence own = EVIDENCE_INIT, since = EVIDENCE_INIT;
	const char *id = made(w, commit, 0), *parents = made(w, commit, 1);
	CLEANUP(str_free) char *parent = xstrndup(parents, strcspn(parents, " "));

	if (compare(w, *parent ? parent : git_empty_tree(strlen(id)), id, &own, why))
		return -1;
	if (!raise_parts(w, commit, &own, NO_PART, SAME_FILE) ||
		!raise_parts(w, commit, &own, SAME_FILE, SAME_FINDING))
		return 0;
	if (compare(w, w->range.fork, id, &since, why))
		return -1;
	raise_parts(w, commit, &since, SAME_FINDING, SAME_SINCE);
	return 0;
}

static int find_makers(struct weigh *w, struct fault *why)
{
	if (list_commits(w, why))
		return -1;
	w->parts = xcalloc(w->found.len * made_len(w) + 1, 1);
	for (size_t i = 0; i < made_len(w); i++)
		if (look_at(w, i, why))
			return -1;
	return 0;
}

/* The best there is of any commit: those that have it are told. */
static enum part part_of(const struct weigh *w, size_t finding)
{
	enum part most = NO_PART;

	for (size_t i = 0; i < made_len(w); i++)
		if (w->parts[finding * made_len(w) + i] > most)
			most = w->parts[finding * made_len(w) + i];
	return most;
}

static bool has_made(const struct weigh *w, size_t finding, size_t commit)
{
	enum part most = part_of(w, finding);

	return most != NO_PART && w->parts[finding * made_len(w) + commit] == most;
}

/* --- what is said ------------------------------------------------------------------------------ */

static void put_makers(const struct weigh *w, size_t finding, struct buf *out)
{
	size_t told = 0, more = 0;

	for (size_t i = 0; i < made_len(w); i++) {
		CLEANUP(str_free) char *author = NULL;
		CLEANUP(str_free) char *run = NULL;
		char id[OID_MAX];

		if (!has_made(w, finding, i) || told == TOLD_MAX) {
			more += has_made(w, finding, i);
			continue;
		}
		author = text_cleaned(made(w, i, 2));
		run = text_cleaned(made(w, i, 3));
		repo_short(made(w, i, 0), id);
		buf_printf(out, "%s%s by %s%s%s", told++ ? ", " : "; in ", id, author,
			*run ? ", run " : "", run);
	}
	if (more)
		buf_printf(out, " and %zu more", more);
}

static struct json *makers_json(const struct weigh *w, size_t finding)
{
	struct json *list = json_array();

	for (size_t i = 0; i < made_len(w); i++) {
		struct json *one;

		if (!has_made(w, finding, i))
			continue;
		one = json_object();
		json_set_text(one, "commit", made(w, i, 0));
		json_set_text(one, "author", made(w, i, 2));
		json_set_text(one, "run", *made(w, i, 3) ? made(w, i, 3) : NULL);
		json_push(list, one);
	}
	return list;
}

static void print_json(const struct weigh *w)
{
	CLEANUP(json_free) struct json *whole = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct json *list = json_array();

	for (size_t i = 0; i < w->found.len; i++) {
		struct json *one = evidence_finding_json(&w->found.items[i]);

		json_set(one, "by", makers_json(w, i));
		json_push(list, one);
	}
	json_set_int(whole, "version", 1);
	json_set_text(whole, "commit", w->range.tip);
	json_set_text(whole, "base", *w->range.base ? w->range.base : NULL);
	json_set_text(whole, "base_by", w->range.how);
	json_set_int(whole, "commits", w->range.commits);
	json_set_int(whole, "open", (int64_t)w->open);
	json_set(whole, "findings", list);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

static void print_sarif(const struct weigh *w)
{
	CLEANUP(annotations_release) struct annotations notes = ANNOTATIONS_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < w->found.len; i++) {
		const struct evidence_finding *f = &w->found.items[i];
		CLEANUP(buf_release) struct buf line = BUF_INIT;
		enum annotation_level level = !strcmp(f->status, "blocked")    ? ANNOTATE_ERROR
					      : !strcmp(f->status, "declared") ? ANNOTATE_NOTICE
									       : ANNOTATE_WARNING;

		evidence_put_line(f, &line);
		put_makers(w, i, &line);
		annotate(&notes, level, "evidence", f->path, f->line, line.data);
	}
	annotate_format("sarif")->put(&notes, &text);
	term_out(text.data, text.len);
}

static void print_text(const struct weigh *w)
{
	for (size_t i = 0; i < w->found.len; i++) {
		CLEANUP(buf_release) struct buf line = BUF_INIT;

		evidence_put_line(&w->found.items[i], &line);
		put_makers(w, i, &line);
		buf_putc(&line, '\n');
		term_out(line.data, line.len);
	}
}

static void sum_up(const struct weigh *w)
{
	char base[OID_MAX] = "the beginning";

	if (*w->range.base)
		repo_short(w->range.fork, base);
	if (w->open)
		term_say("%zu finding%s in %lld commit%s since %s (%s)", w->open,
			w->open == 1 ? "" : "s", (long long)w->range.commits,
			w->range.commits == 1 ? "" : "s", base, w->range.how);
	else
		term_say("no finding in %lld commit%s since %s (%s)", (long long)w->range.commits,
			w->range.commits == 1 ? "" : "s", base, w->range.how);
	if (made_len(w) == LOOKED_MAX)
		term_warn("who did it is looked for in the last %d commits alone", LOOKED_MAX);
	if (w->open)
		term_hint("what each means: man gitagent-evidence; what may change: --allow-path "
			  "<glob>");
}

int weigh_run(struct repo *repo, const struct weigh_options *o, struct fault *why)
{
	CLEANUP(weigh_release)
	struct weigh w = {.repo = repo, .o = o, .found = EVIDENCE_INIT, .made = VEC_INIT};

	policy_init(&w.policy);
	if (commit_range_find(&w.range, repo, o->range, why) || read_policy(&w, why) ||
		compare(&w, w.range.fork, w.range.tip, &w.found, why))
		return -1;
	settle(&w);
	if (find_makers(&w, why))
		return -1;
	if (o->sarif)
		print_sarif(&w);
	else if (o->json)
		print_json(&w);
	else
		print_text(&w);
	sum_up(&w);
	return w.open ? EXIT_REFUSED : EXIT_DONE;
}
