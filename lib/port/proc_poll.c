#include "base/alloc.h"
#include "base/fs.h"
#include "port/clock.h"
#include "port/proc.h"
#include "port/proc_keeper.h"
#include "port/proc_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DISK_MS   200   /* between two looks at how much is free */
#define CHUNK     65536 /* bytes per read: what a pipe holds */
#define CHUNKS    16    /* reads before the other children have their turn */
#define POLITE_MS 1000  /* between SIGTERM and SIGKILL */
#define DRAIN_MS  100   /* for a pipe that somebody holds open after the child's end */
#define KEEPER_MS (POLITE_MS + KEEPER_PATIENCE_MS + 4000) /* until a keeper is given up */

enum { SLOT_END, SLOT_OUT, SLOT_IN, SLOTS };

static void send_signal(struct proc *p, int sig)
{
	bool alone = p->priv->terminal || p->priv->keeper_fd >= 0;

	kill(alone ? p->pid : -p->pid, sig);
}

void proc_kill(struct proc *p, enum proc_end because)
{
	if (!p->priv->running || p->priv->because != PROC_RUNNING)
		return;
	p->priv->because = because;
	p->priv->killed_ms = clock_now_ms();
	send_signal(p, SIGTERM);
	send_signal(p, SIGCONT);
}

bool proc_read_keeper(struct proc *p)
{
	struct keeper_report report;
	ssize_t got;

	do
		got = p->priv->keeper_fd < 0 ? 0 : read(p->priv->keeper_fd, &report, sizeof report);
	while (got < 0 && errno == EINTR);
	if (got == (ssize_t)sizeof report)
		p->priv->report = report;
	return got == (ssize_t)sizeof report;
}

/* Stops that nobody asked about come before the end. */
static void take_report(struct proc *p)
{
	struct proc_private *priv = p->priv;

	while (proc_read_keeper(p))
		;
	if (!priv->report.code_kind || priv->report.code_kind == CLD_STOPPED)
		return;
	priv->kind = priv->report.code_kind;
	priv->code = priv->report.code;
	priv->left = priv->report.left;
}

void proc_reap(struct proc *p, bool wait)
{
	struct proc_private *priv = p->priv;
	siginfo_t info = {0};

	/* While its leader is not reaped the group's number is nobody else's. */
	if (priv->because != PROC_RUNNING && priv->keeper_fd < 0 && !priv->terminal) {
		if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG)) ==
				0 &&
			info.si_pid)
			kill(-p->pid, SIGKILL);
		info.si_pid = 0;
	}
	while (waitid(P_PID, (id_t)p->pid, &info, WEXITED | (wait ? 0 : WNOHANG)) < 0)
		if (errno != EINTR)
			break;
	if (!info.si_pid)
		return;
	priv->running = false;
	priv->kind = info.si_code;
	priv->code = info.si_status;
	take_report(p);
	fd_close(&priv->pidfd);
	fd_close(&priv->in_fd);
	p->ended_ms = clock_now_ms();
	priv->drain_ms = p->ended_ms + DRAIN_MS;
}

/* A reader that went away is no error; its SIGPIPE is taken back where the program does not ignore it. */
static ssize_t write_quietly(int fd, const void *bytes, size_t len)
{
	const struct timespec now = {0, 0};
	sigset_t broken, before;
	ssize_t put;
	int error;

	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigprocmask(SIG_BLOCK, &broken, &before);
	put = write(fd, bytes, len);
	error = errno;
	if (put < 0 && error == EPIPE && !sigismember(&before, SIGPIPE))
		sigtimedwait(&broken, NULL, &now);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return put;
}

void proc_feed(struct proc *p)
{
	struct proc_private *priv = p->priv;

	while (priv->in_fd >= 0 && priv->input_len) {
		ssize_t put = write_quietly(priv->in_fd, priv->input, priv->input_len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN)
			return;
		if (put < 0)
			break;
		priv->input += put;
		priv->input_len -= (size_t)put;
	}
	fd_close(&priv->in_fd);
}

