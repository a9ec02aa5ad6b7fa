#include "port/repo.h"

#include "base/alloc.h"
#include "base/text.h"
#include "port/git.h"
#include "port/git_batch.h"
#include "port/repo_raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define HEX_DIGITS "0123456789abcdef"
#define TREE_MAX   ((size_t)1 << 30) /* bytes of a tree, or of a commit */

/* The repository alone decides, not the directory somebody happens to stand in. */
static struct git_call call_in(const struct repo *repo)
{
	return (struct git_call){.git_dir = repo->git_dir, .dir = repo->git_dir};
}

static size_t oid_len(const struct repo *repo)
{
	return repo->sha256 ? 64 : 40;
}

static int plumbing_open(struct repo *repo, struct fault *why)
{
	(void)repo;
	(void)why;
	return 0;
}

static void plumbing_close(struct repo *repo)
{
	(void)repo;
}

static int read_once(struct repo *repo, const char *name, size_t max, struct git_object *object,
	struct buf *out, struct fault *why)
{
	struct git_call call = call_in(repo);
	int no;

	if (!repo->batch && git_batch_open(&call, &repo->batch, why) < 0)
		return -1;
	no = git_batch_read(repo->batch, name, max, object, out, why);
	if (no < 0 || object->size > max)
		git_batch_free(&repo->batch);
	return no;
}

/*
 * Reads an object named by a full id, what may follow one, or HEAD. 1: there is none. A git that stayed may have been killed
 * meanwhile (Ctrl-C is for all of a terminal's processes): the next one is asked again.
 */
static int read_object(struct repo *repo, const char *name, size_t max, struct git_object *object,
	struct buf *out, struct fault *why)
{
	bool stayed = repo->batch != NULL;
	int no = read_once(repo, name, max, object, out, why);

	if (no >= 0 || !stayed)
		return no;
	fault_clear(why);
	return read_once(repo, name, max, object, out, why);
}

/* Takes the id git printed; anything else it may print (a range's two ids, "^id") is none. */
static int take_oid(const struct repo *repo, struct buf *out, char oid[OID_MAX])
{
	buf_rtrim(out);
	if (out->len != oid_len(repo) || strspn(out->data, HEX_DIGITS) != out->len)
		return 1;
	memcpy(oid, out->data, out->len + 1);
	return 0;
}

static int ask_oid(struct repo *repo, const char *rev, char oid[OID_MAX], struct fault *why)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct git_call call = call_in(repo);
	int no = git_ask(&call, &out, why, "rev-parse", "--verify", "--quiet", "--end-of-options",
		rev, (char *)NULL);

	return no ? no : take_oid(repo, &out, oid);
}

/* What a person may write beside these is for rev-parse to read. */
static bool is_plain(const struct repo *repo, const char *rev)
{
	return !strcmp(rev, "HEAD") ||
	       (strlen(rev) == oid_len(repo) && strspn(rev, HEX_DIGITS) == oid_len(repo));
}

static int peel(
	struct repo *repo, const char *rev, const char *type, char oid[OID_MAX], struct fault *why)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT, bytes = BUF_INIT;
	struct git_object object;
	int no;

	buf_printf(&name, "%s^{%s}", rev, type);
	no = read_object(repo, name.data, TREE_MAX, &object, &bytes, why);
	if (!no)
		memcpy(oid, object.oid, OID_MAX);
	return no;
}

static int plumbing_resolve(
	struct repo *repo, const char *rev, const char *type, char oid[OID_MAX], struct fault *why)
{
	CLEANUP(buf_release) struct buf peeled = BUF_INIT;
	char found[OID_MAX];

	if (is_plain(repo, rev))
		return peel(repo, rev, type, oid, why);
	/* ":/text" swallows what follows it: it is looked up alone. */
	if (!strncmp(rev, ":/", 2)) {
		int no = ask_oid(repo, rev, found, why);
		if (no)
			return no;
		rev = found;
	}
	buf_printf(&peeled, "%s^{%s}", rev, type);
	return ask_oid(repo, peeled.data, oid, why);
}

static int plumbing_ref(struct repo *repo, const char *ref, char oid[OID_MAX], struct fault *why)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT, bytes = BUF_INIT;
	struct git_call call = call_in(repo);
	struct git_object object;
	/* Most are asked for because there should be none: known at once. What there is might be meant by a longer name. */
	int no = read_object(repo, ref, REPO_BLOB_MAX, &object, &bytes, why);

	if (!no)
		no = git_ask(&call, &out, why, "show-ref", "--verify", "--hash", ref, (char *)NULL);
	return no ? no : take_oid(repo, &out, oid);
}

/* The entry of a path, from tree to tree; 1: there is none. */
static int walk_to(struct repo *repo, const char *commit, const char *path, unsigned *mode,
	char oid[OID_MAX], struct fault *why)
{
	CLEANUP(buf_release) struct buf tree = BUF_INIT;
	char name[OID_MAX + sizeof "^{tree}"];

	for (snprintf(name, sizeof name, "%s^{tree}", commit);;) {
		size_t len = strcspn(path, "/");
		struct git_object object;
		int no;

		buf_clear(&tree);
		no = read_object(repo, name, TREE_MAX, &object, &tree, why);
		if (no || object.size > TREE_MAX)
			return no < 0 ? -1 : fault_set(why, EXIT_FATAL, "there is no %s", name);
		if (!raw_entry(&tree, oid_len(repo), path, len, mode, oid))
			return 1;
		if (!path[len])
			return 0;
		if (!S_ISDIR(*mode))
			return 1;
		path += len + 1;
		snprintf(name, sizeof name, "%s", oid);
	}
}

