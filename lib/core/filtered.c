#include "core/filtered.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/setup.h"
#include "port/git.h"
#include "port/proc.h"

#include <string.h>
#include <sys/stat.h>

#define WALL_MS        (30 * 60 * 1000)
#define TAIL_MAX       4096
#define ATTRIBUTES_MAX ((size_t)16 << 20)

/*
 * The arguments are pathspecs, that of git-lfs first or "". A file whose driver fails is written as it is stored, with $UNFILTERED in
 * front; prints how many. Lists are files: paths may hold anything.
 *
 * A file that was stored before it had its driver does not become again what is stored: git takes it for changed when it has a
 * reason to look, and the proposal would hold a change that nobody made. Such a file is left as it is stored, its attribute taken
 * from it. What git-lfs has is not hashed again for that: a blob that is no pointer is one. The others are compared by an index
 * that knows nothing of them but what is stored; paths that an attribute would have to quote are passed over.
 */
static const char apply_script[] =
	"lfs=$1; shift\n"
	"list=$TMPDIR/filtered other=$TMPDIR/filtered-index attributes=$(git rev-parse --git-dir)/info/attributes\n"
	"git() { command git -c core.hooksPath=/dev/null -c core.fsmonitor=false \"$@\"; }\n"
	"write() { git \"$@\" checkout-index -q -f -u -z --stdin <\"$list\"; }\n"
	"git ls-files -z -- ${lfs:+\"$lfs\"} \"$@\" >\"$list\" || exit\n"
	"xargs -0 -r rm -f -- <\"$list\"\n"
	"write\n"
	"git ls-files -z --deleted -- ${lfs:+\"$lfs\"} \"$@\" >\"$list\" || exit\n"
	"left=$(tr -cd '\\0' <\"$list\" | wc -c)\n"
	"if [ \"$left\" != 0 ]; then write $UNFILTERED || exit; fi\n"
	"{\n"
	"	[ -z \"$lfs\" ] || git grep -z -L --cached -e '^oid sha256:' -- \"$lfs\"\n"
	"	if [ $# != 0 ]; then\n"
	"		git ls-files -s -z -- \"$@\" | GIT_INDEX_FILE=$other git update-index -z --index-info\n"
	"		GIT_INDEX_FILE=$other git update-index -q --refresh >&2\n"
	"		GIT_INDEX_FILE=$other git diff-files -z --name-only\n"
	"	fi\n"
	"} | tr '\\0' '\\n' | grep -xE '[A-Za-z0-9._/+@%=,-]+' >\"$list\"\n"
	"if [ -s \"$list\" ]; then\n"
	"	mkdir -p \"${attributes%/*}\" && sed 's|.*|/& !filter|' \"$list\" >>\"$attributes\" || exit\n"
	"	tr '\\n' '\\0' <\"$list\" >\"$other\" && mv \"$other\" \"$list\" && write || exit\n"
	"fi\n"
	"rm -f \"$list\" \"$other\"\n"
	"echo \"$left\"\n";

/* Some attribute says `filter`: asked of the files themselves, since what git makes of each path takes as long as a checkout. */
static bool file_mentions(const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       fs_read(path, &text, ATTRIBUTES_MAX, &ignored) == 0 &&
	       memmem(text.data, text.len, "filter", 6);
}

/* The index is ours: nobody has worked there. */
static int tree_mentions(const struct checkout *c, const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *index = fs_join(c->git, "index");
	CLEANUP(str_free) char *own = fs_join(c->git, "info/attributes");
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	CLEANUP(buf_release) struct buf paths = BUF_INIT;
	struct git_call call = {
		.git_dir = repo->git_dir, .work_tree = c->tree, .index = index, .dir = c->tree};

	if (file_mentions(own))
		return 1;
	checkout_quiet_env(repo, &env);
	call.env = (const char *const *)env.items;
	if (git_do(&call, &paths, why, "ls-files", "-z", "--", ".gitattributes", "*/.gitattributes",
		    NULL) < 0)
		return -1;
	for (const char *at = paths.data, *end = at + paths.len; at < end; at += strlen(at) + 1) {
		CLEANUP(str_free) char *path = fs_join(c->tree, at);

		if (file_mentions(path))
			return 1;
	}
	return 0;
}

static void fill_box(const struct checkout *c, const struct workspace *w, const struct repo *repo,
	struct box *box)
{
	CLEANUP(buf_release) struct buf unfiltered = BUF_INIT;

	setup_box(box, c, w, repo, NETWORK_NONE);
	vec_push(&box->argv, "sh");
	vec_push(&box->argv, "-c");
	vec_push(&box->argv, apply_script);
	vec_push(&box->argv, "filters");
	vec_push(&box->argv, w->filters.lfs ? ":(attr:filter=lfs)" : "");
	for (size_t i = 0; i < w->filters.len; i++) {
		const char *name = w->filters.items[i].name;

		if (!w->filters.items[i].usable)
			continue;
		if (strcmp(name, "lfs") != 0)
			vec_pushf(&box->argv, ":(attr:filter=%s)", name);
		buf_printf(&unfiltered,
			"-c filter.%s.smudge= -c filter.%s.process= -c filter.%s.required=false ",
			name, name, name);
	}
	vec_pushf(&box->set, "UNFILTERED=%s", unfiltered.data);
	box->merge = true;
	box->keep_max = TAIL_MAX;
	box->wall_ms = WALL_MS;
}

static int run(
	const struct checkout *c, struct workspace *w, const struct repo *repo, struct fault *why)
{
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(buf_release) struct buf how = BUF_INIT;
	const char *last;

	fill_box(c, w, repo, &box);
	if (sandbox_run(&box, &p, why) < 0)
		return -1;
	if (p->end == PROC_INTERRUPTED)
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	if (p->end != PROC_EXITED || p->code) {
		proc_describe(p, &how);
		fault_set(why, EXIT_FATAL, "files could not be filtered: git %s: %s", how.data,
			git_complaint(&p->out));
		return fault_hint(why, "git config agent.worktree.filters false");
	}
	buf_rtrim(&p->out);
	last = strrchr(p->out.data, '\n');
	if (strcmp(last ? last + 1 : p->out.data, "0") != 0)
		w->filters.unfiltered = true;
	return 0;
}

int filtered_write(
	const struct checkout *c, struct workspace *w, const struct repo *repo, struct fault *why)
{
	bool usable = false, others = false;
	int mentioned;

	for (size_t i = 0; i < w->filters.len; i++) {
		usable = usable || w->filters.items[i].usable;
		others = others || !w->filters.items[i].usable;
	}
	if (!usable && !others)
		return 0;
	mentioned = tree_mentions(c, repo, why);
	if (mentioned <= 0)
		return mentioned;
	w->filters.unfiltered = w->filters.unfiltered || others;
	return usable ? run(c, w, repo, why) : 0;
}
