#include "core/verdict.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/verdict_key.h"
#include "port/clock.h"
#include "port/json.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define VERSION_NOW 2 /* of a verdict's file */
#define FILE_MAX    (VERDICT_LOG_MAX + VERDICT_REPORTS_MAX + 65536)
#define PRUNE_EVERY 3600 /* seconds */

void verdicts_release(struct verdicts *v)
{
	str_free(&v->state);
	buf_release(&v->shared);
}

void verdict_release(struct verdict *v)
{
	str_free(&v->detail);
}

static char *dir_of(const char *state)
{
	return fs_join(state, "verdicts");
}

int verdicts_open(struct verdicts *v, struct repo *repo, const struct policy *policy,
	const char *state, const char *commit, struct fault *why)
{
	str_replace(&v->state, state);
	buf_clear(&v->shared);
	/* Of a sparse checkout the tree does not say which files there are. */
	v->off = repo->sparse;
	if (v->off)
		return 0;
	if (repo_tree(repo, commit, v->tree, why) < 0)
		return -1;
	return verdict_put_shared(repo, policy, v->tree, &v->shared, why);
}

static char *path_of(const struct verdicts *v, const struct gate_stage *stage)
{
	CLEANUP(str_free) char *dir = dir_of(v->state);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char key[HASH_HEX_SIZE];

	buf_add(&text, v->shared.data, v->shared.len);
	verdict_put_stage(stage, &text);
	hash_hex(text.data, text.len, key);
	return fs_join(dir, key);
}

/* A box of that level would have said the same. Asks the machine only where it matters. */
static bool level_counts(struct verdicts *v, bool green, enum sandbox_level made)
{
	if (v->level < 0 && green && made == SANDBOX_FULL)
		return true;
	if (v->level < 0)
		v->level = (int)sandbox_reach();
	return green ? (int)made >= v->level : (int)made == v->level;
}

struct kept_text { /* borrowed */
	const char *log, *reports;
	size_t log_len, reports_len;
};

/* The first line. NULL: it is not whole, or what comes after it is not. */
static struct json *read_head(const struct buf *text, struct kept_text *kept)
{
	const char *end = memchr(text->data, '\n', text->len);
	struct fault ignored = FAULT_INIT;
	struct json *head = NULL;
	char sum[HASH_HEX_SIZE];
	int64_t reports;
	size_t rest;

	if (!end || json_parse(text->data, (size_t)(end - text->data), &head, &ignored) < 0)
		return NULL;
	rest = text->len - (size_t)(end + 1 - text->data);
	reports = json_int(head, "reports", 0);
	hash_hex(end + 1, rest, sum);
	if (json_int(head, "version", 0) != VERSION_NOW ||
		strcmp(json_text(head, "sum", ""), sum) != 0 || reports < 0 ||
		(uint64_t)reports > rest)
		json_free(&head);
	else
		*kept = (struct kept_text){.log = end + 1,
			.log_len = rest - (size_t)reports,
			.reports = end + 1 + rest - (size_t)reports,
			.reports_len = (size_t)reports};
	return head;
}

static bool take(struct verdicts *v, const struct json *head, struct verdict *out)
{
	const char *status = json_text(head, "status", "");
	enum sandbox_level level;

	out->green = !strcmp(status, "green");
	if ((!out->green && strcmp(status, "red") != 0) ||
		sandbox_level_parse(json_text(head, "level", ""), &level) < 0 ||
		!level_counts(v, out->green, level))
		return false;
	str_replace(&out->detail, json_text(head, "detail", NULL));
	out->ms = (int64_t)(json_real(head, "seconds", 0) * 1000 + 0.5);
	return true;
}

int verdict_find(struct verdicts *v, const struct gate_stage *stage, const char *log,
	const char *reports, struct verdict *out, struct fault *why)
{
	CLEANUP(str_free) char *path = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(json_free) struct json *head = NULL;
	struct fault ignored = FAULT_INIT;
	struct kept_text kept = {.log = NULL};

	if (v->off || v->fresh || !stage->cache)
		return 1;
	path = path_of(v, stage);
	/* One that cannot be read is none. */
	if (fs_read(path, &text, FILE_MAX, &ignored))
		return 1;
	head = read_head(&text, &kept);
	if (!head || !take(v, head, out))
		return 1;
	/* The time of its last use. */
	utimensat(AT_FDCWD, path, NULL, 0);
	fs_remove(reports, &ignored);
	if (kept.reports_len && fs_write_derived(reports, kept.reports, kept.reports_len, why) < 0)
		return -1;
	return fs_write_derived(log, kept.log, kept.log_len, why);
}

