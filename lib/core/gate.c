#include "core/gate.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/setup.h"
#include "port/clock.h"
#include "port/match.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS      100
#define TAIL_MAX     65536 /* of a stage's output, kept in memory */
#define NOT_FOUND    127   /* sh: the program is missing */

static const char *const status_names[] = {"waiting", "running", "green", "red", "skipped"};

const char *gate_status_name(enum gate_status status)
{
	return status_names[status];
}

/* A stage while it runs. */
struct running {
	struct gate_result *result;
	struct proc *proc;
	struct checkout checkout;
	int log_fd;
};

struct session { /* one gate_run */
	struct gate *gate;
	struct running *slots;
	struct proc **procs; /* of the slots, side by side, for proc_poll */
	size_t jobs, busy;
	struct checkout ready; /* set up once; the views are copies of it */
	bool has_ready, interrupted;
};

size_t gate_count(const struct gate *g)
{
	return g->policy->stages_len + (g->extra ? 1 : 0);
}

static bool is_wanted(const struct gate *g, const struct gate_stage *stage)
{
	if (!stage->when.len || !g->changes)
		return true;
	for (size_t i = 0; i < g->changes->len; i++)
		if (match_path_any(&stage->when, g->changes->items[i].path))
			return true;
	return false;
}

/* A stage's name as a file's: names come from policy and may hold anything. */
static char *log_path(const struct gate *g, const char *stage)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/", g->log_dir);
	for (const char *c = stage; *c; c++)
		buf_putc(&path, strchr("/ \t\n.", *c) || (unsigned char)*c < 32 ? '_' : *c);
	buf_puts(&path, ".log");
	return buf_take(&path);
}

static void add_result(struct gate *g, const struct gate_stage *stage)
{
	struct gate_result *r = &g->results[g->len++];

	*r = (struct gate_result){.stage = stage, .log = log_path(g, stage->name)};
	if (is_wanted(g, stage))
		return;
	r->status = GATE_SKIPPED;
	r->detail = xstrdup("no changed path matches its `when`");
}

void gate_release(struct gate *g)
{
	for (size_t i = 0; i < g->len; i++) {
		str_free(&g->results[i].detail);
		str_free(&g->results[i].log);
	}
	free(g->results);
	g->results = NULL;
	g->len = 0;
}

/* With setup commands the checkout is made ready once and copied per stage, in the box: what setup left is not ours. */
static int copy_ready(struct session *s, const char *name, struct checkout *c, struct fault *why)
{
	const struct gate *g = s->gate;
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *copy = NULL;
	CLEANUP(buf_release) struct buf how = BUF_INIT;

	c->path = fs_join(g->workspace->path, name);
	c->tree = fs_join(c->path, "tree");
	c->git = fs_join(c->path, "git");
	setup_box(&box, c, g->workspace, g->repo, NETWORK_NONE);
	box.dir = g->workspace->path;
	vec_push(&box.read, s->ready.path);
	vec_push(&box.write, c->path);
	vec_push(&box.argv, "cp");
	vec_push(&box.argv, "-a");
	vec_push(&box.argv, "--reflink=auto");
	vec_push(&box.argv, s->ready.path);
	vec_push(&box.argv, c->path);
	box.merge = true;
	box.keep_max = TAIL_MAX;
	if (sandbox_run(&box, &copy, why) < 0)
		return -1;
	if (copy->end == PROC_EXITED && !copy->code)
		return 0;
	proc_describe(copy, &how);
	return fault_set(why, copy->end == PROC_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_FATAL,
		"cannot copy the gate's checkout: cp %s", how.data);
}

static int check_out(const struct gate *g, const char *name, struct checkout *c, struct fault *why)
{
	if (checkout_create(c, g->workspace, g->repo, name, g->commit, NULL, why) < 0)
		return -1;
	return g->changes ? checkout_widen(c, g->repo, g->commit, g->changes, why) : 0;
}

static int make_ready(struct session *s, struct fault *why)
{
	struct gate *g = s->gate;
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	CLEANUP(str_free) char *log = fs_join(g->log_dir, "setup.log");

	if (!g->policy->setup.len || s->has_ready)
		return 0;
	buf_printf(&name, "%s/ready", g->name);
	s->has_ready = true;
	if (check_out(g, name.data, &s->ready, why) < 0)
		return -1;
	return setup_checkout(&s->ready, g->workspace, g->repo, g->policy, log, why);
}

