/* Requests to stop, processes in the background, and who owns what. */
#include "u-proc.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Runs `body` in a child; its exit status. */
static int in_child(int (*body)(void))
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(body());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* --- stopping ----------------------------------------------------------------------------------- */

static int stop_sig;

/* Asked to stop by its own child, when that runs. */
static int stopped_while_running(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	char script[64];
	CLEANUP(proc_free) struct proc *p = NULL, *after = NULL;

	proc_catch_signals();
	if (proc_stop_requested())
		return 1;
	snprintf(script, sizeof script, "kill -%d $PPID; exec sleep 600", stop_sig);
	spec.argv = SH(script);
	p = run(&spec);
	if (!p || p->end != PROC_INTERRUPTED || !proc_stop_requested())
		return 2;
	spec.argv = SH("sleep 0.1; exit 9");
	after = run(&spec);
	if (!after || after->end != PROC_EXITED || after->code != 9)
		return 3;
	return 0;
}

static int stopped_twice(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;

	proc_catch_signals();
	raise(SIGTERM);
	spec.argv = SH("kill $PPID; exec sleep 600");
	p = run(&spec);
	return p && p->end == PROC_INTERRUPTED ? 0 : 1;
}

static int stopped_before_polling(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc *set[2];
	bool interrupted;

	proc_catch_signals();
	spec.argv = ARGV("sleep", "600");
	set[0] = start(&spec);
	spec.contain = true;
	set[1] = start(&spec);
	raise(SIGINT);
	while (proc_poll(set, 2, -1) >= 0)
		;
	interrupted = set[0]->end == PROC_INTERRUPTED && set[1]->end == PROC_INTERRUPTED;
	proc_free(&set[0]);
	proc_free(&set[1]);
	return interrupted ? 0 : 1;
}

/* As ^C does at a terminal, which the child shares: both get it. */
static int stopped_together(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;

	proc_catch_signals();
	spec.terminal = true;
	spec.argv = SH("kill -INT $PPID; kill -INT $$; exec sleep 600");
	p = run(&spec);
	return p && p->end == PROC_INTERRUPTED ? 0 : 1;
}

static int nohup(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	proc_catch_signals();
	raise(SIGHUP);
	raise(SIGINT);
	raise(SIGPIPE);
	return proc_stop_requested() ? 1 : 0;
}

static void test_stop(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < ARRAY_LEN(sigs); i++) {
		stop_sig = sigs[i];
		ok(in_child(stopped_while_running) == 0,
			"signal %d cancels what runs, and not what cleans up after it", stop_sig);
	}
	ok(in_child(stopped_twice) == 0, "a second one cancels that too");
	ok(in_child(stopped_together) == 0, "a child the signal reached first was interrupted too");
	ok(in_child(stopped_before_polling) == 0, "every child of the set is cancelled");
	ok(in_child(nohup) == 0, "what is ignored from the start stays ignored");
}

/* --- background --------------------------------------------------------------------------------- */

static void test_background(void)
{
	struct fault why = FAULT_INIT;
	int ends[2];
	char said[64] = "";
	pid_t pid;

	ok(pipe(ends) == 0, "a pipe");
	pid = proc_background(&why);
	if (pid == 0) {
		char byte;
		int len = snprintf(said, sizeof said, "%d %d %d", getsid(0) == getpid(),
			(int)read(STDIN_FILENO, &byte, 1), getppid() != 1);

		_exit(write(ends[1], said, (size_t)len) == len ? 0 : 1);
	}
	waitpid(pid, NULL, 0);
	ok(read(ends[0], said, sizeof said - 1) > 0, "it runs");
	is(said, "1 0 1", "in a session of its own, with nothing to read");
	close(ends[0]);
	close(ends[1]);
}

/* --- owners ------------------------------------------------------------------------------------- */

static struct proc_owner owner_of(pid_t pid)
{
	struct proc_owner owner;
	char path[64], text[1024] = "", *at;
	int fd;

