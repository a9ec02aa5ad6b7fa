#include "core/evidence.h"
#include "base/alloc.h"
#include "base/text.h"
#include "core/evidence_private.h"
#include "port/git_batch.h"
#include "port/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOTAL_MAX    ((size_t)64 << 20) /* bytes of all the texts that are compared */
#define CHANGES_MAX  20000
#define MODE_REGULAR 0100000
#define MODE_TYPE    0170000

/* --- what a change is, before its text is read ------------------------------------------------ */

/* The same bytes under another name, and still found by what looks for tests. */
static bool is_rename(const struct comparison *c, size_t gone, size_t came)
{
	const struct repo_change *a = &c->changes->items[gone], *b = &c->changes->items[came];
	const struct lang *lang = lang_of(c->rules, a->path);
	unsigned kept = EVIDENCE_OTHER | EVIDENCE_SCRIPT;

	if (a->new_mode || b->old_mode || strcmp(a->old_oid, b->new_oid) != 0 ||
		(c->kinds[gone] & ~kept) != (c->kinds[came] & ~kept) ||
		c->kinds[came] & EVIDENCE_SHADOW)
		return false;
	return !lang || !lang->collected || !match_set_has(lang->collected, a->path) ||
	       match_set_has(lang->collected, b->path);
}

static int compare_oids(const void *a, const void *b)
{
	const struct repo_change *x = *(const struct repo_change *const *)a,
				 *y = *(const struct repo_change *const *)b;

	return strcmp(x->old_mode ? x->old_oid : x->new_oid, y->old_mode ? y->old_oid : y->new_oid);
}

static void find_renames(struct comparison *c)
{
	const struct repo_change **sorted = xcalloc(c->changes->len + 1, sizeof *sorted);
	size_t len = 0;

	for (size_t i = 0; i < c->changes->len; i++)
		if (!c->changes->items[i].old_mode != !c->changes->items[i].new_mode)
			sorted[len++] = &c->changes->items[i];
	qsort(sorted, len, sizeof *sorted, compare_oids);
	for (size_t i = 0; i < len; i++) {
		size_t gone = (size_t)(sorted[i] - c->changes->items);

		for (size_t k = 0; !c->silent[gone] && k < len; k++) {
			size_t came;

			/* Only neighbours have the same id. */
			if (k + 8 < i || k > i + 8)
				continue;
			came = (size_t)(sorted[k] - c->changes->items);
			if (!c->silent[came] && is_rename(c, gone, came))
				c->silent[gone] = c->silent[came] = true;
		}
	}
	free(sorted);
}

/* It holds no tests: what it holds is compared with. */
static bool is_data(const struct comparison *c, size_t i)
{
	const struct lang *lang = c->langs[i];

	return !lang || !lang->counts[COUNT_TEST];
}

/* A file of the same last name came in its place. */
static bool has_moved(const struct comparison *c, size_t gone)
{
	const char *name = strrchr(c->changes->items[gone].path, '/');

	name = name ? name + 1 : c->changes->items[gone].path;
	for (size_t i = 0; i < c->changes->len; i++) {
		const struct repo_change *change = &c->changes->items[i];
		const char *other = strrchr(change->path, '/');

		if (!change->old_mode && c->kinds[i] == c->kinds[gone] &&
			!strcmp(other ? other + 1 : change->path, name))
			return true;
	}
	return false;
}

static bool tests_are_edited(const struct comparison *c)
{
	for (size_t i = 0; i < c->changes->len; i++)
		if (c->kinds[i] & EVIDENCE_TEST && !(c->kinds[i] & EVIDENCE_SNAPSHOT) &&
			!c->silent[i] && !is_data(c, i))
			return true;
	return false;
}

/* --- findings that go by the path ------------------------------------------------------------- */

static bool knows_tests(const struct comparison *c, size_t change)
{
	return c->before.tests_of[change].to > c->before.tests_of[change].from;
}