static int make_view(struct session *s, size_t stage, struct checkout *c, struct fault *why)
{
	struct gate *g = s->gate;
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	if (make_ready(s, why) < 0)
		return -1;
	buf_printf(&name, "%s/%zu", g->name, stage + 1);
	if (s->has_ready)
		return copy_ready(s, name.data, c, why);
	if (check_out(g, name.data, c, why) < 0)
		return -1;
	return setup_checkout(c, g->workspace, g->repo, g->policy, NULL, why);
}

static int start_box(struct session *s, struct running *slot, struct fault *why)
{
	const struct gate *g = s->gate;
	const struct gate_stage *stage = slot->result->stage;
	CLEANUP(box_release) struct box box;
	CLEANUP(str_free) char *dir = fs_join(slot->checkout.tree, stage->dir ? stage->dir : "");

	slot->log_fd = open(slot->result->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (slot->log_fd < 0)
		return fault_errno(why, "cannot write '%s'", slot->result->log);
	setup_box(&box, &slot->checkout, g->workspace, g->repo, stage->network);
	box.dir = dir;
	vec_push(&box.argv, "sh");
	vec_push(&box.argv, "-c");
	vec_push(&box.argv, stage->run);
	for (size_t i = 0; i < stage->env.len; i++)
		vec_push(&box.pass, stage->env.items[i]);
	box.merge = true;
	box.log_fd = slot->log_fd;
	box.keep_max = TAIL_MAX;
	box.wall_ms = stage->timeout_ms;
	box.output_max = (size_t)g->policy->output_bytes;
	return sandbox_start(&box, &slot->proc, why);
}

static void drop_slot(struct session *s, size_t at)
{
	struct fault ignored = FAULT_INIT;
	struct running *slot = &s->slots[at];

	proc_free(&slot->proc);
	fd_close(&slot->log_fd);
	/* What cannot be removed now goes with the run's directory. */
	if (slot->checkout.path)
		fs_remove(slot->checkout.path, &ignored);
	checkout_release(&slot->checkout);
	s->busy--;
	s->slots[at] = s->slots[s->busy];
	s->procs[at] = s->procs[s->busy];
}

/* A stage whose directory the change has taken away is red like any other check that cannot be made. */
static bool refuse_dir(struct session *s, struct running *slot)
{
	struct gate_result *r = slot->result;
	const char *dir = r->stage->dir ? r->stage->dir : "";
	CLEANUP(str_free) char *path = fs_join(slot->checkout.tree, dir);
	CLEANUP(buf_release) struct buf detail = BUF_INIT;

	if (fs_is_dir(path))
		return false;
	buf_printf(&detail, "'%s' is no directory of this commit", dir);
	str_replace(&r->detail, detail.data);
	r->status = GATE_RED;
	r->ended_ms = clock_now_ms();
	s->gate->green = false;
	if (s->gate->watch.ended)
		s->gate->watch.ended(s->gate->watch.state, r);
	drop_slot(s, s->busy - 1);
	return true;
}

static int start_stage(struct session *s, size_t i, struct fault *why)
{
	struct gate *g = s->gate;
	struct running *slot = &s->slots[s->busy];

	*slot = (struct running){.result = &g->results[i], .log_fd = -1};
	s->procs[s->busy++] = NULL;
	slot->result->status = GATE_RUNNING;
	slot->result->started_ms = slot->result->active_ms = clock_now_ms();
	if (g->watch.started)
		g->watch.started(g->watch.state, slot->result);
	if (make_view(s, i, &slot->checkout, why) < 0)
		return -1;
	if (refuse_dir(s, slot))
		return 0;
	if (start_box(s, slot, why) < 0)
		return -1;
	s->procs[s->busy - 1] = slot->proc;
	slot->result->started_ms = clock_now_ms();
	return 0;
}

/* The program sh could not find: the word before ": not found" in its last line. */
static void put_missing(const struct proc *p, const char *run, struct buf *out)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	char *end, *start;

	buf_add(&said, p->out.data, p->out.len);
	text_clean(&said);
	buf_rtrim(&said);
	end = strstr(said.data, ": not found");
	if (!end)
		end = strstr(said.data, ": command not found");
	if (!end) {
		buf_printf(out, "exit 127: a program it needs is missing (%.60s)", run);
		return;
	}
	*end = '\0';
	start = strrchr(said.data, ' ');
	buf_printf(out, "'%s' was not found: install it", start ? start + 1 : said.data);
}

