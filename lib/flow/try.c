#include "flow/try.h"
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/setup.h"
#include "flow/asked.h"
#include "port/git.h"
#include "port/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATCH_MAX (256 * 1024 * 1024)

/* What is to be judged: the bytes of a patch, or a commit. */
struct change {
	struct buf patch; /* empty: it is a commit */
	char oid[OID_MAX];
	char *title, *slug;
};

static void change_release(struct change *c)
{
	buf_release(&c->patch);
	str_free(&c->title);
	str_free(&c->slug);
}

/* Applied in the box: an mbox keeps its author and message, a bare diff is left uncommitted. */
static const char apply_script[] =
	"git() { command git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgSign=false \"$@\"; }\n"
	"if [ \"$2\" = mbox ]; then git am -q --keep-non-patch \"$1\"\n"
	"else git apply --index --whitespace=nowarn \"$1\"; fi\n";

static bool is_mbox(const struct buf *patch)
{
	return !strncmp(patch->data, "From ", 5) || !strncmp(patch->data, "From: ", 6) ||
	       strstr(patch->data, "\nSubject: ") || !strncmp(patch->data, "Subject: ", 9);
}

static bool is_patch(const struct buf *patch)
{
	return strstr(patch->data, "diff --git ") || strstr(patch->data, "\n+++ ") ||
	       !strncmp(patch->data, "--- ", 4);
}

/* "[PATCH 1/2] Add x" -> "Add x". */
static char *subject_of(const struct buf *patch, const char *otherwise)
{
	const char *line = strstr(patch->data, "Subject: "), *end;
	CLEANUP(buf_release) struct buf title = BUF_INIT;

	if (!line || (line != patch->data && line[-1] != '\n'))
		return xstrdup(otherwise);
	line += strlen("Subject: ");
	while (*line == '[' && strchr(line, ']'))
		for (line = strchr(line, ']') + 1; *line == ' ';)
			line++;
	end = strchrnul(line, '\n');
	buf_add(&title, line, (size_t)(end - line));
	text_clean(&title);
	buf_rtrim(&title);
	return title.len ? buf_take(&title) : xstrdup(otherwise);
}

static int read_patch(struct change *c, const char *source, struct fault *why)
{
	const char *name = strrchr(source, '/');
	char *dot;
	int found = 0;

	if (!strcmp(source, "-"))
		found = fs_read_fd(STDIN_FILENO, &c->patch, PATCH_MAX, why);
	else
		found = fs_read(source, &c->patch, PATCH_MAX, why);
	if (found)
		return found;
	if (!is_patch(&c->patch)) {
		fault_set(why, EXIT_FATAL, "'%s' holds no patch", source);
		return fault_hint(why, "git format-patch --stdout <base>..<topic> > change.patch");
	}
	c->slug = xstrdup(!strcmp(source, "-") ? "patch" : name ? name + 1 : source);
	dot = strrchr(c->slug, '.');
	if (dot && dot != c->slug)
		*dot = '\0';
	c->title = subject_of(&c->patch, c->slug);
	return 0;
}

static int read_revision(struct change *c, struct repo *repo, const char *rev, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf subject = BUF_INIT;
	int found = repo_commit(repo, rev, c->oid, why);

	if (found == 1) {
		fault_set(why, EXIT_FATAL, "'%s' is neither a patch file nor a revision", rev);
		fault_hint(why, "git agent try <file>.patch, or git agent try <branch>");
	}
	if (found)
		return -1;
	if (git_do(&call, &subject, why, "log", "-1", "--no-show-signature", "--encoding=UTF-8",
		    "--format=%s", "--no-color", c->oid, "--", NULL) < 0)
		return -1;
	text_clean(&subject);
	buf_rtrim(&subject);
	c->slug = xstrdup(rev);
	c->title = subject.len ? buf_take(&subject) : xstrdup(rev);
	return 0;
}

static int read_change(struct change *c, struct repo *repo, const char *source, struct fault *why)
{
	bool file = !strcmp(source, "-") || (fs_exists(source) && !fs_is_dir(source));

	return file ? read_patch(c, source, why) : read_revision(c, repo, source, why);
}

