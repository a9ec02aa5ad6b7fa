#include "base/install.h"
#include "base/alloc.h"
#include "base/buf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a binary's directory ends in, and so what to cut to get at the prefix. */
static const char *const homes[] = {"/bin", "/libexec/git-agent", "/libexec/git-agent/hooks"};

static void put_prefix(struct buf *out)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
	char *slash;

	exe[len > 0 ? len : 0] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < ARRAY_LEN(homes); i++) {
		size_t have = strlen(exe), tail = strlen(homes[i]);

		if (have >= tail && !strcmp(exe + have - tail, homes[i])) {
			buf_add(out, exe, have - tail);
			return;
		}
	}
	buf_printf(out, "%s/..", exe);
}

static char *below_prefix(const char *dir, const char *file)
{
	struct buf path = BUF_INIT;

	put_prefix(&path);
	buf_puts(&path, dir);
	if (file)
		buf_printf(&path, "/%s", file);
	return buf_take(&path);
}

char *install_libexec(const char *file)
{
	return below_prefix("/libexec/git-agent", file);
}

char *install_share(const char *file)
{
	return below_prefix("/share/git-agent", file);
}

int install_manual(const char *command, struct fault *why)
{
	CLEANUP(str_free) char *dir = below_prefix("/share/man", NULL);
	CLEANUP(buf_release) struct buf path = BUF_INIT, page = BUF_INIT;
	const char *given = getenv("MANPATH");

	/* What ends in a colon is followed by the system's own path. */
	buf_printf(&path, "%s:%s", dir, given ? given : "");
	setenv("MANPATH", path.data, 1);
	buf_printf(&page, "git-agent%s%s", command ? "-" : "", command ? command : "");
	execlp("git", "git", "help", page.data, (char *)NULL);
	return fault_errno(why, "cannot run git help");
}
