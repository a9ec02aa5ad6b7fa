#include "port/relay.h"
#include "base/alloc.h"
#include "port/proc_job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

static const int passed[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH};

/* --- opening ---------------------------------------------------------------------------------- */

static bool is_ignored(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* One that is ignored from the start (nohup, a script's background job) stays so. */
static int take_signals(struct relay *r, struct fault *why)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(passed); i++)
		if (!is_ignored(passed[i]))
			sigaddset(&set, passed[i]);
	sigprocmask(SIG_BLOCK, &set, &r->before);
	r->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signal_fd < 0 ? fault_errno(why, "cannot wait for signals") : 0;
}

static bool is_ours(int fd)
{
	return isatty(fd) && tcgetsid(fd) == getsid(0);
}

/* Another reader or writer of the terminal may stand beside us. */
static bool in_pipeline(void)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
			return true;
	return false;
}

static void copy_size(const struct relay *r)
{
	struct winsize size;

	if (r->outer >= 0 && ioctl(r->outer, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

static bool is_front(const struct relay *r)
{
	return r->outer >= 0 && tcgetpgrp(r->outer) == getpgrp();
}

/*
 * A shell that edits its line has its own settings on the terminal until it puts us in front, and may have kept those we
 * had set when we were stopped: only such as people type under are taken over. The first of them are the job's too.
 */
static void set_raw(struct relay *r)
{
	struct termios now;

	if (!r->front || r->raw || tcgetattr(r->outer, &now) < 0)
		return;
	if (!r->fitted)
		tcsetattr(r->master, TCSANOW, &now);
	if (!r->fitted || (now.c_lflag & ICANON))
		r->found = now;
	r->fitted = true;
	now = r->found;
	cfmakeraw(&now);
	r->raw = tcsetattr(r->outer, TCSADRAIN, &now) == 0;
}

static void set_back(struct relay *r)
{
	if (r->raw && is_front(r))
		tcsetattr(r->outer, TCSADRAIN, &r->found);
	r->raw = false;
}

static int open_pair(struct relay *r)
{
	r->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (r->master < 0 || fcntl(r->master, F_SETFL, O_NONBLOCK) < 0 || grantpt(r->master) < 0 ||
		unlockpt(r->master) < 0)
		return -1;
	r->slave = ioctl(r->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return r->slave < 0 ? -1 : 0;
}

static int open_terminal(struct relay *r, struct fault *why)
{
	bool ours = false;

	for (int fd = 0; fd < 3; fd++)
		ours = ours || is_ours(fd);
	if (!ours)
		return 0;
	r->outer = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (r->outer < 0)
		return fault_errno(why, "cannot open the terminal");
	if (open_pair(r) < 0)
		return fault_errno(why, "cannot make a terminal for the command");
	copy_size(r);
	for (int fd = 0; fd < 3; fd++)
		if (is_ours(fd))
			r->fds[fd] = r->slave;
	/* Without it as its input it may be one of several that a script runs side by side. */
	r->eager = r->fds[0] == r->slave && !in_pipeline();
	r->front = r->eager && is_front(r);
	set_raw(r);
	return 0;
}

int relay_open(struct relay *r, struct fault *why)
{
	return take_signals(r, why) < 0 ? -1 : open_terminal(r, why);
}

void relay_close(struct relay *r)
{
	set_back(r);
	fd_close(&r->outer);
	fd_close(&r->master);
	fd_close(&r->slave);
	if (r->signal_fd >= 0)
		sigprocmask(SIG_SETMASK, &r->before, NULL);
	fd_close(&r->signal_fd);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static bool is_again(ssize_t done)
{
	return done < 0 && (errno == EAGAIN || errno == EINTR);
}

/* 0: the other end is gone. */
static ssize_t fill(struct relay_queue *q, int fd)
{
	ssize_t got = read(fd, q->bytes + q->len, sizeof q->bytes - q->len);

	if (is_again(got))
		return -1;
	if (got > 0)
		q->len += (size_t)got;
	return got > 0 ? got : 0;
}

static bool drain(struct relay_queue *q, int fd)
{
	ssize_t put = q->len ? write(fd, q->bytes, q->len) : 0;

	if (put < 0)
		return is_again(put);
	memmove(q->bytes, q->bytes + put, q->len - (size_t)put);
	q->len -= (size_t)put;
	return true;
}

/* Our terminal is gone: so is the job's, which the kernel tells it with SIGHUP. */
static void hang_up(struct relay *r)
{
	fd_close(&r->outer);
	fd_close(&r->master);
	r->typed.len = r->shown.len = 0;
	r->raw = r->front = false;
}

static void read_outer(struct relay *r)
{
	if (fill(&r->typed, r->outer) != 0)
		return;
	if (is_front(r))
		hang_up(r);
	else
		r->front = r->raw =
			false; /* in the background, with nobody to stop us for reading */
}

static void serve_outer(struct relay *r, short events)
{
	if (events & POLLIN)
		read_outer(r);
	if (r->outer >= 0 && (((events & POLLOUT) && !drain(&r->shown, r->outer)) ||
				     (events & (POLLHUP | POLLERR))))
		hang_up(r);
}

/* After the job's end, what does not come at once does not come. */
static void serve_master(struct relay *r, short events, bool ended)
{
	ssize_t got = 1;

	if (events & POLLOUT)
		drain(&r->typed, r->master);
	if (events & (POLLIN | POLLHUP) || ended)
		got = r->shown.len < sizeof r->shown.bytes ? fill(&r->shown, r->master) : 1;
	if (got == 0 || (ended && got < 0))
		fd_close(&r->master);
}

/* --- signals and stops ------------------------------------------------------------------------ */

/* The job goes on, where we are now. */
static void resume(struct relay *r, struct proc *job)
{
	bool was = r->front, moved;

	r->front = r->eager && is_front(r);
	moved = r->outer >= 0 && (r->stopped || was != r->front);
	r->stopped = false;
	r->raw = r->raw && r->front;
	copy_size(r);
	set_raw(r);
	proc_job_signal(job, SIGCONT, !moved ? JOB_AS_IT_IS : r->front ? JOB_FRONT : JOB_BACK);
}

static bool is_pending(int sig)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, sig);
}

/* What the job printed before it stopped, and the terminal's "^Z", come before what the shell says. */
static void show_rest(struct relay *r)
{
	if (r->master >= 0 && r->shown.len < sizeof r->shown.bytes)
		fill(&r->shown, r->master);
	if (r->outer >= 0)
		drain(&r->shown, r->outer);
}

/* Stops our process group, as the terminal would have. False: it has nobody who could continue it. */
static bool stop_here(int sig)
{
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, sig);
	kill(0, sig);
	sigprocmask(SIG_UNBLOCK, &set, &before); /* here we stop */
	sigprocmask(SIG_SETMASK, &before, NULL);
	return is_pending(SIGCONT);
}

static void on_stop(struct relay *r, struct proc *job, int sig)
{
	bool wants = sig == SIGTTIN || sig == SIGTTOU;

	r->stopped = true;
	r->eager = r->eager || wants;
	if (wants && !r->front && is_front(r)) {
		resume(r, job);
		return;
	}
	show_rest(r);
	set_back(r);
	if (!stop_here(wants ? sig : SIGTSTP) && sig == SIGTSTP)
		resume(r, job);
}

static void on_signals(struct relay *r, struct proc *job)
{
	struct signalfd_siginfo info;

	while (read(r->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		int sig = (int)info.ssi_signo;

		if (job->end != PROC_RUNNING && sig != SIGCONT && sig != SIGWINCH)
			hang_up(r); /* asked to end while its last words wait for a terminal */
		else if (sig == SIGCONT)
			resume(r, job);
		else if (sig == SIGWINCH && r->outer >= 0)
			copy_size(r);
		else
			proc_job_signal(job, sig, JOB_AS_IT_IS);
	}
}

static void on_job(struct relay *r, struct proc *job, short events)
{
	int sig = proc_job_stopped(job);

	if (sig)
		on_stop(r, job, sig);
	else if (events)
		proc_poll(&job, 1, -1);
}

/* --- serving ---------------------------------------------------------------------------------- */

static short events_of(const struct relay_queue *in, const struct relay_queue *out, bool reads)
{
	return (short)((reads && in->len < sizeof in->bytes ? POLLIN : 0) |
		       (out->len ? POLLOUT : 0));
}

static void turn(struct relay *r, struct proc *job)
{
	bool running = job->end == PROC_RUNNING;
	bool more = !running && r->master >= 0 && r->shown.len < sizeof r->shown.bytes;
	struct pollfd fds[] = {
		{r->signal_fd, POLLIN, 0},
		{running ? proc_job_fd(job) : -1, POLLIN, 0},
		{r->outer, events_of(&r->typed, &r->shown, running && r->front), 0},
		{running ? r->master : -1, events_of(&r->shown, &r->typed, true), 0},
	};

	if (poll(fds, ARRAY_LEN(fds), more ? 0 : -1) < 0)
		return;
	if (fds[0].revents)
		on_signals(r, job);
	if (r->outer >= 0 && fds[2].revents)
		serve_outer(r, fds[2].revents);
	if (r->master >= 0 && (fds[3].revents || !running))
		serve_master(r, fds[3].revents, !running);
	if (fds[1].revents)
		on_job(r, job, fds[1].revents);
}

void relay_serve(struct relay *r, struct proc *job)
{
	fd_close(&r->slave);
	while (job->end == PROC_RUNNING || (r->outer >= 0 && (r->master >= 0 || r->shown.len)))
		turn(r, job);
}
