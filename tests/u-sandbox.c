#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char top[] = "/tmp/git-agent-u-sandbox.XXXXXX";
static char *home, *tmp, *tree, *person, *rows;

static const char *value_of(const struct vec *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->len; i++)
		if (!strncmp(env->items[i], name, len) && env->items[i][len] == '=')
			return env->items[i] + len + 1;
	return NULL;
}

static void make_box(struct box *box)
{
	box_init(box);
	box->level = SANDBOX_NONE;
	box->dir = tree;
	box->home = home;
	box->tmp = tmp;
}

static void test_words(void)
{
	enum sandbox_level level;
	enum sandbox_network network;

	for (int i = SANDBOX_NONE; i <= SANDBOX_FULL; i++)
		ok(sandbox_level_parse(sandbox_level_name((enum sandbox_level)i), &level) == 0 &&
				(int)level == i,
			"level '%s'", sandbox_level_name((enum sandbox_level)i));
	for (int i = NETWORK_NONE; i <= NETWORK_OPEN; i++)
		ok(sandbox_network_parse(sandbox_network_name((enum sandbox_network)i), &network) ==
					0 &&
				(int)network == i,
			"network '%s'", sandbox_network_name((enum sandbox_network)i));
	ok(sandbox_level_parse("some", &level) == -1, "no such level");
	ok(sandbox_network_parse("", &network) == -1, "no such network");
}

static void test_require(void)
{
	enum sandbox_level reached = SANDBOX_FULL, most = sandbox_reach();
	struct fault why = FAULT_INIT;

	unsetenv("GIT_AGENT_SANDBOX");
	ok(sandbox_require(SANDBOX_NONE, &reached, &why) == 0 && reached == SANDBOX_NONE,
		"none is always reached, and is what it says");
	ok(sandbox_require(most, &reached, &why) == 0 && reached == most,
		"the most this machine gives");
	setenv("GIT_AGENT_SANDBOX", "external", 1);
	ok(sandbox_require(SANDBOX_EXTERNAL, &reached, &why) == 0 && reached == SANDBOX_EXTERNAL,
		"a person says there is a box around");
	ok(most < SANDBOX_PARTIAL ||
			(sandbox_require(SANDBOX_PARTIAL, &reached, &why) == 0 && reached == most),
		"which is not enough where more is asked for");
	setenv("GIT_AGENT_SANDBOX", "full", 1);
	ok(sandbox_reach() == most, "and nobody can say more than that");
	unsetenv("GIT_AGENT_SANDBOX");
}

/* What a box is made of can be read before it is made. */
static void test_describe(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, want = BUF_INIT;
	struct box box;

	make_box(&box);
	box.level = sandbox_reach();
	box.network = NETWORK_NONE;
	box.limits.processes = 400;
	vec_push(&box.write, tree);
	vec_push(&box.read, person);
	box_describe(&box, &text);
	buf_printf(&want, "write: %s\n", tree);
	ok(strstr(text.data, want.data), "what may be written");
	buf_clear(&want);
	buf_printf(&want, "read: %s\n", person);
	ok(box.level < SANDBOX_PARTIAL || strstr(text.data, want.data), "what may be read");
	buf_clear(&want);
	buf_printf(&want, "level: %s\n", sandbox_level_name(box.level));
	ok(!strncmp(text.data, want.data, want.len), "the level");
	ok(strstr(text.data, "\nnetwork: none\n") && strstr(text.data, "\nlimit: processes 400\n"),
		"network and limits");
	ok(strstr(text.data, "\nrun: /usr\n") && !strstr(text.data, "shadow\n"),
		"the system's own");
	ok(strstr(text.data, "\nenv: ") && !strstr(text.data, "HOME="), "names of variables alone");
	if (!ok(!strstr(text.data, "fault:"), "and no fault"))
		printf("# %s\n", text.data);
	box_release(&box);
}