static void trim(struct proc *p, size_t slack)
{
	size_t keep = p->priv->keep_max;

	if (keep && p->out.len > keep && p->out.len - keep > slack)
		buf_splice(&p->out, 0, p->out.len - keep, "", 0);
}

static bool too_much(const struct proc *p)
{
	const struct proc_private *priv = p->priv;

	return priv->log_error || (priv->output_max && p->out_bytes > priv->output_max);
}

/* Once it could not be written, nothing more is. */
static void write_log(struct proc_private *priv, const char *bytes, size_t len)
{
	int done = 0;

	if (priv->log_error)
		return;
	if (priv->log)
		done = priv->log(priv->log_state, bytes, len);
	else if (priv->log_fd >= 0)
		done = fs_write_fd(priv->log_fd, bytes, len);
	if (done < 0)
		priv->log_error = errno;
}

static void take(struct proc *p, const char *bytes, size_t len)
{
	struct proc_private *priv = p->priv;

	p->out_bytes += len;
	p->active_ms = clock_now_ms();
	write_log(priv, bytes, len);
	trim(p, priv->keep_max);
	if (too_much(p)) {
		proc_kill(p, PROC_OVERFLOWED);
		fd_close(&priv->out_fd);
	}
}

static void collect(struct proc *p)
{
	struct proc_private *priv = p->priv;

	for (int i = 0; i < CHUNKS && priv->out_fd >= 0; i++) {
		ssize_t got;

		buf_reserve(&p->out, CHUNK);
		got = read(priv->out_fd, p->out.data + p->out.len, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			fd_close(&priv->out_fd);
			return;
		}
		p->out.len += (size_t)got;
		p->out.data[p->out.len] = '\0';
		take(p, p->out.data + p->out.len - got, (size_t)got);
	}
}

