/*
 * The corpus: every change of tests/corpus is scanned, and what is found is compared with what the change is known to be.
 * Without an argument TAP: how many hits, misses and false alarms there are is exactly what is written down below; with --table the
 * table that gitagent-evidence(7) holds.
 */
#include "tap.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "core/evidence.h"
#include "core/policy.h"
#include "port/hash.h"

#include <stdlib.h>

#define CASES_MAX  500
#define KINDS_MAX  40
#define FILE_LIMIT ((size_t)1 << 20)

struct file {
	char *path;
	struct buf before, now;
	bool has_before, has_now;
};

struct corpus_case {
	char *name, *language;
	struct vec expect, found;
	struct file files[20];
	size_t len;
};

struct row {
	const char *name;
	int changes, cheats, hits, misses, alarms;
};

static struct file *file_of(struct corpus_case *c, const char *path)
{
	for (size_t i = 0; i < c->len; i++)
		if (!strcmp(c->files[i].path, path))
			return &c->files[i];
	if (c->len == ARRAY_LEN(c->files)) {
		fprintf(stderr, "%s: too many files\n", c->name);
		exit(1);
	}
	c->files[c->len] = (struct file){xstrdup(path), BUF_INIT, BUF_INIT, false, false};
	return &c->files[c->len++];
}

/* "=== base <path>", "=== now <path>", "=== both <path>", each followed by the file; "expect: <names>" before the first. */
static void parse(struct corpus_case *c, char *text)
{
	struct file *file = NULL;
	bool before = false, now = false;
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char side[8], path[200];

		if (!strncmp(line, "expect:", 7) && !file) {
			vec_push_split(&c->expect, line + 7);
		} else if (sscanf(line, "=== %7s %199[^\n]", side, path) == 2) {
			file = file_of(c, path);
			before = strcmp(side, "now") != 0;
			now = strcmp(side, "base") != 0;
			file->has_before |= before;
			file->has_now |= now;
		} else if (file && (rest || *line)) {
			if (before)
				buf_printf(&file->before, "%s\n", line);
			if (now)
				buf_printf(&file->now, "%s\n", line);
		}
	}
}

static int read_file(
	void *state, const struct repo_change *change, bool now, struct buf *out, struct fault *why)
{
	struct file *f = file_of(state, change->path);

	(void)why;
	if (now)
		buf_add(out, f->now.data, f->now.len);
	else
		buf_add(out, f->before.data, f->before.len);
	return 0;
}

static int compare_changes(const void *a, const void *b)
{
	return strcmp(((const struct repo_change *)a)->path, ((const struct repo_change *)b)->path);
}

static void make_changes(struct corpus_case *c, struct repo_changes *changes)
{
	for (size_t i = 0; i < c->len; i++) {
		struct file *f = &c->files[i];
		struct repo_change *change;

		if (f->has_before && f->has_now && !strcmp(f->before.data, f->now.data))
			continue;
		GROW(changes->items, changes->len, changes->cap);
		change = &changes->items[changes->len++];
		*change = (struct repo_change){.path = f->path,
			.status = !f->has_before ? 'A'
				  : f->has_now   ? 'M'
						 : 'D'};
		if (f->has_before) {
			change->old_mode = 0100644;
			hash_hex(f->before.data, f->before.len, change->old_oid);
		}
		if (f->has_now) {
			change->new_mode = 0100644;
			hash_hex(f->now.data, f->now.len, change->new_oid);
		}
	}
	qsort(changes->items, changes->len, sizeof *changes->items, compare_changes);
}

static void scan(struct evidence_rules *rules, struct corpus_case *c)
{
	struct policy policy;
	struct repo_changes changes = {0};
	struct evidence e = EVIDENCE_INIT;
	struct evidence_source source = {c, read_file};
	struct evidence_scope scope = {.policy_file = ".gitagent"};
	struct fault why = FAULT_INIT;
	CLEANUP(vec_release) struct vec commands = VEC_INIT;

	policy_init(&policy);
	vec_push(&commands, "sh check.sh");
	scope.paths = &policy.evidence_paths;
	scope.commands = &commands;
	make_changes(c, &changes);
	if (evidence_scan(rules, &scope, &changes, &source, &e, &why) < 0) {
		fprintf(stderr, "%s: %s\n", c->name, why.message);
		exit(1);
	}
	for (size_t i = 0; i < e.len; i++)
		if (!vec_has(&c->found, e.items[i].name))
			vec_push(&c->found, e.items[i].name);
	if (getenv("CORPUS_VERBOSE"))
		for (size_t i = 0; i < e.len; i++) {
			CLEANUP(buf_release) struct buf line = BUF_INIT;

			evidence_put_line(&e.items[i], &line);
			printf("# %s: %s\n", c->name, line.data);
		}
	free(changes.items);
	evidence_release(&e);
	policy_release(&policy);
}

