#include "flow/prune.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/layer.h"
#include "core/policy.h"
#include "core/policy_load.h"
#include "core/spare.h"
#include "flow/runs.h"
#include "port/clock.h"
#include "port/git.h"
#include "port/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct prune {
	struct repo *repo;
	struct store *store;
	const struct prune_options *o;
	int64_t age_ms; /* of checkouts and logs */
	struct json *freed;
	uint64_t bytes;
	size_t waiting; /* proposals that stay because nobody has decided */
};

static uint64_t size_of(const char *path)
{
	size_t files = SIZE_MAX;
	uint64_t left = UINT64_MAX;

	return fs_tree_fits(path, &files, &left) ? UINT64_MAX - left : 0;
}

static bool is_old(time_t when, int64_t age_ms)
{
	return when >= 0 && (int64_t)(time(NULL) - when) * 1000 >= age_ms;
}

static bool is_old_file(const char *path, int64_t age_ms)
{
	struct stat st;

	return lstat(path, &st) == 0 && is_old(st.st_mtime, age_ms);
}

/* Says it, and adds it up. */
static void tell(struct prune *p, const char *kind, const char *name, uint64_t bytes)
{
	struct json *entry = json_object();

	json_set_text(entry, "kind", kind);
	json_set_text(entry, "name", name);
	json_set_int(entry, "bytes", (int64_t)bytes);
	json_push(p->freed, entry);
	p->bytes += bytes;
	if (!p->o->json)
		term_outf("%s %s %s\n", p->o->dry_run ? "would free" : "freed", kind, name);
}

static int free_path(struct prune *p, const char *kind, const char *path, struct fault *why)
{
	uint64_t bytes = size_of(path);

	if (!fs_exists(path))
		return 0;
	if (!p->o->dry_run && fs_remove(path, why) < 0)
		return -1;
	tell(p, kind, path, bytes);
	return 0;
}

/* --- whole runs ------------------------------------------------------------------------------- */

static bool is_merged(const struct prune *p, const char *oid, const char *into)
{
	struct git_call call = {.git_dir = p->repo->git_dir};
	struct fault ignored = FAULT_INIT;

	return git_ask(&call, NULL, &ignored, "merge-base", "--is-ancestor", oid, into, NULL) == 0;
}

/* A proposal that is neither merged nor deleted: what becomes of it is a person's to say. */
static bool is_undecided(const struct prune *p, const struct run *r)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT, base = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	char oid[OID_MAX];

	if (r->state == RUN_MERGED || r->state == RUN_CLOSED || r->state == RUN_DROPPED ||
		!r->branch)
		return false;
	buf_printf(&ref, "refs/heads/%s", r->branch);
	buf_printf(&base, "refs/heads/%s", r->base ? r->base : "");
	if (repo_ref(p->repo, ref.data, oid, &ignored))
		return false;
	return !is_merged(p, oid, "HEAD") && !is_merged(p, oid, base.data);
}

static int drop_run(struct prune *p, const struct run *r, struct fault *why)
{
	const struct runs_drop options = {.dry_run = false};
	CLEANUP(str_free) char *dir = store_path(p->store, r->id, "");
	uint64_t bytes =
		size_of(dir) + (r->work_dir && fs_exists(r->work_dir) ? size_of(r->work_dir) : 0);

	if (!p->o->dry_run && runs_drop(p->repo, p->store, r->id, &options, why) < 0) {
		/* Taken up again just now: it is not over any more. */
		if (why->exit != EXIT_BUSY)
			return -1;
		fault_clear(why);
		return 0;
	}
	tell(p, "run", r->id, bytes);
	return 0;
}

static int by_end(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return strcmp(y->finished[0] ? y->finished : y->started,
		x->finished[0] ? x->finished : x->started);
}

static time_t end_of(const struct run *r)
{
	return clock_parse(r->finished[0] ? r->finished : r->started);
}

/* Whether the run goes, which is the `place`th that is over, from the latest. */
static bool is_due(const struct prune *p, const struct run *r, size_t place)
{
	if (r->state == RUN_DROPPED)
		return true;
	if (p->o->older_ms < 0 && p->o->keep < 0)
		return false;
	return (p->o->older_ms < 0 || is_old(end_of(r), p->o->older_ms)) &&
	       (p->o->keep < 0 || place >= (size_t)p->o->keep);
}

/* Those that are over, the latest first. */
static struct run *read_over(struct prune *p, size_t *len, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct run *runs;

	*len = 0;
	if (store_names(p->store, &names, why) < 0)
		return NULL;
	runs = xcalloc(names.len + 1, sizeof *runs);
	for (size_t i = 0; i < names.len; i++) {
		struct fault damaged = FAULT_INIT;

		if (!store_read(p->store, names.items[i], &runs[*len], &damaged) &&
			run_is_over(runs[*len].state))
			(*len)++;
		else
			run_release(&runs[*len]);
	}
	qsort(runs, *len, sizeof *runs, by_end);
	return runs;
}

/* Its checkout alone. */
static int free_checkout(struct prune *p, const struct run *r, struct fault *why)
{
	const char *last = r->work_dir ? strrchr(r->work_dir, '/') : NULL;
	struct fs_lock lock = FS_LOCK_INIT;
	int done;

	if (!last || strcmp(last + 1, r->id) != 0 || !is_old(end_of(r), p->age_ms))
		return 0;
	done = store_lock(p->store, r->id, &lock, why);
	if (!done)
		done = free_path(p, "checkout", r->work_dir, why);
	fs_unlock(&lock);
	return done < 0 ? -1 : 0;
}