/* git refuses to commit in the name of somebody whose first line it would strip to nothing. */
static bool has_name(const char *lines)
{
	const char *name = lines + strspn(lines, " .,:;<>\"\\'");

	return *name && *name != '\n';
}

/* The seal keeps the author of the change's last commit; the person who tries it is the committer. */
static int keep_author(struct attempt *a, const char *commit, struct fault *why)
{
	struct git_call call = {.git_dir = a->repo->git_dir};
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	static const char *const names[] = {
		"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE"};
	char *line, *rest;

	if (git_do(&call, &out, why, "log", "-1", "--no-show-signature", "--no-color",
		    "--format=%an%n%ae%n%ad", "--date=raw", commit, "--", NULL) < 0)
		return -1;
	text_clean(&out);
	if (!has_name(out.data))
		return 0;
	rest = out.data;
	for (size_t i = 0; i < ARRAY_LEN(names) && (line = strsep(&rest, "\n")); i++)
		if (*line || i < 2)
			vec_pushf(&a->author, "%s=%s%s", names[i], i == 2 ? "@" : "", line);
	return 0;
}

static int apply_patch(struct attempt *a, const struct change *c, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(a->workspace.in, "change.patch");
	CLEANUP(box_release) struct box box;
	CLEANUP(proc_free) struct proc *p = NULL;
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	const char *const argv[] = {"sh", "-c", apply_script, "apply", path,
		is_mbox(&c->patch) ? "mbox" : "diff", NULL};
	char *line;

	if (fs_write_derived(path, c->patch.data, c->patch.len, why) < 0)
		return -1;
	setup_box(&box, &a->checkout, &a->workspace, a->repo, NETWORK_NONE);
	vec_push(&box.read, a->workspace.in);
	vec_push_all(&box.argv, argv);
	vec_push(&box.set, "GIT_COMMITTER_NAME=git agent");
	vec_push(&box.set, "GIT_COMMITTER_EMAIL=agent@localhost");
	box.merge = true;
	box.keep_max = 65536;
	box.wall_ms = a->policy.wall_ms;
	if (sandbox_run(&box, &p, why) < 0)
		return -1;
	if (p->end == PROC_INTERRUPTED)
		return fault_set(why, EXIT_INTERRUPTED, "interrupted");
	if (p->end == PROC_EXITED && !p->code)
		return 0;
	buf_add(&said, p->out.data, p->out.len);
	text_clean(&said);
	line = strstr(said.data, "error: ");
	fault_set(why, EXIT_FATAL, "the patch does not apply to %s: %.*s", a->run.base,
		(int)strcspn(line ? line + 7 : said.data, "\n"), line ? line + 7 : said.data);
	fault_reason(why, "does_not_apply");
	return fault_hint(why, "--base <the commit it was made on>");
}

static int take_patch(struct attempt *a, const struct change *c, bool *changed, struct fault *why)
{
	CLEANUP(buf_release) struct buf head = BUF_INIT;
	char oid[OID_MAX];

	if (apply_patch(a, c, why) < 0 || attempt_take(a, changed, why) < 0)
		return -1;
	if (!is_mbox(&c->patch) || !*changed)
		return 0;
	buf_printf(&head, "refs/agent/head/%s", a->run.id);
	return repo_ref(a->repo, head.data, oid, why) == 0 ? keep_author(a, oid, why) : 0;
}

/* A revision needs no checkout: its tree is judged as one commit on where it left the base. */
static int take_revision(
	struct attempt *a, const struct change *c, bool *changed, struct fault *why)
{
	struct git_call call = {.git_dir = a->repo->git_dir};
	CLEANUP(buf_release) struct buf ref = BUF_INIT, range = BUF_INIT, log = BUF_INIT;
	char base_tree[OID_MAX];
	char *line, *rest;

