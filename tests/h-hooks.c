/* For shell tests: `h-hooks install|uninstall|check` in the repository around the working directory, by core/hook_install. */
#include "base/alloc.h"
#include "base/fs.h"
#include "core/hook_install.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const struct fault *why)
{
	fprintf(stderr, "fatal: %s\n", why->message);
	return 1;
}

int main(int argc, char **argv)
{
	const char *build = getenv("GIT_AGENT_BUILD");
	CLEANUP(str_free)
	char *binaries = fs_join(build ? build : "build", "libexec/git-agent/hooks");
	CLEANUP(repo_close) struct repo *repo = NULL;
	CLEANUP(vec_release) struct vec lines = VEC_INIT;
	CLEANUP(buf_release) struct buf problem = BUF_INIT;
	struct fault why = FAULT_INIT;
	const char *verb = argc > 1 ? argv[1] : "";

	if (repo_open(&repo, NULL, NULL, &why))
		return complain(&why);
	if (strcmp(verb, "check") == 0) {
		bool live = hook_check(repo, &problem);

		printf("%s\n", live ? "live" : problem.data);
		return !live;
	}
	if (strcmp(verb, "install") == 0 ? hook_install(repo, binaries, false, &lines, &why)
					 : hook_uninstall(repo, false, &lines, &why))
		return complain(&why);
	for (size_t i = 0; i < lines.len; i++)
		printf("%s\n", lines.items[i]);
	return 0;
}