static int free_runs(struct prune *p, struct fault *why)
{
	size_t len;
	struct run *runs = read_over(p, &len, why);
	int done = 0;

	if (!runs)
		return -1;
	for (size_t i = 0; i < len; i++) {
		bool due = is_due(p, &runs[i], i), undecided = due && is_undecided(p, &runs[i]);

		p->waiting += undecided;
		if (!done && due && !undecided)
			done = drop_run(p, &runs[i], why);
		else if (!done)
			done = free_checkout(p, &runs[i], why);
		run_release(&runs[i]);
	}
	free(runs);
	return done;
}

/* --- what no run knows of --------------------------------------------------------------------- */

/* gate-<pid>: of a `git agent gate` that was killed. */
static bool is_dead_gate(const char *name)
{
	char *end;
	long pid = strncmp(name, "gate-", 5) != 0 ? 0 : strtol(name + 5, &end, 10);
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	buf_printf(&path, "/proc/%ld", pid);
	return pid > 0 && !*end && !fs_exists(path.data);
}

static bool has_run(const struct prune *p, const char *name)
{
	CLEANUP(str_free) char *dir = store_path(p->store, name, "");

	return fs_is_dir(dir);
}

static int free_work_root(struct prune *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf root = BUF_INIT;
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault nowhere = FAULT_INIT;

	if (workspace_root_now(p->repo, &root, &nowhere) < 0)
		return 0;
	if (fs_list(root.data, &names, why))
		return why->message[0] ? -1 : 0;
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *path = fs_join(root.data, names.items[i]);
		bool orphan = run_name_valid(names.items[i]) && !has_run(p, names.items[i]) &&
			      strcmp(names.items[i], LAYER_DIR) != 0 &&
			      strcmp(names.items[i], SPARE_DIR) != 0;

		if (orphan && (is_dead_gate(names.items[i]) || is_old_file(path, p->age_ms)) &&
			free_path(p, "checkout", path, why) < 0)
			return -1;
	}
	if (!p->o->dry_run) {
		layer_prune(root.data, p->age_ms);
		spare_prune(root.data, p->age_ms);
	}
	return 0;
}

/* Logs of `git agent gate`, a directory per commit. */
static int free_gate_logs(struct prune *p, struct fault *why)
{
	CLEANUP(str_free) char *dir = fs_join(p->store->dir, "gate");
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	if (fs_list(dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *path = fs_join(dir, names.items[i]);

		if (is_old_file(path, p->age_ms) && free_path(p, "log", path, why) < 0)
			return -1;
	}
	return 0;
}

/* What runs that were killed left among the objects: incoming packs that were not accepted. */
static int free_incoming(struct prune *p, struct fault *why)
{
	static const char mark[] = "tmp_objdir-agent-";
	CLEANUP(str_free) char *dir = fs_join(p->repo->common_dir, "objects");
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	if (fs_list(dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *path = fs_join(dir, names.items[i]);
		CLEANUP(run_release) struct run r;
		const char *id = names.items[i] + strlen(mark);
		struct fault damaged = FAULT_INIT;

		run_init(&r);
		if (strncmp(names.items[i], mark, strlen(mark)) != 0)
			continue;
		if (store_read(p->store, id, &r, &damaged) == 0 && !run_is_over(r.state))
			continue;
		if (free_path(p, "pack", path, why) < 0)
			return -1;
	}
	return 0;
}

static void put_size(struct buf *out, uint64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	double size = (double)bytes;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
		size /= 1024;
	buf_printf(out, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static void sum_up(struct prune *p)
{
	CLEANUP(json_free) struct json *whole = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (!p->o->json) {
		put_size(&text, p->bytes);
		term_say("%s %s in all", text.data, p->o->dry_run ? "would be free" : "are free");
		if (p->waiting)
			term_say("%zu proposal%s: merged, or dropped by name, %s", p->waiting,
				p->waiting == 1 ? " waits for a decision" : "s wait for a decision",
				p->waiting == 1 ? "it goes" : "they go");
		return;
	}
	whole = json_object();
	json_set_int(whole, "version", 1);
	json_set(whole, "freed", p->freed);
	p->freed = NULL;
	json_set_int(whole, "bytes", (int64_t)p->bytes);
	json_write(whole, false, &text);
	term_outf("%s\n", text.data);
}

/* agent.keepFor as the person's configuration and the environment say it, else what is built in. */
static int64_t keep_for(const struct repo *repo)
{
	CLEANUP(policy_release) struct policy policy;

	policy_now(&policy, repo, "agent.keepfor");
	return policy.keep_for_ms;
}

int prune_run(
	struct repo *repo, struct store *store, const struct prune_options *o, struct fault *why)
{
	struct prune p = {.repo = repo,
		.store = store,
		.o = o,
		.age_ms = o->older_ms >= 0 ? o->older_ms : keep_for(repo),
		.freed = json_array()};
	int done = free_runs(&p, why);

	if (!done && (free_work_root(&p, why) < 0 || free_gate_logs(&p, why) < 0 ||
			     free_incoming(&p, why) < 0))
		done = -1;
	if (!done)
		sum_up(&p);
	json_free(&p.freed);
	return done;
}