	proc_owner_self(&owner);
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	close(fd);
	owner.pid = pid;
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	owner.start = at ? strtoull(at, NULL, 10) : 0;
	return owner;
}

static void test_owner_self(void)
{
	struct proc_owner self, other;
	struct fault why = FAULT_INIT;

	proc_owner_self(&self);
	other = owner_of(getpid());
	ok(self.pid == getpid() && self.start > 0 && self.start == other.start &&
			strlen(self.boot) == 36,
		"this process has an identity");
	ok(proc_owner_alive(&self), "and is alive");
	other.start++;
	ok(!proc_owner_alive(&other), "one that started at another time is not");
	ok(proc_owner_signal(&other, SIGKILL, &why) == 1, "and gets no signal");
	other = self;
	other.boot[0] = other.boot[0] == 'a' ? 'b' : 'a';
	ok(!proc_owner_alive(&other) && proc_owner_signal(&other, SIGKILL, &why) == 1,
		"nor does one of another boot");
	other = (struct proc_owner){.pid = 0};
	ok(!proc_owner_alive(&other) && proc_owner_signal(&other, SIGKILL, &why) == 1,
		"nor does none at all");
}

static void test_owner_other(const char *top)
{
	CLEANUP(str_free) char *sleeper = fs_join(top, "a ) S 1 1 (b");
	struct proc_spec spec = PROC_SPEC_INIT;
	struct fault why = FAULT_INIT;
	struct proc_owner owner;
	siginfo_t info;
	CLEANUP(proc_free) struct proc *p = NULL;

	ok(symlink("/bin/sleep", sleeper) == 0, "a program with a name that looks like fields");
	spec.argv = ARGV(sleeper, "600");
	p = start(&spec);
	owner = owner_of(p->pid);
	ok(proc_owner_alive(&owner), "is alive");
	ok(proc_owner_signal(&owner, SIGTERM, &why) == 0, "gets a signal");
	waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT);
	ok(!proc_owner_alive(&owner), "and is not alive as a zombie");
	ok(proc_poll(&p, 1, -1) == 0 && p->end == PROC_SIGNALED && p->code == SIGTERM,
		"the signal was the one that was sent");
	ok(!proc_owner_alive(&owner) && proc_owner_signal(&owner, SIGTERM, &why) == 1,
		"reaped it is gone");
}

/* --- a kernel without pidfds -------------------------------------------------------------------- */

static int without_pidfds(void)
{
	struct sock_filter rows[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {ARRAY_LEN(rows), rows};
	struct proc_spec spec = PROC_SPEC_INIT;
	struct fault why = FAULT_INIT;
	struct proc_owner owner;
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL, *d = NULL;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0 ||
		syscall(SYS_pidfd_open, getpid(), 0) >= 0)
		return 1;
	spec.argv = SH("sleep 0.1; exit 9");
	a = run(&spec);
	if (a->end != PROC_EXITED || a->code != 9)
		return 2;
	spec.argv = ARGV("sleep", "600");
	spec.wall_ms = 50;
	b = run(&spec);
	if (b->end != PROC_TIMED_OUT)
		return 3;
	spec.wall_ms = 0;
	c = start(&spec);
	owner = owner_of(c->pid);
	if (proc_owner_signal(&owner, SIGTERM, &why) != 0)
		return 4;
	proc_poll(&c, 1, -1);
	spec.contain = true;
	d = start(&spec); /* killed where it is freed */
	return c->end == PROC_SIGNALED && c->code == SIGTERM && d ? 0 : 5;
}

int main(void)
{
	char top[] = "/tmp/git-agent-u-proc-stop.XXXXXX";
	struct fault why = FAULT_INIT;

	/* Whoever runs the tests may ignore them. */
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (!mkdtemp(top))
		return 1;
	test_stop();
	test_background();
	test_owner_self();
	test_owner_other(top);
	ok(in_child(without_pidfds) == 0, "without pidfds all goes on");
	ok(fs_remove(top, &why) == 0, "cleaned up");
	return tap_done();
}