/* It can be found out again: it need not outlast the machine, and one that is torn is told by its sum. */
int verdict_keep(struct verdicts *v, const struct gate_stage *stage, const struct verdict *result,
	const char *log, const char *reports, struct fault *why)
{
	CLEANUP(str_free) char *dir = dir_of(v->state), *path = NULL;
	CLEANUP(buf_release) struct buf said = BUF_INIT, text = BUF_INIT;
	CLEANUP(json_free) struct json *head = NULL;
	struct fault too_long = FAULT_INIT;
	char sum[HASH_HEX_SIZE], now[CLOCK_STAMP_SIZE];
	size_t log_len;

	if (v->off || !stage->cache || fs_read(log, &said, VERDICT_LOG_MAX, &too_long))
		return 0;
	if (v->level < 0)
		v->level = (int)sandbox_reach();
	log_len = said.len;
	fs_read(reports, &said, VERDICT_REPORTS_MAX, &too_long);
	hash_hex(said.data, said.len, sum);
	clock_stamp(now);
	head = json_object();
	json_set_int(head, "version", VERSION_NOW);
	json_set_text(head, "stage", stage->name);
	json_set_text(head, "tree", v->tree);
	json_set_text(head, "status", result->green ? "green" : "red");
	json_set_text(head, "detail", result->detail);
	json_set_real(head, "seconds", (double)result->ms / 1000);
	json_set_text(head, "level", sandbox_level_name((enum sandbox_level)v->level));
	json_set_text(head, "made", now);
	json_set_int(head, "reports", (int64_t)(said.len - log_len));
	json_set_text(head, "sum", sum);
	json_write(head, false, &text);
	buf_putc(&text, '\n');
	buf_add(&text, said.data, said.len);
	path = path_of(v, stage);
	return fs_mkdirs(dir, 0755, why) < 0 ? -1
					     : fs_write_derived(path, text.data, text.len, why);
}

/* --- what is too old, or too much -------------------------------------------------------------- */

struct kept {
	char *path;
	time_t used;
	int64_t bytes;
};

static int by_use(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return (x->used > y->used) - (x->used < y->used);
}

/* Whether it is time to look; notes that it was looked at. */
static bool is_due(const char *dir, bool now)
{
	CLEANUP(str_free) char *mark = fs_join(dir, ".pruned");
	struct fault ignored = FAULT_INIT;
	struct stat st;

	if (!now && stat(mark, &st) == 0 && time(NULL) - st.st_mtime < PRUNE_EVERY &&
		st.st_mtime <= time(NULL))
		return false;
	fs_write_derived(mark, "", 0, &ignored);
	return true;
}

void verdicts_prune(const char *state, int64_t unused_ms, int64_t bytes, bool now)
{
	CLEANUP(str_free) char *dir = dir_of(state);
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;
	struct kept *all;
	int64_t total = 0;
	size_t len = 0;

	if (!fs_is_dir(dir) || !is_due(dir, now) || fs_list(dir, &names, &ignored))
		return;
	all = xcalloc(names.len + 1, sizeof *all);
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *path = fs_join(dir, names.items[i]);
		struct stat st;

		if (names.items[i][0] == '.' || lstat(path, &st) < 0)
			continue;
		all[len++] = (struct kept){xstrdup(path), st.st_mtime, st.st_size};
		total += st.st_size;
	}
	qsort(all, len, sizeof *all, by_use);
	for (size_t i = 0; i < len; i++) {
		bool old = (int64_t)(time(NULL) - all[i].used) * 1000 > unused_ms;

		if ((old || total > bytes) && fs_remove(all[i].path, &ignored) == 0)
			total -= all[i].bytes;
		str_free(&all[i].path);
	}
	free(all);
}
