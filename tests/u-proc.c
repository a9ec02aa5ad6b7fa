#include "u-proc.h"

#include <sys/stat.h>

#define MANY 3000000 /* bytes: more than any pipe holds */

static void test_ends(const char *top)
{
	CLEANUP(str_free) char *script = fs_join(top, "plain");
	struct fault why = FAULT_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL, *d = NULL, *e = NULL;

	spec.argv = SH("exit 3");
	a = run(&spec);
	ok(a->end == PROC_EXITED && a->code == 3, "an exit status");
	described(a, "exited with 3", "is described");
	spec.argv = SH("kill -USR2 $$");
	b = run(&spec);
	ok(b->end == PROC_SIGNALED && b->code == SIGUSR2, "a signal");
	described(b, "killed by signal 12", "is described");
	spec.argv = ARGV("git-agent-no-such-program");
	c = run(&spec);
	ok(c->end == PROC_NOT_FOUND && c->code == ENOENT, "a missing program");
	described(c, "was not found: No such file or directory", "is described");
	spec.argv = ARGV(top);
	d = run(&spec);
	ok(d->end == PROC_NOT_FOUND && d->code == EACCES, "what cannot be executed");
	described(d, "could not be started: Permission denied", "is described");
	fs_write(script, "echo \"$0 $1\"\nexit 7\n", 21, 0755, &why);
	spec.argv = ARGV(script, "x");
	spec.capture = true;
	e = run(&spec);
	ok(e->end == PROC_EXITED && e->code == 7 && strstr(e->out.data, "/plain x\n"),
		"a script without #! is run by sh");
	spec.argv = ARGV("true");
	spec.dir = "/no/such/place";
	ok(proc_start(&spec, &d, &why) == -1 && strstr(why.message, "'/no/such/place'"),
		"a missing directory is a fault: %s", why.message);
}

static void test_path(const char *top)
{
	CLEANUP(str_free) char *bin = fs_join(top, "bin");
	CLEANUP(str_free) char *tool = fs_join(bin, "u-proc-tool");
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	struct fault why = FAULT_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL;

	fs_mkdirs(bin, 0755, &why);
	fs_write(tool, "#!/bin/sh\necho $VALUE\n", 22, 0755, &why);
	buf_printf(&path, "PATH=/nowhere:%s:/bin", bin);
	spec.argv = ARGV("u-proc-tool");
	spec.env = ARGV(path.data, "VALUE=given");
	spec.capture = true;
	a = run(&spec);
	is(a->out.data, "given\n",
		"the program is looked up in the child's PATH, its environment given");
	spec.env = NULL;
	b = run(&spec);
	ok(b->end == PROC_NOT_FOUND, "and in the parent's where none is given");
	spec.env = ARGV("PATH=:.:bin:/nowhere");
	spec.dir = bin;
	c = run(&spec);
	ok(c->end == PROC_NOT_FOUND && c->code == ENOENT, "never in the working directory");
}

