#include "core/setup.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/alternates.h"
#include "core/box_hint.h"
#include "core/opened.h"
#include "core/redact_log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_MAX 65536 /* of what a command prints, for why it failed */

/* At one path for every checkout; with the same names, so that tree/.git leads to git/ there too. */
static void place(struct box *box, const struct workspace *w, const char *dir)
{
	CLEANUP(str_free) char *at = fs_join(w->inner, strrchr(dir, '/') + 1);

	box_add_place(box, dir, at);
}

void setup_box(struct box *box, const struct checkout *c, const struct workspace *w,
	const struct repo *repo, enum sandbox_network network)
{
	CLEANUP(str_free) char *objects = fs_join(repo->common_dir, "objects");
	struct fault ignored =
		FAULT_INIT; /* what cannot be found cannot be read either: git will say so */

	box_init(box);
	box->level = w->level;
	box->limits = w->limits;
	box->dir = c->tree;
	box->home = c->home;
	box->tmp = c->tmp;
	box->gitconfig = w->gitconfig;
	box->network = network;
	box->proxy = w->proxy;
	alternates_find(objects, &box->read, &ignored);
	filters_open(&w->filters, box);
	vec_push(&box->write, c->tree);
	vec_push(&box->write, c->git);
	vec_pushf(&box->pin, "%s/.git", c->tree);
	place(box, w, c->tree);
	place(box, w, c->git);
	place(box, w, c->home);
	place(box, w, c->tmp);
}

void setup_caches(struct box *box, const struct checkout *c, const struct workspace *w)
{
	if (w->copies > 0)
		box->cache = c->cache;
}

bool setup_is_inside(const char *path)
{
	if (path[0] == '/' || !path[0])
		return false;
	while (*path) {
		size_t len = strcspn(path, "/");

		if ((len == 2 && !memcmp(path, "..", 2)) || (len == 4 && !memcmp(path, ".git", 4)))
			return false;
		path += len + (path[len] == '/');
	}
	return true;
}

bool setup_meets_link(const struct checkout *c, const char *path)
{
	CLEANUP(buf_release) struct buf part = BUF_INIT;
	struct stat st;

	buf_puts(&part, c->tree);
	while (*path) {
		size_t len = strcspn(path, "/");

		buf_printf(&part, "/%.*s", (int)len, path);
		if (!lstat(part.data, &st) && S_ISLNK(st.st_mode))
			return true;
		path += len + (path[len] == '/');
	}
	return false;
}

/* Files the person keeps out of git but the work needs; what is not there is left out. */
int setup_copy(const struct checkout *c, const struct repo *repo, const struct policy *p,
	const struct vec *but, struct fault *why)
{
	for (size_t i = 0; repo->work_tree && i < p->copy.len; i++) {
		CLEANUP(str_free) char *from = fs_join(repo->work_tree, p->copy.items[i]);
		CLEANUP(str_free) char *to = fs_join(c->tree, p->copy.items[i]);
		CLEANUP(str_free) char *dir = fs_dirname(to), *above = fs_dirname(p->copy.items[i]);
		struct stat st;

		if (!setup_is_inside(p->copy.items[i])) {
			fault_set(why, EXIT_FATAL,
				"worktree.copy: '%s' is not a path inside the repository",
				p->copy.items[i]);
			return -1;
		}
		if (setup_meets_link(c, above)) {
			fault_set(why, EXIT_REFUSED,
				"worktree.copy: '%s' is a symbolic link in this commit", above);
			return fault_reason(why, "escaping_link");
		}
		if (lstat(from, &st) < 0 || !S_ISREG(st.st_mode) ||
			(but && vec_has(but, p->copy.items[i])))
			continue;
		if (fs_mkdirs(dir, 0755, why) < 0 || fs_copy(from, to, st.st_mode & 0755, why) < 0)
			return -1;
	}
	return 0;
}

static int hint_box(const struct box *box, const struct proc *child, const struct repo *repo,
	const struct policy *p, const char *log, struct fault *why)
{
	CLEANUP(vec_release) struct vec closed = VEC_INIT;
	CLEANUP(buf_release) struct buf hint = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	struct box_keys keys = {.section = "[worktree]",
		.network = "setup.network",
		.file = p->file,
		.closed = &closed};

	if (opened_never(repo, p, &closed, &ignored) == 0)
		box_hint(box, &keys, child->out.data, child->out.len, &hint);
	return fault_hint(why, "%s%sread %s", hint.data, hint.len ? "; or " : "", log);
}

static int run_command(const struct checkout *c, const struct workspace *w, const struct repo *repo,
	const struct policy *p, const char *command, const char *log, struct fault *why)
{
	CLEANUP(redact_log_free) struct redact_log *written = NULL;
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *child = NULL;
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	setup_box(&box, c, w, repo, p->setup_network);
	if (redact_log_open(&written, log, true, why) < 0)
		return -1;
	setup_caches(&box, c, w);
	vec_push(&box.argv, "sh");
	vec_push(&box.argv, "-c");
	vec_push(&box.argv, command);
	box.merge = true;
	box.log = redact_log_write;
	box.log_state = written;
	box.keep_max = TAIL_MAX;
	box.wall_ms = p->wall_ms;
	box.output_max = (size_t)p->output_bytes;
	if (opened_give(&box, p, why) < 0 || sandbox_run(&box, &child, why) < 0)
		return -1;
	if (child->end == PROC_EXITED && !child->code)
		return 0;
	if (child->end == PROC_INTERRUPTED)
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	proc_describe(child, &how);
	fault_set(why, EXIT_FATAL, "worktree.setup '%s' %s", command, how.data);
	fault_reason(why, "setup_failed");
	return hint_box(&box, child, repo, p, log, why);
}

int setup_run(const struct checkout *c, const struct workspace *w, const struct repo *repo,
	const struct policy *p, const char *log, struct fault *why)
{
	for (size_t i = 0; i < p->setup.len; i++)
		if (run_command(c, w, repo, p, p->setup.items[i], log, why) < 0)
			return -1;
	return 0;
}
