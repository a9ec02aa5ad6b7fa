/*
 * Attacks on the sandbox. Each is run twice: outside, where it works (else it would prove nothing), and in the box, where it
 * does not. The program is its own attacker: `u-sandbox-attack attack <name> <place> <victim> <tcp port> <udp port>`.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox.h"
#include "tap.h"
#include "u-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char top[] = "/var/tmp/git-agent-u-attack.XXXXXX";
static char self[4096];
static struct attack_place place;
static char numbers[3][16];

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
		execl(self, self, "attack", name, top, numbers[0], numbers[1], numbers[2], NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_inside(enum sandbox_level level, const char *name, struct buf *said)
{
	const char *const argv[] = {
		self, "attack", name, top, numbers[0], numbers[1], numbers[2], NULL};
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(str_free) char *home = under("home"), *tmp = under("tmp"), *tree = under("tree");
	struct fault why = FAULT_INIT;

	box_init(&box);
	box.level = level;
	box.home = home;
	box.tmp = tmp;
	box.dir = tree;
	box.network = NETWORK_NONE;
	box.limits.processes = 350;
	box.merge = true;
	box.in_fd = place.terminal;
	box.wall_ms = 60 * 1000;
	vec_push(&box.write, tree);
	vec_pushf(&box.pin, "%s/.git", tree);
	vec_push_all(&box.argv, argv);
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
		"tree/set", "tree/node", "tree/seen"};
	struct fault ignored = FAULT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		CLEANUP(str_free) char *path = under(made[i]);

		fs_remove(path, &ignored);
	}
	{
		CLEANUP(str_free) char *git = under("tree/.git");

		fs_write(git, "gitdir: ../git\n", 15, 0644, &ignored);
	}
}

static void try_attack(const struct attack *a, enum sandbox_level level, unsigned here)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	int outside, inside;

	if ((a->needs & NEEDS_ROOT) && geteuid())
		return;
	if ((a->needs & NEEDS_SPACES) && !(here & FORM_SPACES))
		return;
	outside = run_outside(a->name);
	restore();
	if (outside == ATTACK_ABSENT) {
		printf("# %s: this kernel has no such thing, anywhere\n", a->name);
		return;
	}
	ok(outside == ATTACK_WORKED, "%s: works outside (%d)", a->name, outside);
	inside = run_inside(level, a->name, &said);
	if (a->stopped_by & here)
		ok(inside >= 0 && inside != ATTACK_WORKED, "%s: not in the box (%d)", a->name,
			inside);
	else
		printf("# %s: only %s stop it (%d)\n", a->name,
			a->stopped_by & FORM_SPACES ? "namespaces" : "Landlock", inside);
	if (inside < 0 || inside == 127)
		printf("# %s\n", said.data);
	restore();
}

static void make_places(void)
{
	static const char *const dirs[] = {"home", "tmp", "tree", "outside", "person/.ssh"};
	CLEANUP(str_free)
	char *secret = under("outside/secret"), *key = under("person/.ssh/id_ed25519");
	CLEANUP(str_free) char *person = under("person");
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		CLEANUP(str_free) char *dir = under(dirs[i]);

		ok(fs_mkdirs(dir, 0700, &why) == 0, "%s", dirs[i]);
	}
	ok(fs_write(secret, "secret\n", 7, 0600, &why) == 0 &&
			fs_write(key, "key\n", 4, 0600, &why) == 0,
		"secrets");
	setenv("HOME", person, 1);
	restore();
}

static void test_ordinary(enum sandbox_level level)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;

	ok(run_inside(level, "nothing", &said) == ATTACK_WORKED, "what does no harm works %s",
		said.data);
	buf_clear(&said);
	ok(run_inside(level, "own-work", &said) == ATTACK_WORKED,
		"a box's own files, processes, sockets and terminals work %s", said.data);
}

static void test_late(enum sandbox_level level)
{
	CLEANUP(str_free) char *late = under("tree/late");
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	struct timespec pause = {1, 0};

	ok(run_outside("late") == ATTACK_WORKED && nanosleep(&pause, NULL) == 0 && fs_exists(late),
		"late: outside a daemon goes on");
	restore();
	ok(run_inside(level, "late", &said) == ATTACK_WORKED && nanosleep(&pause, NULL) == 0 &&
			!fs_exists(late),
		"late: nothing outlives the box");
	restore();
}

int main(int argc, char **argv)
{
	enum sandbox_level level = sandbox_reach();
	struct fault why = FAULT_INIT;
	unsigned here;
	ssize_t len;

	if (argc == 7 && !strcmp(argv[1], "attack")) {
		int outcome = attack_run(argv[2], argv[3], argv + 4);

		fflush(stdout);
		_exit(outcome); /* a sanitizer's last check would ptrace, and fail for its own reasons */
	}
	len = readlink("/proc/self/exe", self, sizeof self - 1);
	if (len < 0 || !mkdtemp(top))
		return 1;
	printf("# level %s\n", sandbox_level_name(level));
	if (level < SANDBOX_PARTIAL) {
		CLEANUP(buf_release) struct buf reasons = BUF_INIT;

		sandbox_explain(&reasons);
		printf("# %s\n", reasons.data);
		ok(!getenv("GIT_AGENT_TEST_REQUIRE_SANDBOX"), "a machine without a sandbox");
		rmdir(top);
		return tap_done();
	}
	here = form();
	make_places();
	attack_serve(&place, top);
	snprintf(numbers[0], sizeof numbers[0], "%d", (int)place.victim);
	snprintf(numbers[1], sizeof numbers[1], "%d", place.tcp_port);
	snprintf(numbers[2], sizeof numbers[2], "%d", place.udp_port);
	test_ordinary(level);
	for (size_t i = 0; i < attacks_len; i++)
		try_attack(&attacks[i], level, here);
	test_late(level);
	attack_stop(&place);
	ok(fs_remove(top, &why) == 0, "cleaned up %s", why.message);
	return tap_done();
}
