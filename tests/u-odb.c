/* Objects read without git are what git says they are; and what is not whole is never taken for them. */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/git.h"
#include "port/git_batch.h"
#include "port/odb_private.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct git_call here = {.dir = NULL};

static void git(const char *script)
{
	ok(system(script) == 0, "%.60s", script); /* NOLINT(cert-env33-c) */
}

static void list(struct buf *out)
{
	struct fault why = FAULT_INIT;

	buf_clear(out);
	if (git_do(&here, out, &why, "cat-file", "--batch-all-objects",
		    "--batch-check=%(objectname) %(objecttype) %(objectsize)", NULL))
		ok(false, "git lists its objects: %s", why.message);
}

/* Every object of the repository in the working directory. */
static void check_all(const char *name, size_t least)
{
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(odb_free) struct odb *odb = NULL;
	CLEANUP(buf_release) struct buf all = BUF_INIT, bytes = BUF_INIT;
	struct fault why = FAULT_INIT;
	size_t same = 0, count = 0;
	char *rest;

	if (gitdir_find(&dir, &why))
		ok(false, "%s: %s", name, why.message);
	odb = odb_open(&dir);
	list(&all);
	rest = all.data;
	for (char *line; (line = strsep(&rest, "\n")) && *line; count++) {
		char oid[65], type[8];
		unsigned long size;
		enum odb_type kind;

		if (sscanf(line, "%64s %7s %lu", oid, type, &size) != 3)
			break;
		same += !odb_read(odb, oid, &kind, &bytes) && !strcmp(odb_type_name(kind), type) &&
			bytes.len == size;
	}
	ok(same == count && count >= least, "%s: %zu of %zu objects are read", name, same, count);
}

/* The names a hook asks for, with git and without. */
static void check_names(const char *name)
{
	static const char *const names[] = {"HEAD", "HEAD^{tree}", "HEAD:file7", "HEAD:sub/file",
		"HEAD:sub", "HEAD:none", "HEAD:file7/none", "HEAD:sub/none", "HEAD:./file7",
		"HEAD:", "HEAD~1", "refs/heads/main", "0000000000000000000000000000000000000001"};
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	struct fault why = FAULT_INIT;
	size_t same = 0;

	gitdir_find(&dir, &why);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		CLEANUP(git_batch_free) struct git_batch *plain = git_batch_plain(&here, &dir);
		CLEANUP(git_batch_free) struct git_batch *asked = NULL;
		CLEANUP(buf_release) struct buf a = BUF_INIT, b = BUF_INIT;
		struct git_object x, y;
		int none, other;

		if (git_batch_open(&here, &asked, &why))
			break;
		none = git_batch_read(plain, names[i], ODB_MAX, &x, &a, &why);
		other = git_batch_read(asked, names[i], ODB_MAX, &y, &b, &why);
		if (none == other &&
			(none || (!strcmp(x.oid, y.oid) && !strcmp(x.type, y.type) &&
					 a.len == b.len && !memcmp(a.data, b.data, a.len))))
			same++;
		else
			printf("# %s: %d %s, %d %s\n", names[i], none, x.oid, other, y.oid);
		if (i < 8)
			same += !git_batch_started(plain) ? 0 : 100;
	}
	ok(same == ARRAY_LEN(names), "%s: names come to what git says", name);
}

static void check_ref(const char *name, const char *ref, const char *want)
{
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;
	char oid[GITDIR_OID_SIZE] = "none";

	gitdir_find(&dir, &why);
	if (*want && git_do(&here, &text, &why, "rev-parse", want, NULL))
		ok(false, "%s: %s", name, why.message);
	buf_rtrim(&text);
	if (gitdir_ref(&dir, ref, oid))
		snprintf(oid, sizeof oid, "none");
	ok(!strcmp(oid, *want ? text.data : "none"), "%s: %s", name, oid);
}

