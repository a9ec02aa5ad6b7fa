/* Verdicts on disk: what is found again and by whom, what a key is made of, what is torn, what is removed. */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/verdict.h"
#include "core/verdict_key.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/git-agent-u-verdict.XXXXXX";
static char *log_path, *copy_path, *xml_path, *copy_xml;

static struct gate_stage stage = {.name = (char *)"tests",
	.run = (char *)"true",
	.dir = (char *)"",
	.timeout_ms = 1000,
	.when = VEC_INIT,
	.env = VEC_INIT,
	.cache = true};

static struct verdicts open_at(int level, const char *shared)
{
	struct verdicts v = VERDICTS_INIT;

	v.state = xstrdup(dir);
	v.level = level;
	buf_puts(&v.shared, shared);
	return v;
}

/* 'g', 'r' or '-': what is known, at a level. */
static char known(int level, const char *shared, const char *log_wanted)
{
	CLEANUP(verdicts_release) struct verdicts v = open_at(level, shared);
	CLEANUP(verdict_release) struct verdict got = {0};
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	int found = verdict_find(&v, &stage, copy_path, copy_xml, &got, &why);

	if (found)
		return found < 0 ? '!' : '-';
	if (fs_read(copy_path, &text, 1 << 20, &why) || strcmp(text.data, log_wanted) != 0)
		return '?';
	return got.green ? 'g' : 'r';
}

static void keep(int level, const char *shared, bool green, const char *said)
{
	CLEANUP(verdicts_release) struct verdicts v = open_at(level, shared);
	struct verdict result = {green, green ? NULL : (char *)"exit 1", 1234};
	struct fault why = FAULT_INIT;

	ok(fs_write_derived(log_path, said, strlen(said), &why) == 0 &&
			verdict_keep(&v, &stage, &result, log_path, xml_path, &why) == 0,
		"a verdict is kept");
}

static void test_levels(void)
{
	keep(SANDBOX_PARTIAL, "a", true, "all well\n");
	ok(known(SANDBOX_PARTIAL, "a", "all well\n") == 'g',
		"green at the same level, with its log");
	ok(known(SANDBOX_NONE, "a", "all well\n") == 'g', "green at a weaker one");
	ok(known(SANDBOX_FULL, "a", "") == '-', "not at a stronger one");
	ok(known(SANDBOX_PARTIAL, "b", "") == '-', "nor for another key");
	keep(SANDBOX_FULL, "c", false, "one failed\n");
	ok(known(SANDBOX_FULL, "c", "one failed\n") == 'r', "red at the same level");
	ok(known(SANDBOX_NONE, "c", "") == '-', "red not at a weaker one: the level may be why");
	keep(SANDBOX_FULL, "d", true, "");
	ok(known(-1, "d", "") == 'g', "green at the strongest needs no look at the machine");
}

/* What test runners reported is known with it, and none of what was there before. */
static void test_reports(void)
{
	static const char xml[] = "<testsuite><testcase name='a'/></testsuite>\n";
	struct fault why = FAULT_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(str_free) char *large = xcalloc(1, VERDICT_REPORTS_MAX + 2);

	ok(!fs_write_derived(xml_path, xml, strlen(xml), &why), "reports");
	keep(SANDBOX_FULL, "x", true, "the log\n");
	ok(known(SANDBOX_FULL, "x", "the log\n") == 'g' && !fs_read(copy_xml, &text, 1 << 20, &why),
		"they are known with their log");
	is(text.data, xml, "as they were");
	ok(known(SANDBOX_FULL, "a", "all well\n") == '-' && known(SANDBOX_FULL, "d", "") == 'g' &&
			!fs_exists(copy_xml),
		"a verdict without any leaves none of another's");
	memset(large, ' ', VERDICT_REPORTS_MAX + 1);
	ok(!fs_write_derived(xml_path, large, VERDICT_REPORTS_MAX + 1, &why), "too many of them");
	keep(SANDBOX_FULL, "y", true, "the log\n");
	ok(known(SANDBOX_FULL, "y", "the log\n") == 'g' && !fs_exists(copy_xml),
		"are left out, and the verdict is known");
	fs_remove(xml_path, &why);
}

static void test_result(void)
{
	CLEANUP(verdicts_release) struct verdicts v = open_at(SANDBOX_FULL, "c");
	CLEANUP(verdict_release) struct verdict got = {0};
	struct fault why = FAULT_INIT;

	ok(verdict_find(&v, &stage, copy_path, copy_xml, &got, &why) == 0, "it is known");
	is(got.detail, "exit 1", "how it ended");
	ok(got.ms == 1234, "and how long it took");
	v.fresh = true;
	ok(verdict_find(&v, &stage, copy_path, copy_xml, &got, &why) == 1,
		"--no-cache knows nothing");
	v.fresh = false;
	v.off = true;
	ok(verdict_find(&v, &stage, copy_path, copy_xml, &got, &why) == 1, "nor where it is off");
	v.off = false;
	stage.cache = false;
	ok(verdict_find(&v, &stage, copy_path, copy_xml, &got, &why) == 1,
		"nor of a stage with cache = false");
	stage.cache = true;
}

/* The one file that is no mark. */
static char *only_file(void)
{
	CLEANUP(str_free) char *verdicts = fs_join(dir, "verdicts");
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault why = FAULT_INIT;
	char *found = NULL;

	fs_list(verdicts, &names, &why);
	for (size_t i = 0; i < names.len; i++)
		if (names.items[i][0] != '.' && !found)
			found = fs_join(verdicts, names.items[i]);
	return found;
}