/* A box that cannot be made is a fault with a name, not a program that runs without it. */
static void test_missing(void)
{
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;
	struct box box;

	if (sandbox_reach() < SANDBOX_PARTIAL)
		return;
	make_box(&box);
	box.level = sandbox_reach();
	vec_push(&box.argv, "true");
	vec_push(&box.write, "/no/such/directory");
	ok(sandbox_run(&box, &p, &why) == -1 && strstr(why.message, "'/no/such/directory'"),
		"what is to be written must be there: %s", why.message);
	proc_free(&p);
	box_release(&box);
}

/* What leads out of a box, or into somebody's account, and is in the launching environment. */
static const char *const hostile[] = {"SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS",
	"XDG_RUNTIME_DIR", "TMUX", "DISPLAY", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_DIR",
	"GIT_CONFIG_COUNT", "CI", "A_TOKEN", "LD_PRELOAD_X", "BASH_ENV", "PYTHONSTARTUP", NULL};

static void test_env(void)
{
	struct box box;
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(vec_release) struct vec sorted = VEC_INIT;

	for (size_t i = 0; hostile[i]; i++)
		setenv(hostile[i], "secret", 1);
	setenv("LC_TIME", "C", 1);
	setenv("LANG", "C.UTF-8", 1);
	make_box(&box);
	sandbox_env(&box, &env);
	for (size_t i = 0; hostile[i]; i++)
		ok(!value_of(&env, hostile[i]), "%s stays outside", hostile[i]);
	is(value_of(&env, "HOME"), home, "a HOME of its own");
	is(value_of(&env, "TMPDIR"), tmp, "a TMPDIR of its own");
	is(value_of(&env, "PATH"), getenv("PATH"), "the launching PATH");
	is(value_of(&env, "LC_TIME"), "C", "the locale");
	is(value_of(&env, "LANG"), "C.UTF-8", "all of it");
	is(value_of(&env, "GIT_CONFIG_GLOBAL"), "/dev/null", "no configuration of a person");
	is(value_of(&env, "GIT_TERMINAL_PROMPT"), "0", "git asks nothing");
	is(value_of(&env, "TERM"), "dumb", "no terminal");
	vec_copy(&sorted, &env);
	vec_sort(&sorted);
	for (size_t i = 0; i < env.len; i++)
		if (strcmp(env.items[i], sorted.items[i]) != 0)
			ok(false, "'%s' is in its place", env.items[i]);
	vec_push(&box.pass, "A_TOKEN");
	vec_push(&box.pass, "NOT_SET_ANYWHERE");
	vec_push(&box.pass, "");
	vec_push(&box.set, "A=b=c");
	vec_push(&box.set, "TERM=vt100");
	vec_push(&box.set, "no value");
	box.gitconfig = "/some/gitconfig";
	sandbox_env(&box, &env);
	is(value_of(&env, "A_TOKEN"), "secret", "what is named is passed");
	ok(!value_of(&env, "NOT_SET_ANYWHERE") && !value_of(&env, "GIT_ASKPASS"),
		"and nothing else");
	is(value_of(&env, "A"), "b=c", "what is set is set");
	is(value_of(&env, "TERM"), "vt100", "over what was there");
	is(value_of(&env, "GIT_CONFIG_GLOBAL"), "/some/gitconfig",
		"git's configuration is the box's");
	ok(!vec_has(&env, "no value") && !vec_has(&env, "TERM=dumb"),
		"no variable twice, or halfway");
	box_release(&box);
}

