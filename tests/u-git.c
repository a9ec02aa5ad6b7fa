#include "base/alloc.h"
#include "base/fs.h"
#include "port/git.h"
#include "port/git_names.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static char *top; /* the scratch directory */
static const struct git_call plain;

static bool has_name(const struct vec *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->len; i++)
		if (!strncmp(env->items[i], name, len) && env->items[i][len] == '=')
			return true;
	return false;
}

static void test_names(void)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct fault why = FAULT_INIT;
	char *rest, *name;
	int count = 0;

	ok(git_do(&plain, &out, &why, "rev-parse", "--local-env-vars", NULL) == 0,
		"git lists its variables %s", why.message);
	rest = out.data;
	while ((name = strsep(&rest, "\n"))) {
		bool known = false;

		for (size_t i = 0; *name && git_local_names[i]; i++)
			known = known || !strcmp(name, git_local_names[i]);
		if (*name)
			ok(known, "%s is in the table", name);
		count += *name != 0;
	}
	ok(count > 10, "git knows %d", count);
}

static void test_env(void)
{
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	static const char *const more[] = {"GIT_AUTHOR_NAME=Given", "PLAIN=other", NULL};
	struct git_call call = {.git_dir = "/a", .index = "/i", .env = more};

	setenv("GIT_DIR", "/elsewhere", 1);
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "a.b", 1);
	setenv("GIT_CONFIG_VALUE_0", "c", 1);
	setenv("GIT_AUTHOR_NAME", "Outer", 1);
	setenv("PLAIN", "kept", 1);
	git_env(&plain, &env);
	ok(!has_name(&env, "GIT_DIR") && !has_name(&env, "GIT_CONFIG_COUNT") &&
			!has_name(&env, "GIT_CONFIG_KEY_0") &&
			!has_name(&env, "GIT_CONFIG_VALUE_0"),
		"variables of another repository are gone");
	ok(vec_has(&env, "PLAIN=kept") && vec_has(&env, "GIT_AUTHOR_NAME=Outer"), "others stay");
	ok(vec_has(&env, "GIT_OPTIONAL_LOCKS=0") && vec_has(&env, "GIT_PAGER=cat"), "ours are set");
	git_env(&call, &env);
	ok(vec_has(&env, "GIT_DIR=/a") && !vec_has(&env, "GIT_DIR=/elsewhere"),
		"GIT_DIR is the call's");
	ok(vec_has(&env, "GIT_INDEX_FILE=/i"), "so is the index");
	ok(vec_has(&env, "GIT_AUTHOR_NAME=Given") && !vec_has(&env, "GIT_AUTHOR_NAME=Outer") &&
			vec_has(&env, "PLAIN=other") && !vec_has(&env, "PLAIN=kept"),
		"what the call gives replaces what was there");
	call = (struct git_call){.keep_env = true};
	git_env(&call, &env);
	ok(vec_has(&env, "GIT_DIR=/elsewhere") && vec_has(&env, "GIT_CONFIG_KEY_0=a.b"),
		"keep_env keeps them");
	unsetenv("GIT_DIR");
	unsetenv("GIT_CONFIG_COUNT");
	unsetenv("GIT_CONFIG_KEY_0");
	unsetenv("GIT_CONFIG_VALUE_0");
	unsetenv("GIT_AUTHOR_NAME");
}

static void test_run(const char *repo)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(buf_release) struct buf err = BUF_INIT;
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	struct git_call here = {.dir = repo};
	struct fault why = FAULT_INIT;
	int code = -1;

	ok(git_do(&plain, NULL, &why, "init", "-q", "-b", "main", repo, NULL) == 0, "init %s",
		why.message);
	here.input = "some bytes\n";
	here.input_len = 11;
	ok(git_do(&here, &out, &why, "hash-object", "-w", "--stdin", NULL) == 0, "input is given");
	is(out.data, "b9b5b706b5226f5b418e35d278fa00edac3fcfe7\n", "and read");
	ok(git_do(&here, &out, &why, "cat-file", "blob", "b9b5b706b5226f5b418e35d278fa00edac3fcfe7",
		   NULL) == 0 &&
			out.len == 52 && !strcmp(out.data + 41, "some bytes\n"),
		"output is appended");
	vec_push(&args, "rev-parse");
	vec_push(&args, "--verify");
	vec_push(&args, "nowhere");
	ok(git_run(&here, &args, NULL, &err, &code, &why) == 0 && code == 128,
		"an exit status that is asked for is no fault");
	is(err.data, "fatal: Needed a single revision\n", "standard error is given");
}

static void test_faults(const char *repo)
{
	struct git_call here = {.dir = repo};
	struct git_call small = {.dir = repo, .output_max = 3};
	struct git_call nowhere = {.dir = "/nowhere/at/all"};
	struct fault why = FAULT_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	ok(git_do(&here, NULL, &why, "-c",
		   "alias.x=!printf 'first\\nfatal: a\\033[31mb %s\\nhelp\\n' >&2; exit 3", "x",
		   NULL) == -1 &&
			why.exit == EXIT_FATAL,
		"a failure is a fault");
	is(why.message, "ab ", "with git's line, clean, without its prefix");
	ok(git_do(&small, &out, &why, "version", NULL) == -1 &&
			strstr(why.message, "more than 3 bytes"),
		"too much output is a fault: %s", why.message);
	ok(git_do(&nowhere, &out, &why, "version", NULL) == -1 &&
			strstr(why.message, "/nowhere/at/all"),
		"a missing directory is named: %s", why.message);
	ok(out.len == 0, "a failed call leaves no output");
}

static void test_ask(const char *repo)
{
	struct git_call here = {.dir = repo};
	struct fault why = FAULT_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	ok(git_ask(&here, &out, &why, "config", "core.bare", NULL) == 0, "yes");
	is(out.data, "false\n", "and what it printed");
	ok(git_ask(&here, &out, &why, "config", "no.such", NULL) == 1, "no by exit 1");
	ok(git_ask(&here, &out, &why, "rev-parse", "nowhere", NULL) == 1, "no by exit 128");
	is(out.data, "false\n", "what it printed is dropped");
	ok(git_ask(&here, &out, &why, "config", "--no-such-option", NULL) == -1 && why.message[0],
		"any other exit is a fault: %s", why.message);
}

static void test_missing(void)
{
	CLEANUP(str_free) char *path = xstrdup(getenv("PATH"));
	struct fault why = FAULT_INIT;

	setenv("PATH", "/nowhere", 1);
	ok(git_do(&plain, NULL, &why, "version", NULL) == -1 && why.hint[0], "no git: %s",
		why.message);
	setenv("PATH", path, 1);
}

int main(void)
{
	char scratch[] = "/tmp/git-agent-u-git.XXXXXX";
	CLEANUP(str_free) char *repo = NULL;
	struct fault why = FAULT_INIT;

	top = mkdtemp(scratch);
	repo = fs_join(top, "repo");
	setenv("HOME", top, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	test_names();
	test_env();
	test_run(repo);
	test_faults(repo);
	test_ask(repo);
	test_missing();
	ok(fs_remove(top, &why) == 0, "cleaned up");
	return tap_done();
}
