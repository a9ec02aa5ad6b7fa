#include "core/hook_forward.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "core/hook_chain.h"

#include <string.h>

#define SCRIPT_MAX (64 * 1024)

/*
 * githooks(5) but fsmonitor-watchman, which git is pointed to by name. `rare`: its mere presence changes what git does or
 * costs a process per index or ref written, so it is forwarded only where there is one.
 */
static const struct {
	const char *name;
	bool rare;
} hooks[] = {
	{"applypatch-msg", false},
	{"pre-applypatch", false},
	{"post-applypatch", false},
	{"pre-commit", false},
	{"pre-merge-commit", false},
	{"prepare-commit-msg", false},
	{"commit-msg", false},
	{"post-commit", false},
	{"pre-rebase", false},
	{"post-checkout", false},
	{"post-merge", false},
	{"pre-push", false},
	{"pre-receive", false},
	{"update", false},
	{"proc-receive", true},
	{"post-receive", false},
	{"post-update", false},
	{"reference-transaction", true},
	{"push-to-checkout", true},
	{"pre-auto-gc", false},
	{"post-rewrite", false},
	{"sendemail-validate", false},
	{"p4-changelist", false},
	{"p4-prepare-changelist", false},
	{"p4-post-changelist", false},
	{"p4-pre-submit", false},
	{"post-index-change", true},
};

static const char script[] =
	"#!/bin/sh\n"
	"# git-agent-hook forward: runs the hook of the same name that core.hooksPath names outside of\n"
	"# this repository; where that is no longer set, the one in the repository's own hooks.\n"
	"name=${0##*/}\n"
	"name=${name%" HOOK_BEFORE "}\n"
	"dir=\n"
	"while IFS='\t' read -r scope path; do\n"
	"\tcase $scope in system | global) dir=$path ;; esac\n"
	"done <<END\n"
	"$(git config --show-scope --type=path --get-all core.hooksPath)\n"
	"END\n"
	"[ -n \"$dir\" ] || dir=$(git rev-parse --git-common-dir)/hooks\n"
	"[ \"$dir\" -ef \"${0%/*}\" ] && exit 0\n"
	"[ -x \"$dir/$name\" ] || exit 0\n"
	"exec \"$dir/$name\" \"$@\"\n";

static bool is_written(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(path, &text, SCRIPT_MAX, &why) == 0 && strcmp(text.data, script) == 0;
}

static bool is_ours(const char *name, const char *const *ours)
{
	while (*ours)
		if (strcmp(*ours++, name) == 0)
			return true;
	return false;
}

static bool is_wanted(const char *outside, const char *name, bool rare)
{
	CLEANUP(str_free) char *path = outside && rare ? fs_join(outside, name) : NULL;

	return !rare || (path && fs_exists(path));
}

int hook_forward_write(const char *dir, const char *outside, const char *const *ours, bool dry_run,
	struct vec *lines, struct fault *why)
{
	size_t written = 0;

	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT;
		const char *name = hooks[i].name;

		buf_printf(&path, "%s/%s%s", dir, name, is_ours(name, ours) ? HOOK_BEFORE : "");
		if (!is_wanted(outside, name, hooks[i].rare) || is_written(path.data))
			continue;
		written++;
		if (!dry_run && (fs_mkdirs(dir, 0777, why) ||
					fs_write(path.data, script, sizeof script - 1, 0755, why)))
			return -1;
	}
	if (written)
		vec_pushf(lines, "wrote %zu forwarders in %s", written, dir);
	return 0;
}
