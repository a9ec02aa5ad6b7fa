/*
 * post-commit: tells a run that a person committed on top of what its gate judged, and notes where the commit comes from.
 * Elsewhere it does nothing and starts nothing, and it never fails a commit: that is made already.
 */
#include "base/alloc.h"
#include "core/guard_made.h"
#include "core/guard_tip.h"
#include "core/hook_chain.h"
#include "port/gitdir.h"

#include <stdio.h>

HOOK_MARK("post-commit");

static void warn(struct fault *why)
{
	if (why->message[0])
		fprintf(stderr, "warning: git agent: %s\n", why->message);
	fault_clear(why);
}

static void note(const struct gitdir *dir, const char *ref, struct fault *why)
{
	CLEANUP(str_free) char *flag = NULL;
	int none = guard_made(dir, ref, why);

	if (none > 0)
		return;
	warn(why);
	if (guard_tip_moved(dir, ref, &flag, why) == 0)
		fprintf(stderr, "git agent: %s\n", flag);
	warn(why);
}

int main(int argc, char **argv)
{
	CLEANUP(gitdir_release) struct gitdir dir = GITDIR_INIT;
	CLEANUP(str_free) char *ref = NULL;
	struct fault why = FAULT_INIT;
	int code = 0;

	(void)argc;
	if (hook_chain("post-commit", argv + 1, NULL, 0, &code, &why) < 0)
		fprintf(stderr, "warning: %s\n", why.message);
	fault_clear(&why);
	if (gitdir_find(&dir, &why) == 0 && gitdir_head(&dir, &ref, &why) == 0)
		note(&dir, ref, &why);
	return 0;
}