static void test_torn(void)
{
	CLEANUP(str_free) char *verdicts = fs_join(dir, "verdicts"), *file = NULL;
	CLEANUP(buf_release) struct buf whole = BUF_INIT;
	struct fault why = FAULT_INIT;
	size_t wrong = 0;

	fs_remove(verdicts, &why);
	keep(SANDBOX_FULL, "t", false, "some\nlines\n");
	file = only_file();
	ok(file && fs_read(file, &whole, 1 << 20, &why) == 0, "one file");
	for (size_t len = 0; len < whole.len; len++) {
		fs_write_derived(file, whole.data, len, &why);
		wrong += known(SANDBOX_FULL, "t", "") != '-';
	}
	ok(!wrong, "cut anywhere it is no verdict (%zu places)", whole.len);
	for (size_t i = 0; i < whole.len; i++) {
		char was = whole.data[i];

		whole.data[i] = was == 'x' ? 'y' : 'x';
		fs_write_derived(file, whole.data, whole.len, &why);
		wrong += known(SANDBOX_FULL, "t", "some\nlines\n") == 'g';
		whole.data[i] = was;
	}
	ok(!wrong, "with any byte changed it is never green");
}

static size_t count_files(void)
{
	CLEANUP(str_free) char *verdicts = fs_join(dir, "verdicts");
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault why = FAULT_INIT;
	size_t count = 0;

	fs_list(verdicts, &names, &why);
	for (size_t i = 0; i < names.len; i++)
		count += names.items[i][0] != '.';
	return count;
}

static void age(const char *path, int seconds)
{
	struct timespec times[2] = {
		{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};

	utimensat(AT_FDCWD, path, times, 0);
}

static void test_prune(void)
{
	CLEANUP(str_free) char *verdicts = fs_join(dir, "verdicts"), *first = NULL;
	struct fault why = FAULT_INIT;
	char key[8];

	fs_remove(verdicts, &why);
	keep(SANDBOX_FULL, "old", true, "");
	first = only_file();
	age(first, 100);
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof key, "k%d", i);
		keep(SANDBOX_FULL, key, true, "a log of some length\n");
	}
	verdicts_prune(dir, 1000000, 1 << 20, true);
	ok(count_files() == 6, "what is neither old nor too much stays");
	verdicts_prune(dir, 50000, 1 << 20, false);
	ok(count_files() == 6, "it is not looked at again within the hour");
	verdicts_prune(dir, 50000, 1 << 20, true);
	ok(count_files() == 5 && !fs_exists(first), "what was not used for so long goes");
	verdicts_prune(dir, 50000, 600, true);
	ok(count_files() == 2, "and what is too much (%zu are left)", count_files());
}

static void key_of(const struct gate_stage *s, char out[HASH_HEX_SIZE])
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	verdict_put_stage(s, &text);
	hash_hex(text.data, text.len, out);
}

static bool changes(const struct gate_stage *other)
{
	char one[HASH_HEX_SIZE], two[HASH_HEX_SIZE];

	key_of(&stage, one);
	key_of(other, two);
	return strcmp(one, two) != 0;
}

static void test_key(void)
{
	CLEANUP(str_free) char *tool = fs_join(dir, "my-tool");
	struct gate_stage other = stage;
	struct fault why = FAULT_INIT;
	char one[HASH_HEX_SIZE], two[HASH_HEX_SIZE];

	ok(!changes(&other), "the same stage, the same key");
	other.run = (char *)"false";
	ok(changes(&other), "the command counts");
	other = stage;
	other.dir = (char *)"sub";
	ok(changes(&other), "where it runs");
	other = stage;
	other.timeout_ms = 2000;
	ok(changes(&other), "its timeout");
	other = stage;
	other.network = NETWORK_OPEN;
	ok(changes(&other), "its network");
	other = stage;
	setenv("U_VERDICT", "1", 1);
	vec_push(&other.env, "U_VERDICT");
	key_of(&other, one);
	setenv("U_VERDICT", "2", 1);
	key_of(&other, two);
	ok(strcmp(one, two) != 0, "the value of a variable that it gets");
	vec_release(&other.env);

	other = stage;
	other.run = (char *)"cd x && my-tool --all";
	setenv("PATH", dir, 1);
	key_of(&other, one);
	ok(fs_write(tool, "#!/bin/sh\n", 10, 0755, &why) == 0, "a program appears");
	key_of(&other, two);
	ok(strcmp(one, two) != 0, "which counts, wherever in the command it is named");
	ok(fs_write(tool, "#!/bin/sh \n", 11, 0755, &why) == 0, "it changes");
	key_of(&other, one);
	ok(strcmp(one, two) != 0, "which counts too");
	key_of(&other, two);
	is(one, two, "and nothing else does");
}

int main(void)
{
	struct fault why = FAULT_INIT;

	if (!mkdtemp(dir))
		return 1;
	log_path = fs_join(dir, "log");
	xml_path = fs_join(dir, "xml");
	copy_xml = fs_join(dir, "copy.xml");
	copy_path = fs_join(dir, "copy");
	test_levels();
	test_result();
	test_reports();
	test_torn();
	test_prune();
	test_key();
	fs_remove(dir, &why);
	str_free(&log_path);
	str_free(&copy_path);
	str_free(&xml_path);
	str_free(&copy_xml);
	return tap_done();
}
