#include "core/spare.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/safe_config.h"
#include "port/hash.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SPARE_READY SPARE_DIR "/ready"
#define FILES_MIN   2000 /* make a start take a tenth of a second */
#define LIKE_MAX    1024

static const char system_attributes[] = "/etc/gitattributes";

/* In the header of an index: 4 bytes DIRC, 4 of its version, 4 of the number of entries, in network order (gitformat-index(5)). */
static uint32_t count_files(const struct repo *repo)
{
	CLEANUP(str_free) char *path = fs_join(repo->git_dir, "index");
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char head[12];

	if (fd < 0 || pread(fd, head, sizeof head, 0) != sizeof head ||
		memcmp(head, "DIRC", 4) != 0)
		return 0;
	return (uint32_t)head[8] << 24 | (uint32_t)head[9] << 16 | (uint32_t)head[10] << 8 |
	       head[11];
}

bool spare_wanted(const struct repo *repo, const struct policy *p)
{
	return p->spare && !repo->sparse && count_files(repo) >= FILES_MIN;
}

/* What decides, beside the commit, how git writes its files: two that differ in this make different trees of one commit. */
static void put_rules(const struct repo *repo, struct buf *out)
{
	CLEANUP(buf_release) struct buf all = BUF_INIT, own = BUF_INIT;
	CLEANUP(str_free) char *info = fs_join(repo->common_dir, "info/attributes");
	char hash[HASH_HEX_SIZE];

	safe_config_put(repo, &all);
	safe_config_file(repo, "core.attributesfile", "attributes", &own);
	buf_printf(&all, "umask %03o\n", (unsigned)fs_umask());
	fs_identity(info, &all);
	fs_identity(own.data ? own.data : "", &all);
	fs_identity(system_attributes, &all);
	hash_hex(all.data, all.len, hash);
	buf_puts(out, hash);
}

static void put_like(const struct repo *repo, const char *commit, struct buf *out)
{
	buf_printf(out, "%s\n", commit);
	put_rules(repo, out);
	buf_putc(out, '\n');
}

/* Attributes that differ change how other files are written, which git would leave alone. */
static bool differs_in_rules(struct repo *repo, const char *from, const char *to)
{
	struct repo_changes changes = {0};
	struct fault ignored = FAULT_INIT;
	bool differs = true;

	if (!strcmp(from, to))
		return false;
	if (repo_diff(repo, from, to, &changes, &ignored) == 0)
		differs = checkout_changes_rules(&changes);
	repo_changes_release(&changes);
	return differs;
}

/* Whether what is at `dir` can be brought to the commit. */
static bool serves(struct repo *repo, const char *dir, const char *commit)
{
	CLEANUP(str_free) char *path = fs_join(dir, "like");
	CLEANUP(buf_release) struct buf like = BUF_INIT, rules = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	char *end;

	if (fs_read(path, &like, LIKE_MAX, &ignored) || !(end = strchr(like.data, '\n')))
		return false;
	*end = '\0';
	put_rules(repo, &rules);
	buf_putc(&rules, '\n');
	return !strcmp(end + 1, rules.data) && !differs_in_rules(repo, like.data, commit);
}

static int move(const char *from_dir, const char *name, const char *to, struct fault *why)
{
	CLEANUP(str_free) char *from = fs_join(from_dir, name);

	return rename(from, to) < 0 ? fault_errno(why, "cannot take '%s'", from) : 0;
}

int spare_take(struct workspace *w, struct repo *repo, const char *commit, struct fault *why)
{
	CLEANUP(str_free) char *root = fs_dirname(w->path), *spare = fs_join(root, SPARE_READY);
	CLEANUP(str_free) char *taken = fs_join(w->path, SPARE_DIR);
	struct checkout c;
	int done;

	if (!fs_is_dir(spare) || !serves(repo, spare, commit) || rename(spare, taken) < 0)
		return 1;
	/* Another may have been put there between the look and the taking. */
	if (!serves(repo, taken, commit))
		return fs_remove(taken, why) < 0 ? -1 : 1;
	checkout_name(&c, w, "");
	done = move(taken, "tree", c.tree, why) < 0 || move(taken, "git", c.git, why) < 0 ||
			       fs_remove(taken, why) < 0
		       ? -1
		       : 0;
	if (!done)
		checkout_trust_index(&c);
	checkout_release(&c);
	return done;
}

static int fill(struct repo *repo, const char *path, const char *commit, struct fault *why)
{
	struct workspace w;
	struct checkout c = {0};
	CLEANUP(str_free) char *like = fs_join(path, "like");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int done;

	/* As it is now: a setting that is changed meanwhile makes it one that does not serve. */
	put_like(repo, commit, &text);
	workspace_at(&w, path);
	checkout_name(&c, &w, "");
	done = checkout_fill(&c, repo, commit, why) < 0 || checkout_finish(&c, why) < 0 ||
			       fs_write_derived(like, text.data, text.len, why) < 0
		       ? -1
		       : 0;
	checkout_release(&c);
	workspace_release(&w);
	return done;
}

/* The places of a work root's spares. */
struct places {
	char *dir, *ready, *new, *old, *lock;
};

static void places_release(struct places *p)
{
	char **owned[] = {&p->dir, &p->ready, &p->new, &p->old, &p->lock};

	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		str_free(owned[i]);
}

static void find_places(struct places *p, const char *root)
{
	p->dir = fs_join(root, SPARE_DIR);
	p->ready = fs_join(p->dir, "ready");
	p->new = fs_join(p->dir, "new");
	p->old = fs_join(p->dir, "old");
	p->lock = fs_join(p->dir, "lock");
}

/* One that does not serve is first given a name that nobody takes it by. */
static int clear(const struct places *p, struct fault *why)
{
	if (fs_remove(p->old, why) < 0)
		return -1;
	rename(p->ready, p->old);
	return fs_remove(p->old, why) < 0 ? -1 : fs_remove(p->new, why);
}

int spare_make(struct repo *repo, const struct policy *p, const char *commit, struct fault *why)
{
	CLEANUP(fs_unlock) struct fs_lock held = FS_LOCK_INIT;
	CLEANUP(places_release) struct places at = {0};
	CLEANUP(buf_release) struct buf root = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	int done;

	if (workspace_root(repo, p, &root, why) < 0)
		return -1;
	find_places(&at, root.data);
	if (fs_mkdirs(at.dir, 0700, why) < 0)
		return -1;
	fs_spread(at.dir);
	done = fs_lock(&held, at.lock, false, why);
	if (done)
		return done;
	if (serves(repo, at.ready, commit))
		return 1;
	if (clear(&at, why) < 0 || workspace_check(repo, p, why) < 0)
		return -1;
	if (fill(repo, at.new, commit, why) < 0) {
		fs_remove(at.new, &ignored);
		return -1;
	}
	return rename(at.new, at.ready) < 0 ? fault_errno(why, "cannot keep '%s'", at.ready) : 0;
}

void spare_prune(const char *root, int64_t unused_ms)
{
	CLEANUP(fs_unlock) struct fs_lock held = FS_LOCK_INIT;
	CLEANUP(places_release) struct places at = {0};
	struct fault ignored = FAULT_INIT;
	struct stat st;

	find_places(&at, root);
	if (!fs_is_dir(at.dir) || fs_lock(&held, at.lock, false, &ignored))
		return;
	if (lstat(at.ready, &st) < 0 || (int64_t)(time(NULL) - st.st_mtime) * 1000 >= unused_ms)
		clear(&at, &ignored);
}