static void test_toolchains(void)
{
	static const char text[] =
		"# comment\n[one]\nenv = ONE_ROOT\npath = ~/.one\n"
		"[two]\nenv = TWO_ROOT\npath = ~/.two-old\npath = ~/.two\npath = ~/.one\n"
		"[three]\npath = ~/.one\n"
		"[four]\nenv = FOUR_ROOT\npath = ~/.one\n"
		"[five]\nenv = FIVE_ROOT\n";
	CLEANUP(str_free) char *one = fs_join(person, ".one");
	CLEANUP(str_free) char *two = fs_join(person, ".two");
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;
	struct box box;

	make_box(&box);
	ok(fs_mkdirs(one, 0755, &why) == 0 && fs_mkdirs(two, 0755, &why) == 0,
		"a home with toolchains");
	setenv("HOME", person, 1);
	setenv("FOUR_ROOT", "/opt/four", 1);
	ok(fs_write(rows, text, sizeof text - 1, 0644, &why) == 0, "a table of them");
	sandbox_set_toolchains(rows);
	sandbox_env(&box, &env);
	is(value_of(&env, "ONE_ROOT"), one, "a directory of the person's home");
	is(value_of(&env, "TWO_ROOT"), two, "the first that exists");
	is(value_of(&env, "FOUR_ROOT"), "/opt/four", "the launching environment comes first");
	ok(!value_of(&env, "FIVE_ROOT"), "what there is not is not set");
	is(value_of(&env, "HOME"), home, "the box's home is the box's");
	ok(fs_write(rows, "[one]\nroot = x\n", 15, 0644, &why) == 0, "a table with an error");
	vec_push(&box.argv, "true");
	ok(sandbox_start(&box, &p, &why) == -1 && strstr(why.message, "rows.ini:2"),
		"is a fault at the start: %s", why.message);
	sandbox_set_toolchains(NULL);
	box_release(&box);
}

/* What is kept of what setup made is told apart by this text. */
static void test_tools(void)
{
	static const char text[] =
		"[one]\nenv = ONE_ROOT\npath = ~/.one\nstate = version\ncache = store\nprogram = a-tool\n"
		"[two]\ncache = ~/.cache/two $TWO_CACHE/x\n[three]\ncache = ~/.no-such-cache\n"
		"set = THREE_HOME={home}/three\n";
	CLEANUP(buf_release) struct buf first = BUF_INIT, second = BUF_INIT, want = BUF_INIT;
	CLEANUP(str_free)
	char *state = fs_join(person, ".one/version"), *moved = fs_join(top, "moved/x");
	CLEANUP(str_free)
	char *cache = fs_join(person, ".cache/two"), *above = fs_join(top, "moved");
	CLEANUP(str_free) char *tool = fs_join(top, "a-tool"), *path = xstrdup(getenv("PATH"));
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	struct fault why = FAULT_INIT;
	struct box box;

	make_box(&box);
	ok(fs_write(rows, text, sizeof text - 1, 0644, &why) == 0 &&
			fs_mkdirs(cache, 0755, &why) == 0 && fs_mkdirs(moved, 0755, &why) == 0 &&
			fs_write(state, "1", 1, 0644, &why) == 0 &&
			fs_write(tool, "#!/bin/sh\n", 10, 0755, &why) == 0,
		"tools, a state, caches");
	sandbox_set_toolchains(rows);
	setenv("PATH", top, 1);
	ok(sandbox_tools(&first, &why) == 0, "they are recognised %s", why.message);
	buf_printf(&want, "ONE_ROOT=%s/.one\ncache one-0 %s/.one/store\ncache two-1 %s\n", person,
		person, cache);
	ok(!strncmp(first.data, want.data, want.len), "where they are: %s", first.data);
	ok(strstr(first.data, tool) && strstr(first.data, state) && !strstr(first.data, "three"),
		"by the program, by the state, and what is not there is not");
	ok(sandbox_tools(&second, &why) == 0 && !strcmp(first.data, second.data),
		"the same text, the same tools");
	buf_clear(&second);
	ok(fs_write(state, "10", 2, 0644, &why) == 0 && sandbox_tools(&second, &why) == 0 &&
			strcmp(first.data, second.data) != 0,
		"another state is another text");
	buf_clear(&first);
	ok(fs_write(tool, "#!/bin/bash\n", 12, 0755, &why) == 0 &&
			sandbox_tools(&first, &why) == 0 && strcmp(first.data, second.data) != 0,
		"another program too");
	setenv("TWO_CACHE", above, 1);
	buf_clear(&second);
	ok(sandbox_tools(&second, &why) == 0 && strstr(second.data, moved) &&
			!strstr(second.data, cache),
		"a cache that a variable has moved");
	sandbox_env(&box, &env);
	buf_clear(&want);
	buf_printf(&want, "%s/three", home);
	is(value_of(&env, "THREE_HOME"), want.data, "what does not look for HOME is told");
	setenv("PATH", path, 1);
	sandbox_set_toolchains(NULL);
	box_release(&box);
}

