/*
 * Attacks on the sandbox (tests/attacks/). Each is run twice: outside, where it works (else it would prove nothing), and in the
 * box, where it does not. The program is its own attacker:
 *
 *     u-sandbox-attack attack <name> <place> <victim> <tcp port> <udp port> <key>
 *     u-sandbox-attack list | level
 */
#include "attacks/attack.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char top[] = "/var/tmp/git-agent-u-attack.XXXXXX";
static char self[4096];
static struct attack_place place;
static char numbers[4][16];
static struct {
	int works, held,
		open; /* controls; attacks that the box stops; those that its form does not */
} count;

static const char *const *attack_argv(const char *name)
{
	static const char *argv[] = {
		self, "attack", NULL, top, numbers[0], numbers[1], numbers[2], numbers[3], NULL};

	argv[2] = name;
	return argv;
}

static char *under(const char *name)
{
	return fs_join(top, name);
}

/* As somebody would run it who has no box: with every descriptor, in this process's own namespaces. */
static int run_outside(const char *name)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setsid();
		execv(self, (char *const *)(uintptr_t)attack_argv(name));
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void set_limits(struct box_limits *limits)
{
	limits->processes = LIMIT_PROCESSES;
	limits->memory = LIMIT_MEMORY;
	limits->file_size = LIMIT_FILE;
	limits->cpu = LIMIT_CPU;
}

static int run_inside(enum sandbox_level level, const char *name, unsigned needs, struct buf *said)
{
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(str_free) char *home = under("home"), *tmp = under("tmp"), *tree = under("tree");
	struct fault why = FAULT_INIT;

	box_init(&box);
	box.level = level;
	box.home = home;
	box.tmp = tmp;
	box.dir = tree;
	box.network = needs & NEEDS_OPEN ? NETWORK_OPEN : NETWORK_NONE;
	box.ptrace = needs & NEEDS_TRACE;
	if (needs & NEEDS_LIMITS)
		set_limits(&box.limits);
	box.merge = true;
	box.in_fd = place.terminal;
	box.wall_ms = 60 * 1000;
	vec_push(&box.write, tree);
	vec_pushf(&box.pin, "%s/.git", tree);
	vec_push_all(&box.argv, attack_argv(name));
	if (sandbox_run(&box, &p, &why) < 0) {
		buf_puts(said, why.message);
		return -1;
	}
	buf_add(said, p->out.data, p->out.len);
	return p->end == PROC_EXITED ? p->code : 128 + p->code;
}

/* The forms a box has here: what stops an attack at one need not stop it at the other. */
static unsigned form(void)
{
	CLEANUP(buf_release) struct buf reasons = BUF_INIT;

	if (sandbox_reach() == SANDBOX_FULL)
		return FORM_SPACES | FORM_RIGHTS;
	sandbox_explain(&reasons);
	return strstr(reasons.data, "namespaces:") ? FORM_RIGHTS : FORM_SPACES;
}

/* Undoes what an attack that worked has done. */
static void restore(void)
{
	static const char *const made[] = {"outside/written", "tree/linked", "tree/late",
		"tree/set", "tree/node", "tree/seen", "tree/made"};
	CLEANUP(str_free) char *git = under("tree/.git"), *doomed = under("outside/doomed");
	CLEANUP(str_free) char *secret = under("outside/secret");
	struct fault ignored = FAULT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		CLEANUP(str_free) char *path = under(made[i]);

		fs_remove(path, &ignored);
	}
	fs_write(git, "gitdir: ../git\n", 15, 0644, &ignored);
	fs_write(doomed, "doomed\n", 7, 0600, &ignored);
	fs_write(secret, "secret\n", 7, 0600, &ignored);
}

/* Outside it works; false: this kernel has no such thing, which is no check. */
static bool check_control(const struct attack *a)
{
	int outside = run_outside(a->name);

	restore();
	if (outside == ATTACK_ABSENT) {
		printf("# %s: this kernel has no such thing, anywhere\n", a->name);
		return false;
	}
	count.works +=
		ok(outside == ATTACK_WORKED, "control: %s works outside (%d)", a->name, outside);
	return true;
}

static void try_attack(const struct attack *a, enum sandbox_level level, unsigned here)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	int inside;

	if ((a->needs & NEEDS_ROOT) && geteuid())
		return;
	if ((a->needs & NEEDS_SPACES) && !(here & FORM_SPACES))
		return;
	if (!check_control(a))
		return;
	inside = run_inside(level, a->name, a->needs, &said);
	restore();
	if (a->stopped_by & here) {
		count.held += ok(inside >= 0 && inside != ATTACK_WORKED, "%s: not in the box (%d)",
			a->name, inside);
	} else {
		count.open++;
		printf("# %s: only %s stop it (%d)\n", a->name,
			a->stopped_by & FORM_SPACES ? "namespaces" : "Landlock", inside);
	}
	if (inside < 0 || inside == 127)
		printf("# %s\n", said.data);
}

