#include "port/git_config.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20) /* bytes */

/* A section begins with "[<name>" wherever it stands; a file that may include another may say everything. */
static bool file_may(const char *path, const char *section)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(buf_release) struct buf start = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	int none = fs_read(path, &text, FILE_MAX, &ignored);

	if (none)
		return none < 0;
	buf_printf(&start, "[%s", section);
	return memchr(text.data, '\0', text.len) || strcasestr(text.data, start.data) ||
	       strcasestr(text.data, "[include");
}

static bool below_may(const char *dir, const char *name, const char *section)
{
	CLEANUP(str_free) char *path = fs_join(dir, name);

	return file_may(path, section);
}

/* The directory that the git which would be started really is in; NULL: none is found. */
static char *git_place(void)
{
	const char *path = getenv("PATH");

	for (size_t len; path && *path; path += len + (path[len] == ':')) {
		CLEANUP(str_free) char *dir = NULL;
		CLEANUP(str_free) char *program = NULL;
		CLEANUP(str_free) char *real = NULL;

		len = strcspn(path, ":");
		dir = xstrndup(path, len);
		program = fs_join(dir, "git");
		if (*path != '/' || access(program, X_OK) != 0)
			continue;
		real = realpath(program, NULL);
		return real ? fs_dirname(real) : NULL;
	}
	return NULL;
}

/*
 * Where the system-wide file lies is compiled into git. One of the distribution's, in /usr, has it in /etc, or in /usr/etc where
 * the vendor's own files are apart.
 */
static bool system_may(const char *section)
{
	static const char *const usual[] = {
		"/usr/bin", "/bin", "/usr/lib/git-core", "/usr/libexec/git-core"};
	const char *off = getenv("GIT_CONFIG_NOSYSTEM"), *named = getenv("GIT_CONFIG_SYSTEM");
	CLEANUP(str_free) char *place = NULL;

	if (off && (!strcmp(off, "1") || !strcasecmp(off, "true")))
		return false;
	if (named)
		return file_may(named, section);
	place = git_place();
	for (size_t i = 0; place && i < ARRAY_LEN(usual); i++)
		if (!strcmp(place, usual[i]))
			return file_may("/etc/gitconfig", section) ||
			       file_may("/usr/etc/gitconfig", section);
	return true;
}

static bool own_may(const char *section)
{
	const char *named = getenv("GIT_CONFIG_GLOBAL"), *home = getenv("HOME"),
		   *xdg = getenv("XDG_CONFIG_HOME");

	if (named)
		return file_may(named, section);
	if (xdg && *xdg && below_may(xdg, "git/config", section))
		return true;
	if (home && !(xdg && *xdg) && below_may(home, ".config/git/config", section))
		return true;
	return home && below_may(home, ".gitconfig", section);
}

/* What `git -c` and its like pass, and GIT_CONFIG, which names one file instead of all. */
static bool is_passed(void)
{
	static const char *const names[] = {
		"GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (getenv(names[i]))
			return true;
	return false;
}

bool git_config_may_hold(const struct gitdir *dir, const char *section)
{
	return is_passed() || system_may(section) || own_may(section) ||
	       below_may(dir->common_dir, "config", section) ||
	       below_may(dir->git_dir, "config.worktree", section);
}