/* Nothing more is to come: the public fields get their last values. */
static void finish(struct proc *p)
{
	struct proc_private *priv = p->priv;

	fd_close(&priv->out_fd);
	write_log(priv, "", 0);
	p->code = priv->code;
	p->end = priv->kind == CLD_EXITED ? PROC_EXITED : PROC_SIGNALED;
	if (priv->because == PROC_RUNNING && too_much(p)) /* found while draining */
		priv->because = PROC_OVERFLOWED;
	/* ^C reaches a child at our terminal as soon as us: it may be gone before it is cancelled. */
	if (priv->because == PROC_RUNNING && p->end == PROC_SIGNALED && priv->stops != stop_count())
		priv->because = PROC_INTERRUPTED;
	if (priv->because != PROC_RUNNING)
		p->end = priv->because;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When something is due for this child though nothing happens. */
static int64_t due(const struct proc *p)
{
	const struct proc_private *priv = p->priv;
	int64_t at = INT64_MAX;

	if (!priv->running)
		return priv->drain_ms;
	if (priv->because != PROC_RUNNING)
		return priv->killed_hard
			       ? at
			       : priv->killed_ms + (priv->keeper_fd < 0 ? POLITE_MS : KEEPER_MS);
	if (priv->wall_ms)
		at = sooner(at, p->started_ms + priv->wall_ms);
	if (priv->idle_ms)
		at = sooner(at, p->active_ms + priv->idle_ms);
	if (priv->disk_free)
		at = sooner(at, priv->disk_ms + DISK_MS);
	return at;
}

static int64_t wake_at(const struct proc *p)
{
	bool blind = p->priv->running && p->priv->pidfd < 0;

	return blind ? sooner(due(p), clock_now_ms() + PROC_TICK_MS) : due(p);
}

static void look_at_disk(struct proc *p, int64_t now)
{
	int64_t room = fs_free_bytes(p->priv->disk_dir);

	p->priv->disk_ms = now;
	if (room >= 0 && (uint64_t)room < p->priv->disk_free)
		proc_kill(p, PROC_DISK_FULL);
}

static void enforce(struct proc *p, int64_t now)
{
	struct proc_private *priv = p->priv;

	if (!priv->running) {
		if (priv->out_fd < 0 || now >= priv->drain_ms)
			finish(p);
		return;
	}
	if (now < due(p))
		return;
	if (priv->because != PROC_RUNNING) {
		priv->killed_hard = true;
		send_signal(p, SIGKILL);
	} else if (priv->disk_free && now >= priv->disk_ms + DISK_MS) {
		look_at_disk(p, now);
	} else if (priv->wall_ms && now >= p->started_ms + priv->wall_ms) {
		proc_kill(p, PROC_TIMED_OUT);
	} else {
		proc_kill(p, PROC_STALLED);
	}
}

static void note_sleep(struct proc *p, int64_t slept, int64_t now)
{
	if (slept > p->priv->slept_ms + 1000)
		p->woke_ms = now;
	p->priv->slept_ms = slept;
}

static void serve(struct proc *p, const struct pollfd slots[SLOTS])
{
	if (slots[SLOT_IN].revents)
		proc_feed(p);
	if (slots[SLOT_OUT].revents)
		collect(p);
	if (slots[SLOT_END].revents || (p->priv->running && p->priv->pidfd < 0)) {
		proc_reap(p, false);
		collect(p);
	}
}

static void fill(const struct proc *p, struct pollfd slots[SLOTS])
{
	const struct proc_private *priv = p->priv;
	bool on = p->end == PROC_RUNNING;

	slots[SLOT_END] = (struct pollfd){on ? priv->pidfd : -1, POLLIN, 0};
	slots[SLOT_OUT] = (struct pollfd){on ? priv->out_fd : -1, POLLIN, 0};
	slots[SLOT_IN] = (struct pollfd){on ? priv->in_fd : -1, POLLOUT, 0};
}

static int poll_timeout(int64_t at)
{
	int64_t rest = at - clock_now_ms();

	if (at == INT64_MAX)
		return -1;
	return rest < 0 ? 0 : rest > 3600000 ? 3600000 : (int)rest;
}

/* One wait for whatever comes first, until `until`, and its consequences. */
static void turn(struct proc *const *set, size_t count, struct pollfd *fds, int64_t until)
{
	int64_t at = until, now, slept;

	for (size_t i = 0; i < count; i++) {
		fill(set[i], fds + i * SLOTS);
		if (set[i]->end == PROC_RUNNING)
			at = sooner(at, wake_at(set[i]));
	}
	fds[count * SLOTS] = (struct pollfd){stop_fd(), POLLIN, 0};
	if (poll(fds, count * SLOTS + 1, poll_timeout(at)) < 0)
		return;
	if (fds[count * SLOTS].revents)
		stop_seen();
	slept = clock_slept_ms();
	for (size_t i = 0; i < count; i++) {
		if (set[i]->end != PROC_RUNNING)
			continue;
		serve(set[i], fds + i * SLOTS);
		now = clock_now_ms();
		note_sleep(set[i], slept, now);
		enforce(set[i], now);
	}
}

/* What was asked to stop before a child started does not concern it: cleaning up may need children. */
static void obey(struct proc *const *set, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (set[i]->end == PROC_RUNNING && set[i]->priv->stops != stop_count())
			proc_kill(set[i], PROC_INTERRUPTED);
}

static int next_ended(struct proc *const *set, size_t count, bool *running)
{
	*running = false;
	for (size_t i = 0; i < count; i++) {
		if (set[i]->end != PROC_RUNNING && !set[i]->priv->returned) {
			set[i]->priv->returned = true;
			return (int)i;
		}
		*running = *running || set[i]->end == PROC_RUNNING;
	}
	return -1;
}

int proc_poll(struct proc *const *set, size_t count, int timeout_ms)
{
	int64_t until = timeout_ms < 0 ? INT64_MAX : clock_now_ms() + timeout_ms;
	struct pollfd *fds = xcalloc(count * SLOTS + 1, sizeof *fds);
	bool running, late = false;
	int index;

	for (;;) {
		obey(set, count);
		index = next_ended(set, count, &running);
		if (index >= 0 || !running || late)
			break;
		turn(set, count, fds, until);
		late = clock_now_ms() >= until;
	}
	for (size_t i = 0; i < count; i++)
		trim(set[i], 0);
	free(fds);
	return index;
}
