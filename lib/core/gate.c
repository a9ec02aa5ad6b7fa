#include "core/gate.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/gate_detail.h"
#include "core/gate_known.h"
#include "core/gate_reports.h"
#include "core/gate_view.h"
#include "core/opened.h"
#include "core/redact_log.h"
#include "core/setup.h"
#include "port/clock.h"
#include "port/git.h"
#include "port/match.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS  100
#define TAIL_MAX 65536 /* of a stage's output, kept in memory */

static const char *const status_names[] = {
	"waiting", "running", "green", "red", "skipped", "broken"};

const char *gate_status_name(enum gate_status status)
{
	return status_names[status];
}

const char *gate_verdict(const struct gate *g)
{
	return gate_status_name(g->broken ? GATE_BROKEN : g->green ? GATE_GREEN : GATE_RED);
}

/* A stage while it runs. */
struct running {
	struct gate_result *result;
	struct proc *proc;
	struct gate_view view;
	struct box box; /* what it runs in */
	char *dir;      /* where */
	struct redact_log *log;
};

struct session { /* one gate_run */
	struct gate *gate;
	struct running *slots;
	struct proc **procs; /* of the slots, side by side, for proc_poll */
	size_t jobs, busy;
	bool interrupted;
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
char *gate_log(const struct gate *g, const char *stage)
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

	*r = (struct gate_result){.stage = stage, .log = gate_log(g, stage->name)};
	if (is_wanted(g, stage))
		return;
	r->status = GATE_SKIPPED;
	r->detail = xstrdup("no changed path matches its `when`");
}

void gate_release(struct gate *g)
{
	for (size_t i = 0; i < g->len; i++) {
		str_free(&g->results[i].detail);
		str_free(&g->results[i].hint);
		str_free(&g->results[i].first);
		str_free(&g->results[i].log);
	}
	free(g->results);
	g->results = NULL;
	g->len = 0;
}

static void tell_end(struct gate *g, const struct gate_result *r)
{
	g->green = g->green && r->status != GATE_RED && r->status != GATE_BROKEN;
	g->broken = g->broken || r->status == GATE_BROKEN;
	if (g->watch.ended)
		g->watch.ended(g->watch.state, r);
}

static int start_box(struct session *s, struct running *slot, struct fault *why)
{
	const struct gate *g = s->gate;
	const struct gate_stage *stage = slot->result->stage;
	struct box *box = &slot->box;

	if (redact_log_open(&slot->log, slot->result->log, false, why) < 0)
		return -1;
	setup_box(box, &slot->view.checkout, g->workspace, g->repo, stage->network);
	slot->dir = fs_join(slot->view.checkout.tree, stage->dir ? stage->dir : "");
	box->dir = slot->dir;
	vec_push(&box->argv, "sh");
	vec_push(&box->argv, "-c");
	vec_push(&box->argv, stage->run);
	setup_caches(box, &slot->view.checkout, g->workspace);
	layer_show(&slot->view.checkout, box);
	for (size_t i = 0; i < stage->env.len; i++)
		vec_push(&box->pass, stage->env.items[i]);
	box->merge = true;
	box->log = redact_log_write;
	box->log_state = slot->log;
	box->keep_max = TAIL_MAX;
	box->wall_ms = stage->timeout_ms;
	box->output_max = (size_t)g->policy->output_bytes;
	return opened_give(box, g->policy, why) < 0 ? -1 : sandbox_start(box, &slot->proc, why);
}

static void drop_slot(struct session *s, size_t at)
{
	struct running *slot = &s->slots[at];

	proc_free(&slot->proc);
	redact_log_free(&slot->log);
	box_release(&slot->box);
	str_free(&slot->dir);
	gate_view_remove(&slot->view);
	s->busy--;
	s->slots[at] = s->slots[s->busy];
	s->procs[at] = s->procs[s->busy];
}