static void put_detail(const struct proc *p, const struct gate_stage *stage, struct buf *out)
{
	if (p->end == PROC_EXITED && p->code == NOT_FOUND)
		put_missing(p, stage->run, out);
	else if (p->end == PROC_EXITED)
		buf_printf(out, "exit %d", p->code);
	else
		proc_describe(p, out);
}

static void end_stage(struct session *s, size_t at)
{
	struct gate *g = s->gate;
	struct running *slot = &s->slots[at];
	struct gate_result *r = slot->result;
	CLEANUP(buf_release) struct buf detail = BUF_INIT;

	r->ended_ms = clock_now_ms();
	r->status = slot->proc->end == PROC_EXITED && !slot->proc->code ? GATE_GREEN : GATE_RED;
	if (r->status == GATE_RED) {
		put_detail(slot->proc, r->stage, &detail);
		str_replace(&r->detail, detail.data);
		g->green = false;
	}
	if (slot->proc->end == PROC_INTERRUPTED)
		s->interrupted = true;
	else if (g->watch.ended)
		g->watch.ended(g->watch.state, r);
	drop_slot(s, at);
}

static void poll_stages(struct session *s)
{
	int ended = proc_poll(s->procs, s->busy, TICK_MS);

	for (size_t i = 0; i < s->busy; i++)
		s->slots[i].result->active_ms = s->procs[i]->active_ms;
	if (ended >= 0)
		end_stage(s, (size_t)ended);
	else if (s->gate->watch.tick)
		s->gate->watch.tick(s->gate->watch.state, s->gate);
}

static void skip_rest(struct gate *g)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->results[i].status == GATE_WAITING) {
			g->results[i].status = GATE_SKIPPED;
			g->results[i].detail = xstrdup("an earlier stage is red (gate.failFast)");
		}
}

static int run_all(struct session *s, struct fault *why)
{
	struct gate *g = s->gate;
	size_t next = 0;

	while (next < g->len || s->busy) {
		if (s->interrupted || proc_stop_requested())
			return fault_set(why, EXIT_INTERRUPTED, "interrupted");
		if (!g->green && g->policy->fail_fast) {
			skip_rest(g);
			next = g->len;
		}
		while (next < g->len && g->results[next].status != GATE_WAITING)
			next++;
		if (next < g->len && s->busy < s->jobs) {
			if (start_stage(s, next, why) < 0)
				return fault_wrap(why, "gate stage '%s'", g->results[next].stage->name);
			next++;
		} else if (s->busy) {
			poll_stages(s);
		}
	}
	/* A stage that a signal took down is no verdict, were it the last. */
	return s->interrupted ? fault_set(why, EXIT_INTERRUPTED, "interrupted") : 0;
}

static size_t jobs_of(const struct policy *p)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return p->jobs > 0 ? (size_t)p->jobs : cores > 0 ? (size_t)cores : 1;
}

int gate_run(struct gate *g, struct fault *why)
{
	struct session s = {.gate = g, .jobs = jobs_of(g->policy)};
	CLEANUP(str_free) char *dir = fs_join(g->workspace->path, g->name);
	struct fault ignored = FAULT_INIT;
	int done = fs_mkdirs(g->log_dir, 0755, why);

	g->results = xcalloc(gate_count(g), sizeof *g->results);
	g->len = 0;
	g->green = true;
	for (size_t i = 0; i < g->policy->stages_len; i++)
		add_result(g, &g->policy->stages[i]);
	if (g->extra)
		add_result(g, g->extra);
	s.slots = xcalloc(s.jobs, sizeof *s.slots);
	s.procs = xcalloc(s.jobs, sizeof(struct proc *));
	if (!done)
		done = run_all(&s, why);
	while (s.busy)
		drop_slot(&s, s.busy - 1);
	checkout_release(&s.ready);
	free(s.slots);
	free(s.procs);
	fs_remove(dir, &ignored);
	return done;
}
