#include "core/diff_lines.h"

/* A commit's head begins with a NUL, as no line of a diff does. */
#define FORMAT "--format=tformat:%x00%H%x00%B%x00"

static void push_config(struct vec *args)
{
	static const char *const words[] = {"-c", "core.quotePath=true", "-c", "log.showRoot=true",
		"-c", "core.bigFileThreshold=32m", "-c", "i18n.logOutputEncoding=UTF-8", "-c",
		"log.mailmap=false", "-c", "core.fsmonitor=false", "-c",
		"diff.suppressBlankEmpty=false", NULL};

	vec_push_all(args, words);
}

static void push_patch(struct vec *args)
{
	static const char *const words[] = {"-U0", "--inter-hunk-context=0", "--no-ext-diff",
		"--no-textconv", "--full-index", "--src-prefix=a/", "--dst-prefix=b/",
		"--submodule=short", "--no-indent-heuristic", "--diff-algorithm=myers", NULL};

	vec_push_all(args, words);
}

static void push_both(struct vec *args)
{
	static const char *const words[] = {
		"--no-color", "--find-renames=100%", "--no-relative", "-O/dev/null", NULL};

	vec_push_all(args, words);
}

void diff_lines_log(struct vec *args, bool list)
{
	static const char *const log[] = {
		"log", "--no-show-signature", "--no-notes", "--no-decorate", FORMAT, NULL};
	static const char *const raw[] = {
		"--raw", "-c", "--no-abbrev", "--ignore-submodules=none", NULL};

	push_config(args);
	vec_push_all(args, log);
	push_both(args);
	if (list) {
		vec_push_all(args, raw);
		return;
	}
	vec_push(args, "-p");
	vec_push(args, "--cc");
	push_patch(args);
}

void diff_lines_diff(struct vec *args)
{
	push_config(args);
	vec_push(args, "diff");
	vec_push(args, "-p");
	push_both(args);
	push_patch(args);
}