static void test_inheritance(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	unsigned long blocked = 1, ignored = 1;
	sigset_t set, before;
	int leak = open("/dev/null", O_RDONLY);
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL;

	spec.capture = true;
	spec.argv = SH("cd /proc/self/fd && echo *");
	a = run(&spec);
	ok(leak > 2, "a descriptor that is not close-on-exec");
	is(a->out.data, "0 1 2 3\n", "is not inherited (3 is the directory's own)");
	close(leak);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal(SIGQUIT, SIG_IGN);
	spec.argv = ARGV("grep", "-E", "Sig(Blk|Ign)", "/proc/self/status");
	b = run(&spec);
	/* The C library keeps signals 32 and 33 for itself; whoever started the test may ignore those. */
	ok(sscanf(b->out.data, "SigBlk: %lx SigIgn: %lx", &blocked, &ignored) == 2 && !blocked &&
			!(ignored & 0x7fffffffUL),
		"neither blocked nor ignored signals are: %s", b->out.data);
	signal(SIGQUIT, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	spec.argv = SH("cat; cut -d' ' -f5,6 /proc/self/stat; echo $$ $$");
	c = run(&spec);
	{
		CLEANUP(buf_release) struct buf want = BUF_INIT;

		buf_printf(&want, "%d %d\n%d %d\n", c->pid, c->pid, c->pid, c->pid);
		is(c->out.data, want.data, "a session and a group of its own, nothing to read");
	}
}

static void test_terminal(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(buf_release) struct buf want = BUF_INIT;

	spec.argv = SH("cut -d' ' -f5,6 /proc/self/stat; exec sleep 60");
	spec.capture = spec.terminal = true;
	p = start(&spec);
	buf_printf(&want, "%d %d\n", getpgrp(), getsid(0));
	wait_for(p, "\n");
	is(p->out.data, want.data, "the parent's session and group are kept");
	proc_cancel(p);
	ok(proc_poll(&p, 1, -1) == 0 && p->end == PROC_INTERRUPTED,
		"and live on when the child is killed");
}

/* Standard output and error as each other's sources: a mapping that goes in a circle. */
static void test_mapping(const char *top)
{
	CLEANUP(str_free) char *one = fs_join(top, "one");
	CLEANUP(str_free) char *two = fs_join(top, "two");
	CLEANUP(buf_release) struct buf was_one = BUF_INIT;
	CLEANUP(buf_release) struct buf was_two = BUF_INIT;
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	int a = open(one, O_RDWR | O_CREAT, 0644), b = open(two, O_RDWR | O_CREAT, 0644);
	struct proc_spec spec = PROC_SPEC_INIT;
	struct fault why = FAULT_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;

	dup2(a, STDOUT_FILENO);
	dup2(b, STDERR_FILENO);
	spec.argv = SH("echo to output; echo to error >&2");
	spec.out_fd = STDERR_FILENO;
	spec.err_fd = STDOUT_FILENO;
	proc_run(&spec, &p, &why);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	fs_read(one, &was_one, 100, &why);
	fs_read(two, &was_two, 100, &why);
	is(was_one.data, "to error\n", "output and error change places");
	is(was_two.data, "to output\n", "both of them");
	close(out);
	close(err);
	close(a);
	close(b);
}

static void test_input(void)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL;

	while (bytes.len < MANY)
		buf_printf(&bytes, "%zu\n", bytes.len);
	spec.input = bytes.data;
	spec.input_len = bytes.len;
	spec.capture = true;
	spec.argv = ARGV("cat");
	a = run(&spec);
	ok(a->end == PROC_EXITED && a->out.len == bytes.len &&
			!memcmp(a->out.data, bytes.data, bytes.len),
		"what goes in comes out");
	spec.argv = ARGV("true");
	b = run(&spec);
	ok(b->end == PROC_EXITED && b->code == 0, "a child need not read what it is given");
	spec.argv = SH("head -c 2; exec 0<&-; sleep 0.1; echo end");
	c = run(&spec);
	is(c->out.data, "0\nend\n", "or may stop reading");
}

static void test_capture(const char *top)
{
	CLEANUP(str_free) char *log = fs_join(top, "log");
	CLEANUP(buf_release) struct buf logged = BUF_INIT;
	int fd = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0644),
	    full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct proc_spec spec = PROC_SPEC_INIT;
	struct fault why = FAULT_INIT;
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL, *d = NULL;

	spec.argv = SH("seq 500000; echo last >&2");
	spec.capture = spec.merge = true;
	spec.log_fd = fd;
	spec.keep_max = 12;
	a = run(&spec);
	is(a->out.data, "500000\nlast\n", "the end of the output is kept, errors merged");
	fs_read(log, &logged, MANY * 2, &why);
	ok(a->out_bytes == logged.len && logged.len == 3388900, "all of it is counted and logged");
	ok(!strncmp(logged.data, "1\n2\n", 4) &&
			!strcmp(logged.data + logged.len - 12, a->out.data),
		"in its order");
	spec.log_fd = -1;
	spec.keep_max = 0;
	spec.output_max = 100000;
	spec.argv = ARGV("yes");
	b = run(&spec);
	ok(b->end == PROC_OVERFLOWED && b->out_bytes > 100000, "too much output ends the child");
	described(b, "printed more than 100000 bytes", "is described");
	spec.output_max = 5;
	spec.argv = ARGV("echo", "123456");
	c = run(&spec);
	ok(c->end == PROC_OVERFLOWED, "though it has ended before that is seen");
	spec.output_max = 0;
	spec.log_fd = full;
	spec.argv = ARGV("yes");
	d = run(&spec);
	ok(d->end == PROC_OVERFLOWED, "a log that is full ends the child");
	described(d, "was stopped: its log cannot be written: No space left on device",
		"is described");
	close(fd);
	close(full);
}

struct sink {
	struct buf got;
	int ends, full; /* full: calls after which nothing more can be written; 0: never */
};

static int take_log(void *state, const char *bytes, size_t len)
{
	struct sink *s = state;

	if (s->full && !--s->full) {
		errno = ENOSPC;
		return -1;
	}
	buf_add(&s->got, bytes, len);
	s->ends += !len;
	return 0;
}

static void test_log_sink(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	struct sink sink = {BUF_INIT, 0, 0}, full = {BUF_INIT, 0, 1};
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL;

	spec.capture = spec.merge = true;
	spec.argv = SH("echo one; echo two >&2; printf three");
	spec.log = take_log;
	spec.log_state = &sink;
	a = run(&spec);
	is(sink.got.data, "one\ntwo\nthree", "what takes the log gets all of it");
	is(a->out.data, sink.got.data, "and so does the capture");
	ok(sink.ends == 1, "and is told once that it ends");
	sink.ends = 0;
	spec.wall_ms = 100;
	spec.argv = SH("echo begun; exec sleep 60");
	b = run(&spec);
	ok(b->end == PROC_TIMED_OUT && sink.ends == 1, "where the child is killed, too");
	spec.wall_ms = 0;
	spec.log_state = &full;
	spec.argv = ARGV("yes");
	c = run(&spec);
	ok(c->end == PROC_OVERFLOWED && !full.ends, "one that can take no more ends the child");
	described(c, "was stopped: its log cannot be written: No space left on device",
		"is described");
	buf_release(&sink.got);
	buf_release(&full.got);
}