/* A stage whose directory the change has taken away is red like any other check that cannot be made. */
static bool refuse_dir(struct session *s, size_t at)
{
	struct running *slot = &s->slots[at];
	struct gate_result *r = slot->result;
	const char *dir = r->stage->dir ? r->stage->dir : "";
	CLEANUP(str_free) char *path = fs_join(slot->view.checkout.tree, dir);
	CLEANUP(buf_release) struct buf detail = BUF_INIT;

	if (fs_is_dir(path) && !setup_meets_link(&slot->view.checkout, dir))
		return false;
	buf_printf(&detail, "'%s' is no directory of this commit", dir);
	str_replace(&r->detail, detail.data);
	r->status = GATE_RED;
	r->ended_ms = clock_now_ms();
	r->certain = true;
	tell_end(s->gate, r);
	drop_slot(s, at);
	return true;
}

/* Its checkout is there: the stage itself begins. */
static int launch(struct session *s, size_t at, struct fault *why)
{
	struct running *slot = &s->slots[at];

	if (refuse_dir(s, at))
		return 0;
	if (start_box(s, slot, why) < 0)
		return -1;
	s->procs[at] = slot->proc;
	slot->result->started_ms = clock_now_ms();
	return 0;
}

/* Its checkout is there, or a step nearer to it. */
static int go_on(struct session *s, size_t at, struct fault *why)
{
	struct running *slot = &s->slots[at];
	const struct gate_stage *stage = slot->result->stage;
	struct git_child *filling = slot->view.checkout.filling;
	int done = filling ? gate_view_go_on(s->gate, &slot->view, why) : 0;

	s->procs[at] = done == 1 ? git_child_proc(slot->view.checkout.filling) : NULL;
	if (!done)
		done = launch(s, at, why);
	return done < 0 ? fault_wrap(why, "gate stage '%s'", stage->name) : 0;
}

static int start_stage(struct session *s, size_t i, struct fault *why)
{
	struct gate *g = s->gate;
	struct running *slot = &s->slots[s->busy];

	*slot = (struct running){.result = &g->results[i]};
	box_init(&slot->box);
	s->procs[s->busy++] = NULL;
	slot->result->status = GATE_RUNNING;
	slot->result->started_ms = slot->result->active_ms = clock_now_ms();
	if (g->watch.started)
		g->watch.started(g->watch.state, slot->result);
	slot->view.number = i + 1;
	if (gate_view_start(g, &slot->view, why) < 0)
		return fault_wrap(why, "gate stage '%s'", slot->result->stage->name);
	if (!slot->view.checkout.filling)
		return go_on(s, s->busy - 1, why);
	s->procs[s->busy - 1] = git_child_proc(slot->view.checkout.filling);
	return 0;
}

/* Whether it may be the moment's fault and not the tree's. What its box or a limit explains comes out the same again. */
static bool goes_again(const struct gate *g, const struct gate_result *r)
{
	return g->policy->rerun && r->status == GATE_RED && r->certain && !r->again;
}

/* How it ended before is kept, and what it printed, beside the log: <stage>.1.log. */
static void put_back(struct gate *g, struct gate_result *r)
{
	CLEANUP(buf_release) struct buf log = BUF_INIT;

	buf_printf(&log, "%.*s.1.log", (int)(strlen(r->log) - strlen(".log")), r->log);
	rename(r->log, log.data);
	r->again = true;
	r->certain = false;
	r->status = GATE_WAITING;
	r->first = r->detail;
	r->detail = NULL;
	if (g->watch.again)
		g->watch.again(g->watch.state, r);
}

static void note_flaky(struct gate_result *r)
{
	CLEANUP(buf_release) struct buf detail = BUF_INIT;

	if (!r->again || r->status != GATE_GREEN)
		return;
	r->flaky = true;
	buf_printf(&detail, "flaky: %s, then green", r->first);
	str_replace(&r->detail, detail.data);
}

static void end_stage(struct session *s, size_t at)
{
	struct gate *g = s->gate;
	struct running *slot = &s->slots[at];
	struct gate_result *r = slot->result;

	r->ended_ms = clock_now_ms();
	r->status = GATE_GREEN;
	if (r->stage->evidence)
		gate_reports_keep(slot->view.checkout.tree, r->ended_ms - r->started_ms, r->log);
	if (slot->proc->end != PROC_EXITED || slot->proc->code)
		gate_detail(g, &slot->box, slot->proc, r);
	if (slot->proc->end == PROC_INTERRUPTED) {
		s->interrupted = true;
		g->green = false;
	} else if (goes_again(g, r)) {
		put_back(g, r);
	} else {
		note_flaky(r);
		tell_end(g, r);
	}
	drop_slot(s, at);
}

