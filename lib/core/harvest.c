#include "core/harvest.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/incoming.h"
#include "core/layer.h"
#include "core/setup.h"
#include "port/git.h"
#include "port/proc.h"
#include "port/sandbox.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HARVEST_WALL_MS (30 * 60 * 1000)
#define PACK_MAX        "4294967296" /* bytes; index-pack stops reading there */
#define SUBJECTS_MAX    50           /* of the agent's own commits that a proposal lists */

/*
 * Run in the box, with GIT_DIR and GIT_WORK_TREE set. A lock that a killed git left behind is nobody's any more. What
 * the agent made outside a sparse checkout is part of its change too. A pipe can be no part of it, but one called
 * .gitignore would keep git waiting for a writer. A device is what stands for a file of the layer that was deleted; git
 * refuses one where it tracks something. What lies in the layer is nobody's work, by name on standard input. Prints the
 * tip and its tree.
 *
 * `git add` takes a file as old as the index for changed, and writes its object anew where it cannot touch the one there is, as
 * here: after a quick agent that is every file. So they are compared first, and the index, which nobody can outdate any more, is
 * made younger than all of them until they are added.
 */
static const char leftovers_script[] =
	"set -e\n"
	"rm -f \"$GIT_DIR/index.lock\" \"$GIT_DIR/HEAD.lock\"\n"
	"find \"$GIT_DIR\" . -type p -exec rm -f {} + 2>/dev/null || :\n"
	"git() { command git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgSign=false \"$@\"; }\n"
	"find . -type c -print0 2>/dev/null |\n"
	"	{ git update-index -q --refresh --force-write-index -z --force-remove --stdin || [ $? = 1 ]; }\n"
	"touch -t 203801010000 \"$GIT_DIR/index\"\n"
	"left=$GIT_DIR/left\n"
	"rm -rf \"$left\"\n"
	"[ -z \"$2\" ] || git ls-files -z -o -i --exclude-standard --directory 2>/dev/null | sed -z 's,^,./,' |\n"
	"	xargs -0r sh -c 'find \"$@\" -type f -newerct \"$0\" -print 2>/dev/null' \"$2\" | head -c 40000 >\"$left\" &\n"
	"git -c core.excludesFile=/dev/null add -A --sparse\n"
	"touch \"$GIT_DIR/index\"\n"
	"git update-index -z --force-remove --stdin\n"
	"tree=$(git write-tree)\n"
	"head=$(git rev-parse --verify --quiet 'HEAD^{commit}') || head=$1\n"
	"tip=$head\n"
	"if [ \"$tree\" != \"$(git rev-parse --verify --quiet \"$head^{tree}\")\" ]; then\n"
	"	tip=$(git commit-tree -p \"$head\" -m 'work left uncommitted' \"$tree\")\n"
	"fi\n"
	"wait\n"
	"[ ! -f \"$left\" ] || cat \"$left\"\n"
	"printf '\\n%s %s\\n' \"$tip\" \"$tree\"\n";

/* Of the temporary commit; the seal is made in the person's own name. */
static const char *const leftovers_ident[] = {"GIT_AUTHOR_NAME=agent",
	"GIT_AUTHOR_EMAIL=agent@localhost", "GIT_COMMITTER_NAME=agent",
	"GIT_COMMITTER_EMAIL=agent@localhost", NULL};

void harvest_release(struct harvest *h)
{
	vec_release(&h->subjects);
	vec_release(&h->strays);
	vec_release(&h->left);
}

static void fill_box(struct box *box, const struct workspace *w, const struct checkout *c,
	const struct repo *repo)
{
	CLEANUP(str_free) char *git = NULL, *tree = NULL;

	setup_box(box, c, w, repo, NETWORK_NONE);
	git = box_inside(box, c->git);
	tree = box_inside(box, c->tree);
	box->wall_ms = HARVEST_WALL_MS;
	vec_pushf(&box->set, "GIT_DIR=%s", git);
	vec_pushf(&box->set, "GIT_WORK_TREE=%s", tree);
	vec_push(&box->set, "GIT_NO_REPLACE_OBJECTS=1");
	vec_push_all(&box->set, leftovers_ident);
}

