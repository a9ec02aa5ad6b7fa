/* Whether directories can be given copy-on-write where they are to be: found out by doing it. */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox_private.h"

#include <stdlib.h>

/* A change, a deletion, and a directory that takes another's place: each is kept in another way. */
static const char trial[] = "cd \"$1\" && echo x >>file && rm file && rm -r old && mkdir old && "
			    "test ! -e file && test ! -e old/file";

static bool run_trial(enum sandbox_level level, const char *at, const char *lower, const char *work)
{
	const char *const argv[] = {"sh", "-c", trial, "trial", at, NULL};
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *p = NULL;
	struct fault ignored = FAULT_INIT;

	box_init(&box);
	box.level = level;
	vec_push_all(&box.argv, argv);
	box_add_cow(&box, at, lower, at, work);
	return sandbox_run(&box, &p, &ignored) == 0 && p->end == PROC_EXITED && !p->code;
}

static bool try_in(enum sandbox_level level, const char *dir)
{
	CLEANUP(str_free) char *at = fs_join(dir, "at"), *work = fs_join(dir, "work");
	CLEANUP(str_free) char *lower = fs_join(dir, "lower"), *old = fs_join(dir, "lower/old");
	CLEANUP(str_free) char *file = fs_join(dir, "lower/file");
	CLEANUP(str_free) char *older = fs_join(dir, "lower/old/file");
	struct fault ignored = FAULT_INIT;

	return !fs_mkdirs(at, 0700, &ignored) && !fs_mkdirs(work, 0700, &ignored) &&
	       !fs_mkdirs(old, 0700, &ignored) && !fs_write_derived(file, "", 0, &ignored) &&
	       !fs_write_derived(older, "", 0, &ignored) && run_trial(level, at, lower, work);
}

bool sandbox_can_cow(enum sandbox_level level, const char *dir)
{
	CLEANUP(str_free) char *scratch = fs_join(dir, "trial.XXXXXX");
	struct fault ignored = FAULT_INIT;
	bool can;

	if (!sandbox_has_places(level) || !mkdtemp(scratch))
		return false;
	can = try_in(level, scratch);
	fs_remove(scratch, &ignored);
	return can;
}