/* `grew`: nothing that stood there is gone. */
static void report_path(struct comparison *c, size_t i, bool grew)
{
	const struct repo_change *change = &c->changes->items[i];
	unsigned kind = c->kinds[i];
	bool gone = !change->new_mode, came = !change->old_mode;
	const char *path = change->path, *what = gone ? "deleted" : came ? "added" : "edited";
	struct evidence *e = c->out;

	if (kind & EVIDENCE_POLICY)
		evidence_add(e, "policy-edited", path, 0, -1, -1, what);
	if (kind & EVIDENCE_CI)
		evidence_add(e, "ci-config-edited", path, 0, -1, -1, what);
	if (kind & EVIDENCE_LINT)
		evidence_add(e, "lint-config-edited", path, 0, -1, -1, what);
	if (kind & EVIDENCE_RUNNER || (kind & EVIDENCE_SCRIPT && !came && !grew))
		evidence_add(e, "runner-shadowed", path, 0, -1, -1, what);
	else if (kind & EVIDENCE_SHADOW && came)
		evidence_add(e, "runner-shadowed", path, 0, -1, -1,
			"it takes the place of a test runner, or of what one loads");
	if (came || grew)
		return;
	if (kind & EVIDENCE_SNAPSHOT) {
		if (!tests_are_edited(c))
			evidence_add(e, "snapshot-only", path, 0, -1, -1, what);
	} else if (kind & (EVIDENCE_FIXTURE | EVIDENCE_TEST) && !(kind & EVIDENCE_RUNNER) &&
		   is_data(c, i)) {
		if (!gone || !has_moved(c, i))
			evidence_add(e, "fixture-edited", path, 0, -1, -1, what);
	} else if (kind & EVIDENCE_TEST && gone && !knows_tests(c, i) && !has_moved(c, i)) {
		evidence_add(e, "tests-deleted", path, 0, -1, -1, "the file is gone");
	}
}

/* --- texts ------------------------------------------------------------------------------------ */

struct texts {
	struct buf before, now;
	bool counted; /* both could be read */
};

static void texts_release(struct texts *t)
{
	buf_release(&t->before);
	buf_release(&t->now);
}

static bool is_regular(unsigned mode)
{
	return (mode & MODE_TYPE) == MODE_REGULAR;
}

static int read_texts(const struct evidence_source *source, const struct repo_change *change,
	struct texts *t, struct fault *why)
{
	int before = 0, now = 0;

	*t = (struct texts){BUF_INIT, BUF_INIT, true};
	if (change->old_mode)
		before = is_regular(change->old_mode)
				 ? source->read(source->state, change, false, &t->before, why)
				 : 1;
	if (before >= 0 && change->new_mode)
		now = is_regular(change->new_mode)
			      ? source->read(source->state, change, true, &t->now, why)
			      : 1;
	if (before < 0 || now < 0)
		return -1;
	t->counted = !before && !now && !text_is_binary(t->before.data, t->before.len) &&
		     !text_is_binary(t->now.data, t->now.len);
	return 0;
}

static bool has_parts(const struct comparison *c, const char *path)
{
	for (size_t i = 0; i < c->rules->parts_len; i++)
		if (match_set_has(c->rules->parts[i].files, path))
			return true;
	return false;
}

/* Without a suffix, and to be run: its first line tells what it is. */
static bool may_be_script(const struct repo_change *change)
{
	const char *name = strrchr(change->path, '/');

	return !strchr(name ? name : change->path, '.') &&
	       ((change->old_mode | change->new_mode) & 0111 || change->old_mode);
}

/* Comments of a file of CI may change, too. */
static bool is_same_code(const struct lang *lang, const struct texts *t)
{
	struct text_views before, now;
	bool same;

	if (text_same(&t->before, &t->now))
		return true;
	if (!lang)
		return false;
	text_views_make(&before, lang, &t->before);
	text_views_make(&now, lang, &t->now);
	same = text_same(&before.no_comments, &now.no_comments);
	text_views_release(&before);
	text_views_release(&now);
	return same;
}

static void compare_file(struct comparison *c, size_t i, const struct texts *t, bool *grew)
{
	const struct repo_change *change = &c->changes->items[i];
	const struct lang *lang = c->langs[i];
	struct count_file file = {lang, i, c->kinds[i], change->path};
	bool both = change->old_mode && change->new_mode;
	static const unsigned config = EVIDENCE_CI | EVIDENCE_LINT | EVIDENCE_RUNNER;

	if (both && (text_same(&t->before, &t->now) ||
			    (c->kinds[i] & config && is_same_code(lang, t)))) {
		c->silent[i] = true;
		return;
	}
	*grew = both && text_extends(t->before.data, t->before.len, t->now.data, t->now.len);
	if (change->new_mode || (!c->kinds[i] && !has_moved(c, i)))
		compare_parts(c, i, lang, &t->before, &t->now);
	if (change->old_mode)
		count_text(&c->before, &file, &t->before);
	if (change->new_mode)
		count_text(&c->now, &file, &t->now);
	if (c->before.partly[i] || c->now.partly[i])
		evidence_add(c->out, "not-counted", change->path, 0, -1, -1,
			"there is more in the file than is counted of one");
}

static int compare_files(
	struct comparison *c, const struct evidence_source *source, bool *grew, struct fault *why)
{
	size_t total = 0, left = 0;