static int plumbing_blob(
	struct repo *repo, const char *commit, const char *path, struct buf *out, struct fault *why)
{
	struct git_object object;
	char oid[OID_MAX];
	unsigned mode = 0;
	int no = walk_to(repo, commit, path, &mode, oid, why);

	if (no < 0)
		return fault_wrap(why, "cannot read '%s' in %s", path, commit);
	if (no || !S_ISREG(mode))
		return 1;
	no = read_object(repo, oid, REPO_BLOB_MAX, &object, out, why);
	if (no > 0)
		return fault_set(why, EXIT_FATAL, "blob %s of '%s' is missing", oid, path);
	if (!no && object.size > REPO_BLOB_MAX)
		return fault_set(why, EXIT_FATAL, "'%s' has %zu bytes, more than %zu", path,
			object.size, REPO_BLOB_MAX);
	return no;
}

static int plumbing_diff(struct repo *repo, const char *a, const char *b, struct repo_changes *out,
	struct fault *why)
{
	CLEANUP(buf_release) struct buf raw = BUF_INIT;
	struct git_call call = call_in(repo);

	/* git looks at the index for it, and would run what watches the files. */
	if (git_do(&call, &raw, why, "-c", "core.fsmonitor=false", "diff-tree", "-r", "-z", "--raw",
		    "--no-renames", "--no-abbrev", "--ignore-submodules=none", "--no-commit-id", a,
		    b, (char *)NULL) < 0)
		return fault_wrap(why, "cannot compare %s with %s", a, b);
	if (raw_changes(raw.data, raw.len, oid_len(repo), out) < 0)
		return fault_set(why, EXIT_FATAL, "git diff-tree printed something unknown");
	return 0;
}

/* The ref whose name is a directory of `ref`, or lies below it: a name that cannot exist beside it. */
static bool find_blocker(struct repo *repo, const char *ref, struct buf *blocker)
{
	struct git_call call = call_in(repo);
	struct fault ignored = FAULT_INIT;
	char oid[OID_MAX];

	for (const char *slash = strchr(ref + strlen("refs/"), '/'); slash;
		slash = strchr(slash + 1, '/')) {
		buf_clear(blocker);
		buf_add(blocker, ref, (size_t)(slash - ref));
		if (plumbing_ref(repo, blocker->data, oid, &ignored) == 0)
			return true;
	}
	buf_clear(blocker);
	if (git_do(&call, blocker, &ignored, "for-each-ref", "--count=1", "--format=%(refname)",
		    ref, (char *)NULL) < 0)
		return false;
	buf_rtrim(blocker);
	return blocker->len > strlen(ref);
}

/* git refused to write a ref: because it moved (1), because another stands in the way, or for git's reason. */
static int judge_refusal(struct repo *repo, const char *ref, const char *old,
	const struct fault *refusal, struct fault *why)
{
	CLEANUP(buf_release) struct buf blocker = BUF_INIT;
	CLEANUP(buf_release) struct buf word = BUF_INIT;
	char now[OID_MAX] = "";

	if (plumbing_ref(repo, ref, now, why) < 0)
		return -1;
	if (old && strcasecmp(old, now) != 0)
		return 1;
	*why = *refusal;
	if (*now || !find_blocker(repo, ref, &blocker))
		return fault_wrap(why, "cannot move '%s'", ref);
	fault_set(why, EXIT_FATAL, "cannot create '%s': '%s' is in the way", ref, blocker.data);
	fault_reason(why, "ref_conflict");
	if (strncmp(blocker.data, "refs/heads/", 11) != 0)
		return -1;
	text_put_shell_word(&word, blocker.data + 11);
	return fault_hint(why, "rename that branch: git branch -m %s <another name>", word.data);
}

static int plumbing_ref_set(struct repo *repo, const char *ref, const char *oid, const char *old,
	const char *reason, struct fault *why)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;
	struct git_call call = call_in(repo);
	struct fault refusal = FAULT_INIT;

	call.finish = true;
	vec_push_all(&args, (const char *const[]){"update-ref", "--no-deref", NULL});
	if (reason && *reason)
		vec_push_all(&args, (const char *const[]){"-m", reason, NULL});
	/* What one of ours pointed at before stays: git logs branches alone by itself. */
	if (!strncmp(ref, "refs/agent/head/", 16))
		vec_push(&args, "--create-reflog");
	/* An empty old id is git's own word for "must not exist"; NULL ends the list. */
	vec_push_all(&args, (const char *const[]){ref, oid, old, NULL});
	if (git_run(&call, &args, NULL, NULL, NULL, &refusal) == 0)
		return 0;
	return judge_refusal(repo, ref, old, &refusal, why);
}

static int plumbing_ref_delete(
	struct repo *repo, const char *ref, const char *old, struct fault *why)
{
	struct git_call call = call_in(repo);
	struct fault refusal = FAULT_INIT;
	char now[OID_MAX] = "";

	call.finish = true;
	if (git_do(&call, NULL, &refusal, "update-ref", "--no-deref", "-d", ref, old,
		    (char *)NULL) == 0)
		return 0;
	if (plumbing_ref(repo, ref, now, why) < 0)
		return -1;
	if (!*now)
		return 0;
	if (old && strcasecmp(old, now) != 0)
		return 1;
	*why = refusal;
	return fault_wrap(why, "cannot delete '%s'", ref);
}

const struct repo_reader repo_reader_git = {
	.name = "git",
	.open = plumbing_open,
	.close = plumbing_close,
	.resolve = plumbing_resolve,
	.ref = plumbing_ref,
	.blob = plumbing_blob,
	.diff = plumbing_diff,
	.ref_set = plumbing_ref_set,
	.ref_delete = plumbing_ref_delete,
};
