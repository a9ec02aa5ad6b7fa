/*
 * hook_install: puts the hooks of git agent into a repository, takes them out again, and tells whether they
 * are live. What was there before stays and runs first; what another tool owns is not written.
 *
 * An installed hook is a copy of the statically linked binary, never a link: git passes over a dangling link
 * in silence. A hook that was there is kept beside it as `<hook>.before-git-agent`, which the binary runs
 * first (core/hook_chain).
 *
 * The binary's first page holds an ELF note "git-agent-hook <hook> <version>", by which it is known.
 */
#ifndef CORE_HOOK_INSTALL_H
#define CORE_HOOK_INSTALL_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stdbool.h>

enum hook_place {
	HOOK_PLACE_DEFAULT, /* core.hooksPath is not set: <common dir>/hooks */
	HOOK_PLACE_OUTSIDE, /* set outside of the repository (global, system): a local core.hooksPath of
	                       ours, <common dir>/agent/hooks, whose forwarders run the hooks there */
	HOOK_PLACE_OURS, /* the local core.hooksPath is that one already */
	HOOK_PLACE_THEIRS, /* a local core.hooksPath of the person's own, or husky's: nothing is written there */
};

/* Which of them holds in this repository; asks git. */
int hook_place(const struct repo *repo, enum hook_place *out, struct fault *why);

/*
 * Installs every hook found in the directory `binaries` (pre-push, post-commit) or brings it to this version. Where
 * husky, lefthook, pre-commit or the person's own core.hooksPath owns a hook, the copy only goes to <common
 * dir>/agent/hooks and *lines gets the one line a person adds to that tool's configuration. *lines gets one
 * line per thing done (with `dry_run`: that would be done, nothing is written). Doing it twice does it once; a
 * second time with nothing to do adds no line.
 */
int hook_install(const struct repo *repo, const char *binaries, bool dry_run, struct vec *lines,
	struct fault *why);

/* The same with reference-transaction, which from then on hook_install renews too. */
int hook_install_strict(const struct repo *repo, const char *binaries, bool dry_run,
	struct vec *lines, struct fault *why);

/*
 * Brings the file <dir>/<name> to our hook `hook` of this version; another that is there stays beside it as <name>.before-git-agent.
 * Lines and `dry_run` as in hook_install.
 */
int hook_install_copy(const char *binaries, const char *dir, const char *name, const char *hook,
	bool dry_run, struct vec *lines, struct fault *why);

/* The directory git runs hooks from, by the repository's configuration; the caller frees. */
char *hook_dir(const struct repo *repo);

/*
 * Removes what hook_install made: hooks that were there come back under their own names, a core.hooksPath of ours
 * is unset. Lines added by hand to a tool's configuration are named, not removed. Nothing of ours: no line.
 */
int hook_uninstall(const struct repo *repo, bool dry_run, struct vec *lines, struct fault *why);

/*
 * The pre-push hook git would run is ours and of this version (or the owning tool's configuration names ours). Else
 * false, and *problem gets one line with the command that mends it. Cheap: reads one page, starts nothing.
 */
bool hook_check(const struct repo *repo, struct buf *problem);

#endif
