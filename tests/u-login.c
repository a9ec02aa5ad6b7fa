#include "base/alloc.h"
#include "base/fs.h"
#include "core/login.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The person's HOME is "person" and the box's "box", below a directory of the test's own. */

#define OUTSIDE "person/.tool/auth.json"
#define INSIDE  "box/.tool/auth.json"

static struct fault why = FAULT_INIT;

static void put(const char *path, const char *text, time_t when)
{
	struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

	if (fs_write_derived(path, text, strlen(text), &why) < 0 ||
		utimensat(AT_FDCWD, path, times, 0) < 0)
		printf("Bail out! cannot write %s: %s\n", path, why.message);
}

static void holds(const char *path, const char *want, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int found = fs_read(path, &text, 1 << 20, &why);

	is(found ? NULL : text.data, want, name);
}

static void start(struct logins *l, struct agent *a, const char *written)
{
	CLEANUP(str_free) char *home = fs_real("box");

	agent_init(a);
	vec_push(&a->login, written);
	ok(logins_open(l, a, home, &why) == 0, "open: %s", why.message);
}

static void finish(struct logins *l, struct agent *a, const char *note, const char *name)
{
	CLEANUP(vec_release) struct vec notes = VEC_INIT;

	logins_close(l, &notes);
	ok(note ? notes.len == 1 && strstr(notes.items[0], note) : !notes.len, "%s: %s", name,
		notes.len ? notes.items[0] : "no note");
	ok(!fs_exists(INSIDE), "%s: the copy is gone", name);
	agent_release(a);
}

static void test_newest_wins(void)
{
	struct logins l;
	struct agent a;

	put(OUTSIDE, "{\"t\":1}", 1000);
	start(&l, &a, "~/.tool/auth.json");
	holds(INSIDE, "{\"t\":1}", "the copy is there at once");
	put(OUTSIDE, "{\"t\":2}", 2000);
	put(INSIDE, "{\"t\":3}", 3000);
	logins_carry(&l);
	holds(OUTSIDE, "{\"t\":3}", "of two that changed the newer wins: the agent's");
	put(OUTSIDE, "{\"t\":4}", 5000);
	put(INSIDE, "{\"t\":5}", 4000);
	logins_carry(&l);
	holds(OUTSIDE, "{\"t\":4}", "and the person's");
	holds(INSIDE, "{\"t\":4}", "which the agent then has");
	put(OUTSIDE, "{\"t\":6}", 6000);
	put(INSIDE, "{\"t\":7}", 6000);
	logins_carry(&l);
	holds(INSIDE, "{\"t\":6}", "of two as old, the person's");
	put(INSIDE, "{\"t\":8}", 100);
	logins_carry(&l);
	holds(OUTSIDE, "{\"t\":8}", "where one alone has changed, its age does not count");
	put(INSIDE, "{\"t\":9}", 100);
	finish(&l, &a, NULL, "a change at the very end");
	holds(OUTSIDE, "{\"t\":9}", "is carried over");
}

static void test_bad_on_either_side(void)
{
	struct logins l;
	struct agent a;

	put(OUTSIDE, "{\"t\":1}", 1000);
	start(&l, &a, "~/.tool/auth.json");
	put(OUTSIDE, "{\"t\":", 2000);
	logins_carry(&l);
	holds(INSIDE, "{\"t\":1}",
		"what the person's program has half written is not carried over");
	put(OUTSIDE, "{\"t\":2}", 2001);
	logins_carry(&l);
	holds(INSIDE, "{\"t\":2}", "what it has written whole is");
	put(INSIDE, "[]", 9000);
	logins_carry(&l);
	holds(OUTSIDE, "{\"t\":2}", "nor is what lacks the members of a login");
	put(OUTSIDE, "{\"t\":3}", 3000);
	logins_carry(&l);
	holds(INSIDE, "{\"t\":3}", "a new login of the person's takes its place");
	finish(&l, &a, NULL, "then there is nothing to say");

	put(OUTSIDE, "{\"t\":", 2000);
	agent_init(&a);
	vec_push(&a.login, "~/.tool/auth.json");
	ok(logins_open(&l, &a, "box", &why) < 0 && strstr(why.message, "no whole JSON"),
		"one that is damaged from the start: %s", why.message);
	logins_release(&l);
	agent_release(&a);
}

static void test_other_kinds(void)
{
	struct logins l;
	struct agent a;

	put("person/.token", "one", 1000);
	start(&l, &a, "~/.token");
	put("box/.token", "tw", 2000);
	logins_carry(&l);
	holds("person/.token", "one", "what is no JSON may be half written: it is looked at again");
	logins_carry(&l);
	holds("person/.token", "tw", "and taken over when it has not changed since");
	put("box/.token", "three", 3000);
	finish(&l, &a, NULL, "at the end");
	holds("person/.token", "three", "as it is");
}

static void test_none(void)
{
	CLEANUP(vec_release) struct vec missing = VEC_INIT;
	struct logins l;
	struct agent a;

	put(OUTSIDE, "{\"t\":1}", 1000);
	agent_init(&a);
	vec_push(&a.login, "~/.tool/auth.json");
	vec_push(&a.login, "~/.tool/none.json");
	vec_push(&a.keys, "U_LOGIN_KEY");
	setenv("U_LOGIN_KEY", "k", 1);
	ok(logins_open(&l, &a, "box", &why) == 0 && !l.len && !fs_exists(INSIDE),
		"with a key no login comes along");
	setenv("U_LOGIN_KEY", "", 1);
	ok(logins_open(&l, &a, "box", &why) == 0 && l.len == 1, "an empty one is none");
	logins_missing(&a, &missing);
	ok(missing.len == 1 && !strcmp(missing.items[0], "~/.tool/none.json"), "which are missing");
	logins_release(&l);
	ok(!fs_exists(INSIDE), "released, the copy is gone");
	agent_release(&a);
}

int main(void)
{
	char dir[] = "/tmp/u-login.XXXXXX";
	CLEANUP(str_free) char *home = NULL;

	if (!mkdtemp(dir) || chdir(dir) < 0 || fs_mkdirs("person/.tool", 0700, &why) < 0 ||
		fs_mkdirs("box", 0700, &why) < 0)
		return 1;
	home = fs_real("person");
	setenv("HOME", home, 1);
	unsetenv("XDG_STATE_HOME");
	test_newest_wins();
	test_bad_on_either_side();
	test_other_kinds();
	test_none();
	if (chdir("/") < 0 || fs_remove(dir, &why) < 0)
		return 1;
	return tap_done();
}
