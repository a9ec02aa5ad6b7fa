#include "base/alloc.h"
#include "base/fs.h"
#include "core/trust.h"
#include "tap.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

static char root[] = "/tmp/u-trust.XXXXXX";
static char state[PATH_MAX - 64];

static void make_policy(struct policy *p, const char *text)
{
	struct fault why = FAULT_INIT;

	policy_init(p);
	if (policy_read(p, text, strlen(text), ".gitagent", &why))
		ok(false, "a policy: %s", why.message);
	str_replace(&p->blob, text);
}

static char *file_text(const char *name)
{
	CLEANUP(str_free) char *path = fs_join(state, name);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(path, &text, 1 << 20, &why) ? NULL : buf_take(&text);
}

static void put_file(const char *name, const char *text)
{
	CLEANUP(str_free) char *path = fs_join(state, name);
	struct fault why = FAULT_INIT;

	ok(!fs_write(path, text, strlen(text), 0644, &why), "writes %s", name);
}

static void test_nothing(void)
{
	CLEANUP(policy_release) struct policy p;
	struct fault why = FAULT_INIT;

	make_policy(&p, "[limits]\nwall = 1m\n");
	ok(trust_check(state, &p, &why) == 0, "a policy without commands needs no trust");
	ok(!fs_exists(state), "a check makes nothing");
	ok(!policy_config(&p, "agent.gate.mine.run", "make", &why) &&
			trust_check(state, &p, &why) == 0,
		"nor does a command of one's own git config");
}

static void test_one(void)
{
	static const char text[] = "[gate \"t\"]\nrun = make test\n";
	CLEANUP(policy_release) struct policy p, q, r;
	CLEANUP(str_free) char *kept = NULL, *line = NULL;
	struct fault why = FAULT_INIT;
	struct stat st;

	make_policy(&p, text);
	make_policy(&q, "[limits]\nwall = 5m\n[gate \"t\"]\nrun = make test\n");
	make_policy(&r, "[gate \"t\"]\nrun = make test ; rm -rf x\n");
	ok(trust_check(state, &p, &why) == 1, "commands not seen yet");
	ok(!trust_add(state, &p, &why), "are approved");
	ok(trust_check(state, &p, &why) == 0, "and then trusted");
	ok(trust_check(state, &q, &why) == 0, "so is another policy with the same commands");
	ok(trust_check(state, &r, &why) == 1, "a command that was changed is not");
	ok(!stat(state, &st) && (st.st_mode & 0777) == 0755, "the directory is made");
	kept = file_text("trusted-policy");
	is(kept, text, "the policy is kept whole");
	ok(!trust_add(state, &p, &why), "approving twice");
	line = file_text("trust");
	ok(line && strlen(line) == 64 + 1 + 20 + 1 && line[64] == ' ' && line[84] == 'Z' &&
			line[85] == '\n',
		"is one line: hash and time");
	ok(!trust_add(state, &r, &why) && trust_check(state, &p, &why) == 0 &&
			trust_check(state, &r, &why) == 0,
		"both are trusted");
}

static void test_remove(void)
{
	CLEANUP(policy_release) struct policy p, r;
	CLEANUP(str_free) char *kept = NULL, *gone = NULL;
	struct fault why = FAULT_INIT;

	make_policy(&p, "[gate \"t\"]\nrun = make test\n");
	make_policy(&r, "[gate \"t\"]\nrun = make test ; rm -rf x\n");
	ok(!trust_remove(state, &p, &why), "takes one back");
	ok(trust_check(state, &p, &why) == 1 && trust_check(state, &r, &why) == 0,
		"the other stays");
	kept = file_text("trusted-policy");
	is(kept, r.blob, "the policy of the other stays too");
	ok(!trust_remove(state, &p, &why), "taking back what is not there");
	ok(!trust_remove(state, &r, &why) && trust_check(state, &r, &why) == 1,
		"takes the other back");
	gone = file_text("trusted-policy");
	is(gone, NULL, "with its policy");
}

static void test_damaged(void)
{
	CLEANUP(policy_release) struct policy p;
	CLEANUP(str_free) char *good = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;

	make_policy(&p, "[worktree]\nsetup = npm ci\n");
	ok(!trust_add(state, &p, &why), "approves");
	good = file_text("trust");
	buf_printf(&text, "# a comment\n\nshort\n%.63s\n%.64sx y\n", good, good);
	put_file("trust", text.data);
	ok(trust_check(state, &p, &why) == 1, "part of a hash, or a longer word, is no hash");
	buf_printf(&text, "%.64s", good);
	put_file("trust", text.data);
	ok(trust_check(state, &p, &why) == 0, "a last line without its end counts");
	ok(!trust_remove(state, &p, &why) && trust_check(state, &p, &why) == 1,
		"and can be taken back");
	put_file("trust", "torn");
	ok(!trust_add(state, &p, &why) && trust_check(state, &p, &why) == 0,
		"a torn line swallows nothing");
}

static void test_unreadable(void)
{
	CLEANUP(policy_release) struct policy p;
	CLEANUP(str_free) char *path = fs_join(state, "trust");
	struct fault why = FAULT_INIT;

	make_policy(&p, "[worktree]\nsetup = npm ci\n");
	ok(!fs_remove(path, &why) && !mkdir(path, 0755), "a directory in the file's place");
	ok(trust_check(state, &p, &why) == -1, "is a fault, not a yes: %s", why.message);
	ok(trust_add(state, &p, &why) == -1, "in approving too: %s", why.message);
}

int main(void)
{
	struct fault why = FAULT_INIT;

	ok(mkdtemp(root) != NULL, "a scratch directory");
	snprintf(state, sizeof state, "%s/git/agent", root);
	test_nothing();
	test_one();
	test_remove();
	test_damaged();
	test_unreadable();
	ok(!fs_remove(root, &why), "cleans up");
	return tap_done();
}