	for (size_t i = 0; i < c->changes->len; i++) {
		const struct repo_change *change = &c->changes->items[i];
		CLEANUP(texts_release) struct texts t = {BUF_INIT, BUF_INIT, false};

		c->langs[i] = lang_of(c->rules, change->path);
		if (c->silent[i] || (!c->kinds[i] && !c->langs[i] && !has_parts(c, change->path) &&
					    !may_be_script(change)))
			continue;
		if (total > TOTAL_MAX) {
			left++;
			continue;
		}
		if (read_texts(source, change, &t, why) < 0)
			return -1;
		total += t.before.len + t.now.len;
		if (!c->langs[i])
			c->langs[i] = lang_of_text(c->rules, t.before.len ? &t.before : &t.now);
		if (t.counted)
			compare_file(c, i, &t, &grew[i]);
		else if (c->kinds[i] & EVIDENCE_TEST && change->old_mode &&
			 !(c->kinds[i] & (EVIDENCE_FIXTURE | EVIDENCE_SNAPSHOT)))
			evidence_add(c->out, "fixture-edited", change->path, 0, -1, -1,
				change->new_mode ? "edited" : "deleted");
	}
	if (left)
		evidence_add(c->out, "not-counted", NULL, 0, -1, -1,
			"the change is too large for all of its files to be compared");
	return 0;
}

static bool is_declared(const struct comparison *c, const char *path)
{
	return c->scope->may_change && match_path_any(c->scope->may_change, path);
}

static void sum_up(struct comparison *c)
{
	static const unsigned proof = EVIDENCE_TEST | EVIDENCE_FIXTURE | EVIDENCE_SNAPSHOT;
	struct evidence *e = c->out;

	for (size_t i = 0; i < c->changes->len; i++) {
		const struct repo_change *change = &c->changes->items[i];
		unsigned kind = c->kinds[i];

		e->code = e->code || !(kind & ~(unsigned)EVIDENCE_OTHER);
		if (c->silent[i])
			continue;
		if (kind & proof && change->new_mode)
			vec_push(&e->brought, change->path);
		if (is_declared(c, change->path))
			continue;
		if (kind & EVIDENCE_REPLAYED && change->old_mode)
			vec_push(&e->restore, change->path);
		else if (kind & (EVIDENCE_RUNNER | EVIDENCE_SHADOW) && !change->old_mode)
			vec_push(&e->without, change->path);
	}
}

int evidence_scan(struct evidence_rules *rules, const struct evidence_scope *scope,
	const struct repo_changes *changes, const struct evidence_source *source,
	struct evidence *out, struct fault *why)
{
	struct comparison c = {.rules = rules, .scope = scope, .changes = changes, .out = out};
	size_t first = out->len;
	bool *grew;
	int done;

	if (changes->len > CHANGES_MAX) {
		evidence_add(out, "not-counted", NULL, 0, -1, -1,
			"the change has too many files to be compared");
		return 0;
	}
	side_init(&c.before, changes->len);
	side_init(&c.now, changes->len);
	c.kinds = xcalloc(changes->len + 1, sizeof *c.kinds);
	c.silent = xcalloc(changes->len + 1, sizeof *c.silent);
	c.langs = xcalloc(changes->len + 1, sizeof *c.langs);
	grew = xcalloc(changes->len + 1, sizeof *grew);
	for (size_t i = 0; i < changes->len; i++)
		c.kinds[i] = evidence_classify(rules, scope, changes->items[i].path);
	find_renames(&c);
	done = compare_files(&c, source, grew, why);
	if (!done) {
		compare_counts(&c);
		for (size_t i = 0; i < changes->len; i++)
			if (!c.silent[i])
				report_path(&c, i, grew[i]);
		sum_up(&c);
		evidence_tidy(out, first, scope);
	}
	side_release(&c.before);
	side_release(&c.now);
	free(c.kinds);
	free(c.silent);
	free(c.langs);
	free(grew);
	return done;
}

/* --- a repository's --------------------------------------------------------------------------- */

struct blobs {
	struct git_call call;
	struct git_batch *batch;
};

static int read_blob(
	void *state, const struct repo_change *change, bool now, struct buf *out, struct fault *why)
{
	struct blobs *b = state;
	struct git_object object;
	int found;

	if (!b->batch && git_batch_open(&b->call, &b->batch, why) < 0)
		return -1;
	found = git_batch_read(b->batch, now ? change->new_oid : change->old_oid, EVIDENCE_TEXT_MAX,
		&object, out, why);
	if (found < 0)
		return -1;
	if (found == 1)
		return fault_set(why, EXIT_FATAL, "the object of '%s' is missing", change->path);
	if (object.size <= EVIDENCE_TEXT_MAX)
		return 0;
	git_batch_free(&b->batch);
	return 1;
}

int evidence_scan_repo(struct evidence_rules *rules, const struct evidence_scope *scope,
	const struct repo_changes *changes, struct repo *repo, struct evidence *out,
	struct fault *why)
{
	struct blobs blobs = {.call = {.git_dir = repo->git_dir}};
	struct evidence_source source = {&blobs, read_blob};
	int done = evidence_scan(rules, scope, changes, &source, out, why);

	git_batch_free(&blobs.batch);
	return done;
}