int harvest_parse(const char *said, size_t oid_len, char tip[OID_MAX], char tree[OID_MAX])
{
	static const char digits[] = "0123456789abcdef";
	const char *last = strrchr(said, '\n');

	last = last ? last + 1 : said;
	if (strspn(last, digits) != oid_len || last[oid_len] != ' ' ||
		strspn(last + oid_len + 1, digits) != oid_len || last[2 * oid_len + 1])
		return -1;
	snprintf(tip, OID_MAX, "%.*s", (int)oid_len, last);
	snprintf(tree, OID_MAX, "%s", last + oid_len + 1);
	return 0;
}

/* Refuses in git's own words. */
static int refuse(const struct proc *p, const char *what, const char *reason, struct fault *why)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT, end = BUF_INIT;

	buf_add(&said, p->out.data, p->out.len);
	proc_describe(p, &end);
	fault_set(why, EXIT_REFUSED, "%s: %s (git %s)", what, git_complaint(&said), end.data);
	return fault_reason(why, reason);
}

static int refuse_tree(const struct proc *p, struct fault *why)
{
	return refuse(p, "git cannot record what the agent left", "bad_tree", why);
}

/* The lines of what git ignores and is younger than the agent's start; the last may be cut. */
static void take_left(struct harvest *h, const char *said)
{
	for (const char *at = said; at; at = strchr(at, '\n')) {
		CLEANUP(str_free) char *line = NULL;

		at += *at == '\n';
		line = xstrndup(at, strcspn(at, "\n"));
		if (!strncmp(line, "./", 2) && at[strlen(line)] == '\n')
			vec_push(&h->left, line + 2);
	}
}

static int commit_leftovers(struct harvest *h, const struct workspace *w, const struct checkout *c,
	const struct repo *repo, const char *base, const char *since, struct fault *why)
{
	const char *const argv[] = {"sh", "-c", leftovers_script, "leftovers", base, since, NULL};
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(buf_release) struct buf unchanged = BUF_INIT;

	layer_unchanged(c, &unchanged);
	fill_box(&box, w, c, repo);
	vec_push_all(&box.argv, argv);
	box.input = unchanged.data;
	box.input_len = unchanged.len;
	box.merge = true;
	box.keep_max = 65536;
	if (sandbox_run(&box, &p, why) < 0)
		return -1;
	if (p->end == PROC_INTERRUPTED)
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	if (p->end != PROC_EXITED || p->code)
		return refuse_tree(p, why);
	buf_rtrim(&p->out);
	take_left(h, p->out.data);
	if (harvest_parse(p->out.data, repo->sha256 ? 64 : 40, h->tip, h->tree) < 0)
		return refuse_tree(p, why);
	return 0;
}

/* Boxed pack-objects writes into a pipe; index-pack, outside, reads it into the repository and checks it. */
static int start_pack(const struct workspace *w, const struct checkout *c, const struct repo *repo,
	const struct buf *revs, int out_fd, struct proc **p, struct fault *why)
{
	const char *const argv[] = {"git", "-c", "core.hooksPath=/dev/null", "pack-objects", "-q",
		"--revs", "--stdout", "--thin", "--delta-base-offset", NULL};
	CLEANUP(box_release) struct box box;

	fill_box(&box, w, c, repo);
	vec_push_all(&box.argv, argv);
	box.input = revs->data;
	box.input_len = revs->len;
	box.out_fd = out_fd;
	return sandbox_start(&box, p, why);
}

static int start_index(const struct repo *repo, const struct incoming *in, int in_fd,
	struct proc **p, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir, .env = in->env};
	CLEANUP(vec_release) struct vec env = VEC_INIT;
	const char *const argv[] = {"git", "-c", "core.hooksPath=/dev/null", "-c",
		"core.fsmonitor=false", "index-pack", "--stdin", "--fix-thin", "--keep=git-agent",
		repo->partial || repo->shallow ? "--fsck-objects" : "--strict",
		"--max-input-size=" PACK_MAX, NULL};
	struct proc_spec spec = PROC_SPEC_INIT;

	git_env(&call, &env);
	spec.argv = argv;
	spec.env = (const char *const *)env.items;
	spec.in_fd = in_fd;
	spec.capture = true;
	spec.merge = true;
	spec.wall_ms = HARVEST_WALL_MS;
	return proc_start(&spec, p, why);
}