static int poll_stages(struct session *s, struct fault *why)
{
	int ended = proc_poll(s->procs, s->busy, TICK_MS);

	for (size_t i = 0; i < s->busy; i++)
		s->slots[i].result->active_ms = s->procs[i]->active_ms;
	if (ended >= 0 && s->slots[ended].view.checkout.filling)
		return go_on(s, (size_t)ended, why);
	if (ended >= 0)
		end_stage(s, (size_t)ended);
	else if (s->gate->watch.tick)
		s->gate->watch.tick(s->gate->watch.state, s->gate);
	return 0;
}

static void skip_rest(struct gate *g)
{
	for (size_t i = 0; i < g->len; i++)
		if (g->results[i].status == GATE_WAITING) {
			g->results[i].status = GATE_SKIPPED;
			g->results[i].detail = xstrdup("an earlier stage is red (gate.failFast)");
		}
}

/* The first that waits; g->len: none does. */
static size_t next_waiting(const struct gate *g)
{
	size_t i = 0;

	while (i < g->len && g->results[i].status != GATE_WAITING)
		i++;
	return i;
}

static int run_all(struct session *s, struct fault *why)
{
	struct gate *g = s->gate;

	for (;;) {
		size_t next;

		if (s->interrupted || proc_stop_requested())
			return fault_set(why, EXIT_INTERRUPTED, "interrupted");
		if (!g->green && g->policy->fail_fast)
			skip_rest(g);
		next = next_waiting(g);
		if (next < g->len && s->busy < s->jobs) {
			if (start_stage(s, next, why) < 0)
				return -1;
		} else if (!s->busy) {
			return 0;
		} else if (poll_stages(s, why) < 0) {
			return -1;
		}
	}
}

/* Where setup runs in each checkout, nobody could look after the stages that run meanwhile. */
static size_t jobs_of(const struct gate *g)
{
	const struct policy *p = g->policy;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (p->setup.len && !g->layer->key[0])
		return 1;
	return p->jobs > 0 ? (size_t)p->jobs : cores > 0 ? (size_t)cores : 1;
}

int gate_recall(struct gate *g, size_t *left, struct fault *why)
{
	if (fs_mkdirs(g->log_dir, 0755, why) < 0)
		return -1;
	g->results = xcalloc(gate_count(g) + 1, sizeof *g->results);
	g->len = *left = 0;
	g->green = true;
	g->broken = false;
	for (size_t i = 0; i < g->policy->stages_len; i++)
		add_result(g, &g->policy->stages[i]);
	if (g->extra)
		add_result(g, g->extra);
	for (size_t i = 0; i < g->len; i++) {
		struct gate_result *r = &g->results[i];
		int found = r->status == GATE_WAITING ? gate_known(g, r, why) : 0;

		if (found < 0)
			return -1;
		if (found)
			++*left;
		else
			tell_end(g, r);
	}
	return 0;
}

int gate_run(struct gate *g, struct fault *why)
{
	struct session s = {.gate = g, .jobs = jobs_of(g)};
	CLEANUP(str_free) char *dir = fs_join(g->workspace->path, g->name);
	struct fault ignored = FAULT_INIT;
	size_t left;
	int done = g->results ? 0 : gate_recall(g, &left, why);

	s.slots = xcalloc(s.jobs, sizeof *s.slots);
	s.procs = xcalloc(s.jobs, sizeof(struct proc *));
	if (!done)
		done = run_all(&s, why);
	while (s.busy)
		drop_slot(&s, s.busy - 1);
	if (g->prepared)
		checkout_release(g->prepared);
	free(s.slots);
	free(s.procs);
	fs_remove(dir, &ignored);
	if (!done)
		gate_keep(g);
	return done;
}