static void make_places(void)
{
	static const char *const dirs[] = {"home", "tmp", "tree", "outside", "person/.ssh"};
	CLEANUP(str_free)
	char *secret = under("outside/secret"), *key = under("person/.ssh/id_ed25519");
	CLEANUP(str_free) char *person = under("person"), *program = under("outside/program");
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		CLEANUP(str_free) char *dir = under(dirs[i]);

		ok(fs_mkdirs(dir, 0700, &why) == 0, "%s", dirs[i]);
	}
	ok(fs_write(secret, "secret\n", 7, 0600, &why) == 0 &&
			fs_write(key, "key\n", 4, 0600, &why) == 0 &&
			fs_write(program, "#!/bin/sh\n", 10, 0700, &why) == 0,
		"secrets");
	setenv("HOME", person, 1);
	restore();
}

static void test_ordinary(enum sandbox_level level)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;

	ok(run_inside(level, "nothing", 0, &said) == ATTACK_WORKED, "what does no harm works %s",
		said.data);
	buf_clear(&said);
	ok(run_inside(level, "own-work", 0, &said) == ATTACK_WORKED,
		"a box's own files, processes, sockets and terminals work %s", said.data);
}

/* A moment, then whether something of the attacker's has written since. */
static bool goes_on(void)
{
	CLEANUP(str_free) char *late = under("tree/late");
	struct timespec pause = {1, 0};
	struct fault ignored = FAULT_INIT;

	fs_remove(late, &ignored);
	nanosleep(&pause, NULL);
	return fs_exists(late);
}

static void stop_hopper(void)
{
	CLEANUP(str_free) char *stop = under("tree/stop");
	struct fault why = FAULT_INIT;

	ok(fs_write(stop, "", 0, 0600, &why) == 0, "the hopper's end");
	while (goes_on())
		;
	fs_remove(stop, &why);
}

/* Nothing outlives the box: neither what waits nor what is never there to be killed. */
static void test_outliving(enum sandbox_level level)
{
	static const char *const kinds[] = {"late", "hopper"};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		CLEANUP(buf_release) struct buf said = BUF_INIT;

		count.works += ok(run_outside(kinds[i]) == ATTACK_WORKED && goes_on(),
			"control: %s: outside it goes on", kinds[i]);
		stop_hopper();
		count.held +=
			ok(run_inside(level, kinds[i], 0, &said) == ATTACK_WORKED && !goes_on(),
				"%s: does not outlive the box", kinds[i]);
		restore();
	}
}

static void name_numbers(void)
{
	const int values[] = {(int)place.victim, place.tcp_port, place.udp_port, place.key};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		snprintf(numbers[i], sizeof numbers[i], "%d", values[i]);
}

static int attack(char **args)
{
	struct target t = {args[1], atoi(args[2]), atoi(args[3]), atoi(args[4]), atoi(args[5])};
	int outcome = attack_run(args[0], &t);

	fflush(stdout);
	_exit(outcome); /* a sanitizer's last check would ptrace, and fail for its own reasons */
}

static int list(void)
{
	const struct attack *a;

	for (size_t i = 0; (a = attack_at(i)); i++)
		puts(a->name);
	puts("late\nhopper");
	return 0;
}

static int no_sandbox(void)
{
	CLEANUP(buf_release) struct buf reasons = BUF_INIT;

	sandbox_explain(&reasons);
	printf("# %s\n", reasons.data);
	ok(!getenv("GIT_AGENT_TEST_REQUIRE_SANDBOX"), "a machine without a sandbox");
	rmdir(top);
	return tap_done();
}

int main(int argc, char **argv)
{
	enum sandbox_level level = sandbox_reach();
	struct fault why = FAULT_INIT;
	const struct attack *a;
	unsigned here;
	ssize_t len;

	if (argc == 8 && !strcmp(argv[1], "attack"))
		return attack(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "list"))
		return list();
	if (argc == 2 && !strcmp(argv[1], "level"))
		return puts(sandbox_level_name(level)) < 0;
	len = readlink("/proc/self/exe", self, sizeof self - 1);
	if (len < 0 || !mkdtemp(top))
		return 1;
	printf("# level %s\n", sandbox_level_name(level));
	if (level < SANDBOX_PARTIAL)
		return no_sandbox();
	here = form();
	make_places();
	attack_serve(&place, top);
	name_numbers();
	test_ordinary(level);
	for (size_t i = 0; (a = attack_at(i)); i++)
		try_attack(a, level, here);
	test_outliving(level);
	attack_stop(&place);
	ok(fs_remove(top, &why) == 0, "cleaned up %s", why.message);
	printf("# attacks: %d with their control, %d held, %d not by this form\n", count.works,
		count.held, count.open);
	return tap_done();
}