static int judge_pipe(const struct proc *pack, const struct proc *index, struct fault *why)
{
	if (pack->end == PROC_INTERRUPTED || index->end == PROC_INTERRUPTED)
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	if (pack->end == PROC_EXITED && !pack->code && index->end == PROC_EXITED && !index->code)
		return 0;
	return refuse(index, "the agent's objects were not taken over", "bad_objects", why);
}

static int import(const struct harvest *h, const struct workspace *w, const struct checkout *c,
	const struct repo *repo, const char *base, const struct incoming *in, struct fault *why)
{
	CLEANUP(proc_free) struct proc *pack = NULL;
	CLEANUP(proc_free) struct proc *index = NULL;
	CLEANUP(buf_release) struct buf revs = BUF_INIT;
	CLEANUP(fd_close) int from = -1;
	CLEANUP(fd_close) int to = -1;
	int fds[2];
	struct proc *both[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return fault_errno(why, "cannot make a pipe");
	from = fds[0];
	to = fds[1];
	buf_printf(&revs, "%s\n^%s\n", h->tip, base);
	if (start_pack(w, c, repo, &revs, to, &pack, why) < 0 ||
		start_index(repo, in, from, &index, why) < 0)
		return -1;
	fd_close(&to);
	fd_close(&from);
	both[0] = pack;
	both[1] = index;
	proc_poll(both, 2, -1);
	proc_poll(both, 2, -1);
	return judge_pipe(pack, index, why);
}

/* Everything the tip needs is there: an agent's pack may lack what its own shallow file or grafts hid. */
static int check_connected(const struct harvest *h, const struct repo *repo, const char *base,
	const struct incoming *in, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir, .env = in->env};
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(buf_release) struct buf tree = BUF_INIT;
	const char *const words[] = {"rev-list", "--objects", "--quiet", NULL};
	char name[OID_MAX + 8];

	vec_push_all(&args, words);
	if (repo->partial)
		vec_push(&args, "--exclude-promisor-objects");
	vec_push(&args, h->tip);
	vec_push(&args, h->tree);
	vec_push(&args, "--not");
	vec_push(&args, base);
	snprintf(name, sizeof name, "%s^{tree}", h->tip);
	if (git_run(&call, &args, NULL, NULL, NULL, why) < 0 ||
		git_do(&call, &tree, why, "rev-parse", "--verify", name, NULL) < 0) {
		why->exit = EXIT_REFUSED;
		fault_wrap(why, "the agent's objects are not whole");
		return fault_reason(why, "bad_objects");
	}
	buf_rtrim(&tree);
	if (strcmp(tree.data, h->tree) != 0) {
		fault_set(why, EXIT_REFUSED, "the agent's commit does not hold the tree it should");
		return fault_reason(why, "bad_objects");
	}
	return 0;
}

static int ask(const struct repo *repo, const char *const *words, struct git_child **child,
	struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(vec_release) struct vec args = VEC_INIT;

	vec_push_all(&args, words);
	return git_start(&call, &args, true, child, why);
}

static int ask_subjects(const struct harvest *h, const struct repo *repo, const char *base,
	struct git_child **log, struct fault *why)
{
	CLEANUP(buf_release) struct buf range = BUF_INIT;

	buf_printf(&range, "%s..%s", base, h->tip);
	return ask(repo,
		(const char *const[]){"log", "--reverse", "--no-show-signature", "--encoding=UTF-8",
			"--format=%s", "--no-notes", "--no-color", range.data, "--", NULL},
		log, why);
}

static int take_subjects(struct harvest *h, struct git_child **log, struct fault *why)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	char *line, *rest;

	if (git_finish(log, &out, why) < 0)
		return -1;
	text_clean(&out);
	for (line = strtok_r(out.data, "\n", &rest); line && h->subjects.len < SUBJECTS_MAX;
		line = strtok_r(NULL, "\n", &rest))
		if (strcmp(line, "work left uncommitted") != 0)
			vec_push(&h->subjects, line);
	return 0;
}