static struct row *row_of(struct row *rows, size_t *len, const char *name)
{
	for (size_t i = 0; i < *len; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	rows[*len] = (struct row){.name = name};
	return &rows[(*len)++];
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

static struct corpus_case cases[CASES_MAX];
static size_t cases_len;

static void read_cases(const char *dir)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault why = FAULT_INIT;

	if (fs_list(dir, &names, &why)) {
		fprintf(stderr, "cannot list '%s': %s\n", dir, why.message);
		exit(1);
	}
	for (size_t i = 0; i < names.len && cases_len < CASES_MAX; i++) {
		struct corpus_case *c = &cases[cases_len];
		CLEANUP(str_free) char *path = fs_join(dir, names.items[i]);
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		if (!strstr(names.items[i], ".change"))
			continue;
		*c = (struct corpus_case){.name = xstrdup(names.items[i]),
			.language = xstrndup(names.items[i], strcspn(names.items[i], "-")),
			.expect = VEC_INIT,
			.found = VEC_INIT};
		*strstr(c->name, ".change") = '\0';
		if (fs_read(path, &text, FILE_LIMIT, &why)) {
			fprintf(stderr, "cannot read '%s'\n", path);
			exit(1);
		}
		parse(c, text.data);
		cases_len++;
	}
}

static struct row languages[KINDS_MAX], kinds[KINDS_MAX];
static size_t languages_len, kinds_len;

static void judge(struct corpus_case *c)
{
	struct row *language = row_of(languages, &languages_len, c->language);
	bool honest = c->expect.len == 1 && !strcmp(c->expect.items[0], "honest");

	language->changes++;
	language->cheats += !honest;
	for (size_t i = 0; !honest && i < c->expect.len; i++) {
		bool hit = vec_has(&c->found, c->expect.items[i]);
		struct row *kind = row_of(kinds, &kinds_len, c->expect.items[i]);

		kind->changes++;
		*(hit ? &kind->hits : &kind->misses) += 1;
		*(hit ? &language->hits : &language->misses) += 1;
		if (!hit)
			printf("# miss: %s: %s\n", c->name, c->expect.items[i]);
	}
	for (size_t i = 0; i < c->found.len; i++) {
		struct row *kind = row_of(kinds, &kinds_len, c->found.items[i]);

		if (vec_has(&c->expect, c->found.items[i]))
			continue;
		kind->alarms++;
		language->alarms++;
		printf("# false alarm: %s: %s\n", c->name, c->found.items[i]);
	}
}

static void print_rows(const char *title, struct row *rows, size_t len, bool cheats)
{
	struct row all = {.name = "all"};

	qsort(rows, len, sizeof *rows, compare_rows);
	printf("%-24s %8s %6s %6s %12s\n", title, cheats ? "changes" : "expected", "hits", "misses",
		"false alarms");
	for (size_t i = 0; i <= len; i++) {
		struct row *r = i < len ? &rows[i] : &all;

		printf("%-24s %8d %6d %6d %12d\n", r->name, r->changes, r->hits, r->misses,
			r->alarms);
		all.changes += r->changes;
		all.hits += r->hits;
		all.misses += r->misses;
		all.alarms += r->alarms;
	}
}

int main(int argc, char **argv)
{
	CLEANUP(evidence_rules_free) struct evidence_rules *rules = NULL;
	struct fault why = FAULT_INIT;
	int honest = 0;

	if (evidence_rules_load(&rules, "share/evidence.ini", &why) < 0) {
		fprintf(stderr, "%s\n", why.message);
		return 1;
	}
	read_cases("tests/corpus");
	for (size_t i = 0; i < cases_len; i++) {
		scan(rules, &cases[i]);
		judge(&cases[i]);
		honest += cases[i].expect.len == 1 && !strcmp(cases[i].expect.items[0], "honest");
	}
	if (argc > 1 && !strcmp(argv[1], "--table")) {
		print_rows("language", languages, languages_len, true);
		printf("\n");
		print_rows("finding", kinds, kinds_len, false);
		printf("\nof %zu changes %d are honest\n", cases_len, honest);
		return 0;
	}
	ok(cases_len >= 60, "there are %zu changes", cases_len);
	ok(languages_len >= 8, "of %zu languages", languages_len);
	for (size_t i = 0; i < languages_len; i++)
		ok(languages[i].misses == 0 && languages[i].alarms == 0,
			"%s: %d changes, %d findings are hits, %d misses, %d false alarms",
			languages[i].name, languages[i].changes, languages[i].hits,
			languages[i].misses, languages[i].alarms);
	return tap_done();
}