static void test_shipped(void)
{
	struct box box;
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;

	make_box(&box);
	setenv("JAVA_HOME", "/opt/java", 1);
	vec_push(&box.argv, "true");
	ok(sandbox_run(&box, &p, &why) == 0 && p->end == PROC_EXITED,
		"the shipped table is sound %s", why.message);
	sandbox_env(&box, &env);
	is(value_of(&env, "JAVA_HOME"), "/opt/java", "and is found");
	proc_free(&p);
	box_release(&box);
}

static void test_run(enum sandbox_level level)
{
	CLEANUP(str_free) char *log = fs_join(top, "log");
	CLEANUP(buf_release) struct buf logged = BUF_INIT;
	struct fault why = FAULT_INIT;
	struct proc *p = NULL;
	struct box box;

	make_box(&box);
	box.level = level;
	unlink(log);
	vec_push(&box.write, tree);
	vec_push(&box.argv, "sh");
	vec_push(&box.argv, "-c");
	vec_push(&box.argv,
		"cat; pwd; echo \"$HOME\"; [ -w \"$TMPDIR\" ] || exit 9; echo error >&2; setsid sleep 600 & exit 3");
	box.input = "asked\n";
	box.input_len = 6;
	box.log_fd = open(log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ok(sandbox_run(&box, &p, &why) == 0 && p->end == PROC_EXITED && p->code == 3,
		"a command runs to its end %s", why.message);
	{
		CLEANUP(buf_release) struct buf want = BUF_INIT;

		buf_printf(&want, "asked\n%s\n%s\n", tree, home);
		is(p->out.data, want.data, "in its directory, with its input");
	}
	proc_free(&p);
	ok(fs_read(log, &logged, 4096, &why) == 0 && strstr(logged.data, "asked\n") &&
			strstr(logged.data, "error\n"),
		"both streams are logged");
	box.merge = true;
	ok(sandbox_run(&box, &p, &why) == 0 && strstr(p->out.data, "error\n"), "or are one");
	proc_free(&p);
	close(box.log_fd);
	box.log_fd = -1;
	vec_clear(&box.argv);
	vec_push(&box.argv, "git-agent-no-such-program");
	ok(sandbox_run(&box, &p, &why) == 0 && p->end == PROC_NOT_FOUND,
		"a missing program is told");
	proc_free(&p);
	box_release(&box);
}

int main(void)
{
	struct fault why = FAULT_INIT;
	char **const dirs[] = {&home, &tmp, &tree, &person};
	static const char *const names[] = {"home", "tmp", "tree", "person"};

	if (!mkdtemp(top))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		*dirs[i] = fs_join(top, names[i]);
		ok(fs_mkdirs(*dirs[i], 0700, &why) == 0, "%s", names[i]);
	}
	rows = fs_join(top, "rows.ini");
	test_words();
	test_require();
	test_describe();
	test_missing();
	test_env();
	test_toolchains();
	test_tools();
	test_shipped();
	for (int level = SANDBOX_NONE; level <= SANDBOX_FULL; level++)
		if (level <= (int)sandbox_reach()) {
			printf("# level %s\n", sandbox_level_name((enum sandbox_level)level));
			test_run((enum sandbox_level)level);
		}
	ok(fs_remove(top, &why) == 0, "cleaned up");
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		str_free(dirs[i]);
	str_free(&rows);
	return tap_done();
}
