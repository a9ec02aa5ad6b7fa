/* What a contained command starts does not outlive it, however it tries. */
#include "port/proc_tree.h"
#include "u-proc.h"

/* --- what this program does when it is the command ---------------------------------------------- */

/* Two forks and a session of its own, deaf: nobody's child any more, and in nobody's group. */
static void daemonise(void)
{
	if (fork())
		return;
	setsid();
	if (fork())
		_exit(0);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (;;)
		pause();
}

/* Never the same process for long: each forks its successor and ends. */
static void hop(void)
{
	if (fork())
		return;
	setsid();
	for (;;)
		if (fork())
			_exit(0);
}

/* A parent that starts children as fast as it can; each lives a moment and starts one that stays. */
static void breed(void)
{
	if (fork())
		return;
	setsid();
	for (int born = 0;; born++) {
		if (fork() == 0) {
			if (fork() == 0 && born < 200)
				pause();
			_exit(0);
		}
		usleep(1000);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static int escape(const char *how)
{
	if (strchr(how, 'd'))
		daemonise();
	for (const char *h = how; *h; h++)
		if (*h == 'h')
			hop();
	if (strchr(how, 'b'))
		breed();
	usleep(50000);
	if (write(STDOUT_FILENO, "x", 1) != 1)
		return 1;
	if (strchr(how, 's')) /* stays */
		for (;;)
			pause();
	return 7;
}

/* --- the tests ---------------------------------------------------------------------------------- */

static const char *self;

/* A pipe that every process of the command holds: its end is theirs. */
struct line {
	int ends[2];
};

static struct proc *start_on(struct line *line, const char *const *argv)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc *p;

	if (pipe2(line->ends, O_CLOEXEC) < 0)
		return NULL;
	spec.argv = argv;
	spec.contain = true;
	spec.out_fd = line->ends[1];
	p = start(&spec);
	close(line->ends[1]);
	return p;
}

/* Nobody holds the pipe any more: its end is there now, without waiting for anybody. */
static bool is_dead(struct line *line)
{
	char bytes[4096];
	ssize_t got;

	fcntl(line->ends[0], F_SETFL, O_NONBLOCK);
	do
		got = read(line->ends[0], bytes, sizeof bytes);
	while (got > 0);
	close(line->ends[0]);
	return got == 0;
}

static void test_escapes(void)
{
	static const char *const ways[] = {"d", "h", "hhhh", "b", "dhb"};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct line line;
		struct proc *p = start_on(&line, ARGV(self, ways[i]));

		ok(proc_poll(&p, 1, -1) == 0 && p->end == PROC_EXITED && p->code == 7,
			"'%s' ends with its own status", ways[i]);
		proc_free(&p);
		ok(is_dead(&line), "'%s' leaves nothing behind", ways[i]);
	}
}

static void test_shell(void)
{
	struct line line;
	struct proc *p = start_on(&line,
		SH("setsid sleep 600 & nohup sleep 601 & (sleep 602 &) & setsid sh -c '(sleep 603 &)' & "
		   "sleep 0.2; kill -9 $$"));

	ok(proc_poll(&p, 1, -1) == 0 && p->end == PROC_SIGNALED && p->code == SIGKILL,
		"the command's signal is told, not the keeper's status");
	proc_free(&p);
	ok(is_dead(&line), "setsid, nohup and subshells leave nothing behind");
}

static void test_cancel(void)
{
	struct line line;
	char byte;
	struct proc *p = start_on(&line, ARGV(self, "dhs"));

	ok(read(line.ends[0], &byte, 1) == 1, "a command that stays");
	proc_cancel(p);
	ok(proc_poll(&p, 1, -1) == 0 && p->end == PROC_INTERRUPTED, "is cancelled");
	proc_free(&p);
	ok(is_dead(&line), "and nothing is left");
	p = start_on(&line, ARGV(self, "ds"));
	ok(read(line.ends[0], &byte, 1) == 1, "another that stays");
	proc_free(&p);
	ok(is_dead(&line), "is gone when it is freed");
}

static void test_polite(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;

	spec.argv = SH("trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.1; done");
	spec.capture = spec.contain = true;
	p = start(&spec);
	ok(wait_for(p, "ready"), "a command that saves its work");
	proc_cancel(p);
	ok(proc_poll(&p, 1, -1) == 0 && !strcmp(p->out.data, "ready\nsaved\n"),
		"is given the time to");
}

static void test_start(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	struct fault why = FAULT_INIT;
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL, *d = NULL;

	spec.contain = spec.capture = true;
	spec.argv = ARGV("git-agent-no-such-program");
	a = run(&spec);
	ok(a->end == PROC_NOT_FOUND && a->code == ENOENT, "a missing program is told");
	spec.argv = ARGV("true");
	spec.dir = "/no/such/place";
	ok(proc_start(&spec, &d, &why) == -1 && strstr(why.message, "'/no/such/place'"),
		"so is a missing directory");
	spec.dir = NULL;
	spec.argv = SH("cd /proc/self/fd && echo *; cat; ulimit -c");
	spec.input = "given\n";
	spec.input_len = 6;
	b = run(&spec);
	is(b->out.data, "0 1 2 3\ngiven\n0\n",
		"input, output and no other descriptor; no core files");
	spec.input = NULL;
	spec.wall_ms = 100;
	spec.argv = SH("setsid sleep 600 & wait");
	c = run(&spec);
	ok(c->end == PROC_TIMED_OUT, "deadlines hold");
}

/* The parent is killed without a chance to clean up: its children's keepers do it. */
static void test_orphaned(bool contain)
{
	struct line line;
	char byte;
	pid_t parent;
	struct pollfd end;

	ok(pipe(line.ends) == 0, "a pipe");
	parent = fork();
	if (parent == 0) {
		struct proc_spec spec = PROC_SPEC_INIT;
		struct proc *p;

		spec.argv = contain ? ARGV(self, "dbs") : ARGV(self, "s");
		spec.contain = contain;
		spec.out_fd = line.ends[1];
		p = start(&spec);
		close(line.ends[1]);
		proc_poll(&p, 1, -1);
		_exit(0);
	}
	close(line.ends[1]);
	ok(read(line.ends[0], &byte, 1) == 1, "the command of a parent");
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	end = (struct pollfd){line.ends[0], POLLIN, 0};
	ok(poll(&end, 1, 60000) == 1 && is_dead(&line), "that is killed dies too%s",
		contain ? ", with all it started" : "");
}

static void test_tree(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	struct pids listed = PIDS_INIT, scanned = PIDS_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;

	spec.argv = SH("sleep 600 & sleep 600 & echo x; wait");
	spec.capture = true;
	p = start(&spec);
	wait_for(p, "x");
	tree_children(getpid(), &listed);
	ok(listed.len == 1 && listed.items[0] == p->pid, "a child is listed");
	listed.len = 0;
	tree_children(p->pid, &listed);
	tree_children_scan(p->pid, &scanned);
	ok(listed.len == 2 && scanned.len == 2 && listed.items[0] == scanned.items[0] &&
			listed.items[1] == scanned.items[1],
		"both ways tell the same children");
	tree_stop(getpid(), &listed);
	ok(listed.len == 3 && listed.items[0] == p->pid, "parents come before children");
	pids_release(&listed);
	pids_release(&scanned);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return escape(argv[1]);
	self = argv[0];
	if (!strchr(self, '/'))
		return 1;
	test_start();
	test_shell();
	test_escapes();
	test_cancel();
	test_polite();
	test_orphaned(true);
	test_orphaned(false);
	test_tree();
	return tap_done();
}