static void test_deadlines(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *a = NULL, *b = NULL, *c = NULL, *d = NULL, *e = NULL;

	spec.capture = true;
	spec.argv = SH("trap '' TERM; echo deaf; while :; do sleep 1; done");
	a = start(&spec);
	ok(wait_for(a, "deaf"), "a child that ignores SIGTERM");
	proc_cancel(a);
	ok(proc_poll(&a, 1, -1) == 0 && a->end == PROC_INTERRUPTED, "is killed all the same");
	spec.wall_ms = 100;
	spec.argv = ARGV("sleep", "60");
	e = run(&spec);
	ok(e->end == PROC_TIMED_OUT, "past its wall clock a child is killed");
	described(e, "ran longer than 0.1s", "is described");
	spec.wall_ms = 0;
	spec.idle_ms = 1500;
	spec.argv = SH("for i in 1 2 3 4 5 6; do echo $i; sleep 0.3; done; exec sleep 60");
	b = run(&spec);
	ok(b->end == PROC_STALLED && !strcmp(b->out.data, "1\n2\n3\n4\n5\n6\n"),
		"a child that says nothing is killed, one that speaks is not");
	described(b, "printed nothing for 1.5s", "is described");
	ok(b->active_ms > b->started_ms && b->ended_ms > b->active_ms && !b->woke_ms,
		"its times are known");
	spec.idle_ms = 0;
	spec.argv = SH("sleep 2 & exit 5");
	c = run(&spec);
	ok(c->end == PROC_EXITED && c->code == 5, "a pipe held open by another is not waited for");
	spec.argv = SH("kill -STOP $$");
	spec.wall_ms = 100;
	d = run(&spec);
	ok(d->end == PROC_TIMED_OUT, "a stopped child is ended too");
}

/* Everything a killed child's group holds is gone when the other end of a pipe sees its end. */
static void test_group(void)
{
	int ends[2];
	char byte;
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc *p;

	ok(pipe2(ends, O_CLOEXEC) == 0, "a pipe");
	spec.argv = SH("(trap '' TERM; while :; do sleep 1; done) & echo x; wait");
	spec.out_fd = ends[1];
	p = start(&spec);
	ok(read(ends[0], &byte, 1) == 1, "it runs");
	close(ends[1]);
	proc_cancel(p);
	ok(proc_poll(&p, 1, -1) == 0 && p->end == PROC_INTERRUPTED, "a cancelled child");
	described(p, "was interrupted", "is described");
	ok(read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 0, "takes its group with it");
	proc_free(&p);
	ok(!p, "and is freed");
	close(ends[0]);
}

static void test_set(void)
{
	struct proc *set[3];
	struct proc_spec spec = PROC_SPEC_INIT;
	int first, second;

	spec.argv = SH("read x; exit 1");
	spec.capture = true;
	spec.input = "";
	set[0] = start(&spec);
	spec.argv = ARGV("sleep", "60");
	set[1] = start(&spec);
	spec.argv = ARGV("git-agent-no-such-program");
	set[2] = start(&spec);
	first = proc_poll(set, 3, -1);
	second = proc_poll(set, 3, -1);
	ok(first + second == 2 && first != 1, "each that has ended is returned: %d, %d", first,
		second);
	ok(proc_poll(set, 3, 0) == -1 && proc_poll(set, 3, 20) == -1, "once");
	ok(set[1]->end == PROC_RUNNING, "the other runs on");
	for (int i = 0; i < 3; i++)
		proc_free(&set[i]);
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "freeing reaps it");
	ok(proc_poll(set, 0, -1) == -1, "nothing to wait for");
}

static void test_ignored_children(void)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *p = NULL;

	signal(SIGCHLD, SIG_IGN);
	spec.argv = SH("exit 6");
	p = run(&spec);
	ok(p->end == PROC_EXITED && p->code == 6,
		"a parent told to ignore its children learns their end");
}

int main(void)
{
	char top[] = "/tmp/git-agent-u-proc.XXXXXX";
	struct fault why = FAULT_INIT;

	if (!mkdtemp(top))
		return 1;
	test_ends(top);
	test_path(top);
	test_inheritance();
	test_terminal();
	test_mapping(top);
	test_input();
	test_capture(top);
	test_log_sink();
	test_deadlines();
	test_group();
	test_set();
	test_ignored_children();
	ok(fs_remove(top, &why) == 0, "cleaned up");
	return tap_done();
}