	buf_printf(&ref, "refs/agent/head/%s", a->run.id);
	buf_printf(&range, "%s..%s", a->run.base_oid, c->oid);
	if (repo_ref_set(a->repo, ref.data, c->oid, NULL, "agent: tried", why) < 0 ||
		repo_tree(a->repo, c->oid, a->tree, why) < 0 ||
		repo_tree(a->repo, a->run.base_oid, base_tree, why) < 0 ||
		repo_diff(a->repo, a->run.base_oid, a->tree, &a->changes, why) < 0 ||
		git_do(&call, &log, why, "log", "--reverse", "-50", "--no-show-signature",
			"--encoding=UTF-8", "--format=%s", "--no-color", range.data, "--",
			NULL) < 0)
		return -1;
	text_clean(&log);
	for (line = strtok_r(log.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		vec_push(&a->subjects, line);
	*changed = strcmp(a->tree, base_tree) != 0;
	return keep_author(a, c->oid, why);
}

/* So that a run that is cut off before the change is taken over can start anew. */
static int save_change(const struct attempt *a, const struct change *c, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(a->store, a->run.id, "change.patch");

	if (c->patch.len && fs_write(path, c->patch.data, c->patch.len, 0644, why) < 0)
		return -1;
	return asked_save(a, NULL, NULL, c->patch.len ? NULL : c->oid, why);
}

static int judge_change(struct attempt *a, const struct change *c, struct fault *why)
{
	bool patch = c->patch.len > 0, changed = false;
	int done;

	if (attempt_prepare(a, why) < 0 ||
		(patch ? take_patch : take_revision)(a, c, &changed, why) < 0)
		return -1;
	if (!changed) {
		fault_set(why, EXIT_FATAL, "the change leaves %s as it is: nothing to judge",
			a->run.base);
		return fault_reason(why, "no_change");
	}
	done = attempt_judge(a, NULL, why);
	if (done < 0)
		return -1;
	return done ? attempt_reject(a, "red", why) : attempt_propose(a, why);
}

static void begin(struct attempt *a, const struct change *c, struct fault *why)
{
	if (attempt_begin(a, c->patch.len > 0, why) == 0 && save_change(a, c, why) == 0)
		judge_change(a, c, why);
}

int try_again(struct attempt *a, const char *revision, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(a->store, a->run.id, "change.patch");
	CLEANUP(change_release) struct change c = {.patch = BUF_INIT};

	if (revision)
		snprintf(c.oid, sizeof c.oid, "%s", revision);
	else if (fs_read(path, &c.patch, PATCH_MAX, why))
		return why->message[0] ? -1 : fault_set(why, EXIT_FATAL, "'%s' is gone", path);
	return judge_change(a, &c, why);
}

/* Where a revision left the line it is meant for: that is what it changes. */
static int fork_point(
	struct repo *repo, const char *base, const char *tip, char out[OID_MAX], struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};
	CLEANUP(buf_release) struct buf oid = BUF_INIT;
	int found = git_ask(&call, &oid, why, "merge-base", base, tip, NULL);

	buf_rtrim(&oid);
	if (found == 1)
		fault_set(why, EXIT_FATAL, "the revision has no commit in common with the base");
	if (found)
		return -1;
	snprintf(out, OID_MAX, "%s", oid.data);
	return 0;
}

int try_run(struct repo *repo, struct store *store, const struct try_options *o, struct fault *why)
{
	CLEANUP(change_release) struct change change = {.patch = BUF_INIT};
	struct attempt_options options = o->attempt;
	struct attempt a;
	char base[OID_MAX];
	int code = read_change(&change, repo, o->change, why);

	if (code)
		return -1;
	if (!change.patch.len) {
		const char *line = options.base ? options.base : "HEAD";
		char oid[OID_MAX];

		if (repo_commit(repo, line, oid, why) ||
			fork_point(repo, oid, change.oid, base, why) < 0)
			return why->message[0]
				       ? -1
				       : fault_set(why, EXIT_FATAL, "unknown revision '%s'", line);
		options.base = base;
	}
	attempt_init(&a, repo, store, &options, RUN_KIND_TRY);
	code = attempt_open(&a, why);
	if (!code)
		code = attempt_claim(&a, change.slug, change.title, why);
	if (!code)
		begin(&a, &change, why);
	if (a.claimed)
		code = attempt_end(&a, o->json, why);
	attempt_release(&a);
	return code;
}