/* A pack and its index with bytes changed or cut off: what is read is right, or nothing. */
static void check_broken(void)
{
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(buf_release)
	struct buf all = BUF_INIT, path = BUF_INIT, index = BUF_INIT, pack = BUF_INIT,
		   bytes = BUF_INIT;
	struct fault why = FAULT_INIT;
	size_t whole = 0, none = 0;

	gitdir_find(&dir, &why);
	list(&all);
	buf_puts(&path, dir.common_dir);
	ok(system("mv .git/objects/pack/*.idx .git/objects/pack/p.idx && "
		  "mv .git/objects/pack/*.pack .git/objects/pack/p.pack && "
		  "chmod u+w .git/objects/pack/*") == 0, /* NOLINT(cert-env33-c) */
		"one pack");
	if (fs_read(".git/objects/pack/p.idx", &index, ODB_MAX, &why) ||
		fs_read(".git/objects/pack/p.pack", &pack, ODB_MAX, &why))
		ok(false, "it is read: %s", why.message);
	srand(3);
	for (int round = 0; round < 3000; round++) {
		CLEANUP(buf_release) struct buf i = BUF_INIT, p = BUF_INIT;
		struct odb_pack broken = {.count = 0};
		struct buf *one = round % 2 ? &i : &p;

		buf_add(&i, index.data, index.len);
		buf_add(&p, pack.data, pack.len);
		if (round % 7 == 0)
			buf_cut(one, (size_t)rand() % one->len);
		else
			for (int k = 0; k <= round % 5; k++)
				one->data[(size_t)rand() % one->len] = (char)rand();
		broken.index = (struct odb_map){(const unsigned char *)i.data, i.len};
		broken.pack = (struct odb_map){(const unsigned char *)p.data, p.len};
		if (!odb_pack_init(&broken, 20))
			continue;
		for (uint32_t k = 0; k < broken.count && k < 40; k++) {
			enum odb_type type;
			uint64_t at = odb_pack_find(
				&broken, broken.index.bytes + 8 + 1024 + (size_t)k * 20);

			buf_clear(&bytes);
			if (at && !odb_pack_read(&broken, at, &type, &bytes))
				whole++;
			else
				none++;
		}
	}
	ok(whole > 1000 && none > 1000, "of broken packs %zu objects are read and %zu are not",
		whole, none);
	/* Now in place: no object is another than its id says. */
	pack.data[pack.len / 2] ^= 1;
	ok(!fs_write(".git/objects/pack/p.pack", pack.data, pack.len, 0644, &why),
		"a bit is turned");
	CLEANUP(odb_free) struct odb *odb = odb_open(&dir);
	size_t read = 0, lost = 0;
	char *rest = all.data;

	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		enum odb_type type;

		line[strcspn(line, " ")] = '\0';
		if (odb_read(odb, line, &type, &bytes))
			lost++;
		else
			read++;
	}
	ok(read && lost, "%zu objects are read, %zu are not what they should be", read, lost);
}

#define HISTORY                                                                                       \
	"for i in 1 2 3 4 5 6 7 8 9; do seq $i 999 >file7; seq 1 $i >\"f $i\"; mkdir -p sub; "        \
	"echo $i >sub/file; git add -A; git -c user.name=a -c user.email=a@b commit -q -m \"c $i\"; " \
	"done; git -c user.name=a -c user.email=a@b tag -a -m tag v1"

static void make(const char *format)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT;

	buf_printf(&script, "git init -q -b main --object-format=%s %s && cd %s && %s", format,
		format, format, HISTORY);
	git(script.data);
	if (chdir(format))
		ok(false, "chdir");
}

int main(void)
{
	char dir[] = "/tmp/u-odb.XXXXXX";
	static const char *const formats[] = {"sha1", "sha256"};
	CLEANUP(buf_release) struct buf remove = BUF_INIT;

	if (!mkdtemp(dir) || chdir(dir) || setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1) ||
		setenv("GIT_CONFIG_NOSYSTEM", "1", 1))
		return 1;
	for (size_t i = 0; i < 2; i++) {
		make(formats[i]);
		check_all("each in a file of its own", 40);
		check_names("loose");
		check_ref("HEAD", "HEAD", "HEAD");
		check_ref("a branch", "refs/heads/main", "main");
		check_ref("a tag", "refs/tags/v1", "v1");
		check_ref("none", "refs/heads/none", "");
		check_ref("one that leads out", "refs/../HEAD", "");
		git("git repack -adq --depth=20 --window=20");
		check_all("in a pack", 40);
		check_names("packed");
		git("git pack-refs --all && git branch -q other HEAD~3 && git symbolic-ref refs/heads/link "
		    "refs/heads/other && git symbolic-ref refs/heads/circle refs/heads/circle");
		check_ref("packed", "refs/heads/main", "main");
		check_ref("packed, a tag", "refs/tags/v1", "v1");
		check_ref("a link", "refs/heads/link", "other");
		check_ref("a circle", "refs/heads/circle", "");
		git("git update-ref refs/heads/main HEAD~2");
		check_ref("a file over what is packed", "refs/heads/main", "main");
		git(": >.git/refs/heads/main");
		check_ref("an empty file over what is packed", "refs/heads/main", "");
		git("git update-ref refs/heads/main other 2>/dev/null || cp .git/refs/heads/other "
		    ".git/refs/heads/main");
		if (chdir(".."))
			return 1;
	}
	git("git clone -q --bare sha1 refdelta.git && cd refdelta.git && git -c "
	    "repack.useDeltaBaseOffset=false repack -adfq");
	if (chdir("refdelta.git"))
		return 1;
	check_all("bases named by their ids", 40);
	if (chdir("../sha1"))
		return 1;
	git("git checkout -q --detach other");
	check_ref("a detached HEAD", "HEAD", "other");
	git("git repack -adq");
	check_broken();
	buf_printf(&remove, "rm -rf %s", dir);
	if (chdir("/"))
		return 1;
	git(remove.data);
	return tap_done();
}