static int ask_paths(const struct harvest *h, const struct repo *repo, struct git_child **paths,
	struct fault *why)
{
	return ask(repo, (const char *const[]){"ls-tree", "-r", "-z", "--full-tree", h->tree, NULL},
		paths, why);
}

/* A checkout has submodules as empty directories, and git passes over whatever is written into them. */
static int take_strays(
	struct harvest *h, const struct checkout *c, struct git_child **paths, struct fault *why)
{
	static const char gitlink[] = "160000 ";
	CLEANUP(buf_release) struct buf tree = BUF_INIT;

	if (git_finish(paths, &tree, why) < 0)
		return -1;
	for (const char *at = tree.data, *end = at + tree.len; at < end; at += strlen(at) + 1) {
		const char *path = strchr(at, '\t');
		CLEANUP(vec_release) struct vec names = VEC_INIT;
		CLEANUP(str_free) char *dir = NULL;
		struct fault ignored = FAULT_INIT;

		if (!path || strncmp(at, gitlink, strlen(gitlink)) != 0)
			continue;
		dir = fs_join(c->tree, path + 1);
		if (!fs_list(dir, &names, &ignored) && names.len)
			vec_push(&h->strays, path + 1);
	}
	return 0;
}

static int pin(const struct harvest *h, struct repo *repo, const char *run, struct fault *why)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT;

	buf_printf(&ref, "refs/agent/head/%s", run);
	return repo_ref_set(repo, ref.data, h->tip, NULL, "agent: imported", why) < 0 ? -1 : 0;
}

int harvest_take(struct harvest *h, struct workspace *w, const struct checkout *c,
	struct repo *repo, const char *base, const char *run, const char *since, struct fault *why)
{
	CLEANUP(incoming_close) struct incoming in = {0};
	CLEANUP(git_child_free) struct git_child *log = NULL;
	CLEANUP(git_child_free) struct git_child *paths = NULL;
	char base_tree[OID_MAX];

	*h = (struct harvest){.subjects = VEC_INIT, .strays = VEC_INIT, .left = VEC_INIT};
	if (commit_leftovers(h, w, c, repo, base, since, why) < 0 ||
		repo_tree(repo, base, base_tree, why) < 0)
		return -1;
	h->changed = strcmp(h->tree, base_tree) != 0;
	if (!strcmp(h->tip, base))
		return ask_paths(h, repo, &paths, why) < 0 ? -1 : take_strays(h, c, &paths, why);
	if (incoming_open(&in, repo, run, why) < 0 || import(h, w, c, repo, base, &in, why) < 0 ||
		check_connected(h, repo, base, &in, why) < 0 || incoming_accept(&in, why) < 0)
		return -1;
	/* git answers while the ref is written. */
	if (ask_subjects(h, repo, base, &log, why) < 0 || ask_paths(h, repo, &paths, why) < 0 ||
		pin(h, repo, run, why) < 0 || take_subjects(h, &log, why) < 0)
		return -1;
	return take_strays(h, c, &paths, why);
}

int harvest_seal(struct repo *repo, const char *tree, const char *base, const char *message,
	const char *const *env, char sealed[OID_MAX], struct fault *why)
{
	/* In the caller's environment: `git -c user.name=... -c user.signingKey=... agent` counts here. */
	struct git_call call = {.git_dir = repo->git_dir,
		.env = env,
		.input = message,
		.input_len = strlen(message),
		.keep_config = true};
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	vec_push(&args, "commit-tree");
	if (repo_config_bool(repo, "commit.gpgsign", false))
		vec_push(&args, "-S");
	vec_push(&args, tree);
	vec_push(&args, "-p");
	vec_push(&args, base);
	if (git_run(&call, &args, &out, NULL, NULL, why) < 0)
		return fault_wrap(why, "cannot seal the change");
	buf_rtrim(&out);
	snprintf(sealed, OID_MAX, "%s", out.data);
	return 0;
}
