/* The plain case of a repository, seen from disk: what is not plain is git's to say. */
#include "port/repo.h"

#include "base/alloc.h"
#include "base/fs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_MAX (1024 * 1024)

/* Where git may look for configuration, and what makes it look elsewhere or find another repository. */
static const char *const telling_names[] = {"GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE",
	"GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_CONFIG",
	"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
	"GIT_IMPLICIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "SUDO_UID"};

/* Words of a configuration that could make another answer: core.hooksPath, core.worktree, extensions.worktreeConfig,
 * include.path, extensions.refStorage, safe.bareRepository. */
static const char *const telling_words[] = {
	"hookspath", "worktree", "include", "refstorage", "safe"};

static bool is_environment_plain(void)
{
	for (size_t i = 0; i < ARRAY_LEN(telling_names); i++)
		if (getenv(telling_names[i]))
			return false;
	return true;
}

static bool has(const char *dir, const char *name)
{
	CLEANUP(str_free) char *path = fs_join(dir, name);

	return fs_exists(path);
}

static bool looks_like_git_dir(const char *dir)
{
	return has(dir, "HEAD") && has(dir, "objects") && has(dir, "refs");
}

/* The top of the work tree: the first directory upwards with a `.git`. NULL: a bare repository or another file system comes
 * before, or nothing at all. */
static char *find_top(void)
{
	CLEANUP(str_free) char *dir = getcwd(NULL, 0);
	struct stat here, st;

	if (!dir || dir[0] != '/' || stat(dir, &here) < 0)
		return NULL;
	for (;;) {
		char *slash = strrchr(dir, '/'), *top = dir;

		if (stat(dir, &st) < 0 || st.st_dev != here.st_dev)
			return NULL;
		if (has(dir, ".git")) {
			dir = NULL;
			return top;
		}
		if (slash == dir || has(dir, "HEAD"))
			return NULL;
		*slash = '\0';
	}
}

/* A directory, not a link, of this user's own: git trusts nothing else without being told to. */
static bool is_mine(const char *path, dev_t *dev)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return false;
	*dev = st.st_dev;
	return true;
}

static bool is_plain_file(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	int found = fs_read(path, &text, CONFIG_MAX, &ignored);

	if (found)
		return found == 1;
	for (size_t i = 0; i < ARRAY_LEN(telling_words); i++)
		if (strcasestr(text.data, telling_words[i]))
			return false;
	return true;
}

/* A git built to read another system file than these is one whose core.hooksPath, if set there, is not seen. */
static bool is_config_plain(const char *git_dir)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CONFIG_HOME");
	CLEANUP(str_free) char *own = fs_join(git_dir, "config");
	CLEANUP(str_free) char *global = home ? fs_join(home, ".gitconfig") : NULL;
	CLEANUP(str_free)
	char *config = xdg && *xdg ? fs_join(xdg, "git/config")
		       : home      ? fs_join(home, ".config/git/config")
				   : NULL;

	return is_plain_file(own) && (!global || is_plain_file(global)) &&
	       (!config || is_plain_file(config)) && is_plain_file("/etc/gitconfig") &&
	       is_plain_file("/usr/local/etc/gitconfig");
}

int repo_glance(struct repo **out)
{
	CLEANUP(str_free) char *top = is_environment_plain() ? find_top() : NULL;
	CLEANUP(str_free) char *git_dir = top ? fs_join(top, ".git") : NULL;
	struct repo *repo;
	dev_t a, b;

	if (!top || !is_mine(top, &a) || !is_mine(git_dir, &b) || a != b ||
		has(git_dir, "commondir") || !looks_like_git_dir(git_dir) ||
		!is_config_plain(git_dir))
		return 1;
	repo = xcalloc(1, sizeof *repo);
	repo->git_dir = xstrdup(git_dir);
	repo->common_dir = xstrdup(git_dir);
	repo->prefix = xstrdup("");
	repo->name = xstrdup(strrchr(top, '/') + 1);
	repo->work_tree = top;
	top = NULL;
	*out = repo;
	return 0;
}
