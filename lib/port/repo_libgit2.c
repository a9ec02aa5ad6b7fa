/*
 * Reads commits, trees, blobs and refs in this process. Where libgit2 has no answer or could have another one
 * than git, git is asked. Refs are written by git alone: it runs the reference-transaction hook, takes the
 * committer from where git takes it, waits for a lock, and syncs to disk.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/repo.h"

#include <git2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define EMPTY_TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

static const struct repo_reader *const plumbing = &repo_reader_git;

static void oid_text(const git_oid *id, char oid[OID_MAX])
{
	git_oid_tostr(oid, OID_MAX, id);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* git reads other objects than those named; libgit2 does not. */
static bool has_replacements(const struct repo *repo, git_repository *git)
{
	CLEANUP(buf_release) struct buf grafts = BUF_INIT;
	git_reference_iterator *refs = NULL;
	const char *name;
	bool found;

	buf_printf(&grafts, "%s/info/grafts", repo->common_dir);
	found = fs_exists(grafts.data) ||
		git_reference_iterator_glob_new(&refs, git, "refs/replace/*") < 0 ||
		git_reference_next_name(&name, refs) != GIT_ITEROVER;
	git_reference_iterator_free(refs);
	return found;
}

/* From format 1 on there may be extensions: libgit2 knows next to none, and leaks while it looks at them. */
static bool has_extensions(const struct repo *repo)
{
	const char *version = repo_config(repo, "core.repositoryformatversion");

	return version && strcmp(version, "0") != 0;
}

static int lg_open(struct repo *repo, struct fault *why)
{
	/* Bare: the work tree is git's business, whatever the configuration says of it. */
	const unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT |
			       GIT_REPOSITORY_OPEN_BARE;
	git_repository *git = NULL;

	(void)why;
	if (repo->sha256 || repo->reftable || repo->shallow || repo->partial || repo->sparse ||
		repo->split_index || repo->worktree_config || has_extensions(repo))
		return 1;
	if (git_libgit2_init() < 0)
		return 1;
	/* git has judged by safe.directory whether this repository is to be trusted. */
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	if (git_repository_open_ext(&git, repo->git_dir, flags, NULL) < 0 ||
		has_replacements(repo, git)) {
		git_repository_free(git);
		git_libgit2_shutdown();
		return 1;
	}
	repo->state = git;
	return 0;
}

static void lg_close(struct repo *repo)
{
	git_repository_free(repo->state);
	repo->state = NULL;
	git_libgit2_shutdown();
}

/* --- objects ---------------------------------------------------------------------------------- */

/* Refs of one worktree only, which libgit2 looks for in the wrong place. */
static bool is_worktree_ref(const char *ref)
{
	static const char *const own[] = {"refs/bisect/", "refs/rewritten/", "refs/worktree/"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (!strncmp(ref, own[i], strlen(own[i])))
			return true;
	return false;
}

/* The id of an object id in full or of a full ref name; anything a person may write beside these is git's to read. */
static int plain_id(struct repo *repo, const char *rev, git_oid *id)
{
	if (strlen(rev) == GIT_OID_HEXSZ && git_oid_fromstr(id, rev) == 0)
		return 0;
	if (!strcmp(rev, "HEAD") || (!strncmp(rev, "refs/", 5) && !is_worktree_ref(rev)))
		return git_reference_name_to_id(id, repo->state, rev);
	return -1;
}

static int lg_resolve(
	struct repo *repo, const char *rev, const char *type, char oid[OID_MAX], struct fault *why)
{
	git_object *object = NULL, *peeled = NULL;
	git_object_t want = git_object_string2type(type);
	git_oid id;
	bool found = plain_id(repo, rev, &id) == 0 &&
		     git_object_lookup(&object, repo->state, &id, GIT_OBJECT_ANY) == 0 &&
		     git_object_peel(&peeled, object, want) == 0;

	if (found)
		oid_text(git_object_id(peeled), oid);
	git_object_free(peeled);
	git_object_free(object);
	return found ? 0 : plumbing->resolve(repo, rev, type, oid, why);
}

static int lg_ref(struct repo *repo, const char *ref, char oid[OID_MAX], struct fault *why)
{
	git_oid id;
	int error = is_worktree_ref(ref) ? -1 : git_reference_name_to_id(&id, repo->state, ref);

	if (error == GIT_ENOTFOUND)
		return 1;
	if (error < 0)
		return plumbing->ref(repo, ref, oid, why);
	oid_text(&id, oid);
	return 0;
}

static void tree_free(git_tree **tree)
{
	git_tree_free(*tree);
}

/* The tree of a commit, tag or tree id; NULL for the empty tree, which need not exist. */
static int tree_of(struct repo *repo, const char *text, git_tree **tree)
{
	git_object *object = NULL;
	git_oid id;
	int error = git_oid_fromstr(&id, text);

	*tree = NULL;
	if (!error && git_oid_streq(&id, EMPTY_TREE) == 0)
		return 0;
	if (!error)
		error = git_object_lookup(&object, repo->state, &id, GIT_OBJECT_ANY);
	if (!error)
		error = git_object_peel((git_object **)tree, object, GIT_OBJECT_TREE);
	git_object_free(object);
	return error;
}

/* Appends a blob; -1 where libgit2 cannot read it. */
static int read_blob(struct repo *repo, const git_oid *id, struct buf *out)
{
	git_blob *blob = NULL;

	if (git_blob_lookup(&blob, repo->state, id) < 0)
		return -1;
	buf_add(out, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	git_blob_free(blob);
	return 0;
}

static int blob_size(struct repo *repo, const git_oid *id, size_t *size)
{
	git_odb *odb = NULL;
	git_object_t type;
	int error = git_repository_odb(&odb, repo->state);

	if (!error)
		error = git_odb_read_header(size, &type, odb, id);
	git_odb_free(odb);
	return error;
}

static int lg_blob(
	struct repo *repo, const char *commit, const char *path, struct buf *out, struct fault *why)
{
	CLEANUP(tree_free) git_tree *tree = NULL;
	git_tree_entry *entry = NULL;
	git_oid id = {0};
	bool regular = false;
	size_t size = 0;
	int error = tree_of(repo, commit, &tree);

	if (!error)
		error = tree ? git_tree_entry_bypath(&entry, tree, path) : GIT_ENOTFOUND;
	if (!error) {
		git_oid_cpy(&id, git_tree_entry_id(entry));
		regular = S_ISREG((unsigned)git_tree_entry_filemode_raw(entry));
	}
	git_tree_entry_free(entry);
	if (tree && (error == GIT_ENOTFOUND || (!error && !regular)))
		return 1;
	/* One that is too large is refused there, too, before it is read. */
	if (error || blob_size(repo, &id, &size) < 0 || size > REPO_BLOB_MAX ||
		read_blob(repo, &id, out) < 0)
		return plumbing->blob(repo, commit, path, out, why);
	return 0;
}

/* --- differences ------------------------------------------------------------------------------ */

static unsigned canonical_mode(unsigned mode)
{
	if (!S_ISREG(mode))
		return mode;
	return S_IFREG | (mode & S_IXUSR ? 0755 : 0644);
}

static char status_of(unsigned old_mode, unsigned new_mode)
{
	if (!old_mode)
		return 'A';
	if (!new_mode)
		return 'D';
	return (old_mode & S_IFMT) == (new_mode & S_IFMT) ? 'M' : 'T';
}

static void take_delta(const git_diff_delta *delta, struct repo_changes *out)
{
	struct repo_change change = {
		.old_mode = canonical_mode(delta->old_file.mode),
		.new_mode = canonical_mode(delta->new_file.mode),
	};

	if (change.old_mode)
		oid_text(&delta->old_file.id, change.old_oid);
	if (change.new_mode)
		oid_text(&delta->new_file.id, change.new_oid);
	if (change.old_mode == change.new_mode && !strcmp(change.old_oid, change.new_oid))
		return;
	change.status = status_of(change.old_mode, change.new_mode);
	change.path = xstrdup(change.new_mode ? delta->new_file.path : delta->old_file.path);
	GROW(out->items, out->len, out->cap);
	out->items[out->len++] = change;
}

static int lg_diff(struct repo *repo, const char *a, const char *b, struct repo_changes *out,
	struct fault *why)
{
	CLEANUP(tree_free) git_tree *from = NULL;
	CLEANUP(tree_free) git_tree *to = NULL;
	git_diff_options options;
	git_diff *diff = NULL;

	git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
	options.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE;
	if (tree_of(repo, a, &from) < 0 || tree_of(repo, b, &to) < 0 ||
		git_diff_tree_to_tree(&diff, repo->state, from, to, &options) < 0)
		return plumbing->diff(repo, a, b, out, why);
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++)
		take_delta(git_diff_get_delta(diff, i), out);
	git_diff_free(diff);
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int lg_ref_set(struct repo *repo, const char *ref, const char *oid, const char *old,
	const char *reason, struct fault *why)
{
	return plumbing->ref_set(repo, ref, oid, old, reason, why);
}

static int lg_ref_delete(struct repo *repo, const char *ref, const char *old, struct fault *why)
{
	return plumbing->ref_delete(repo, ref, old, why);
}

const struct repo_reader repo_reader_libgit2 = {
	.name = "libgit2",
	.open = lg_open,
	.close = lg_close,
	.resolve = lg_resolve,
	.ref = lg_ref,
	.blob = lg_blob,
	.diff = lg_diff,
	.ref_set = lg_ref_set,
	.ref_delete = lg_ref_delete,
};

const char *repo_libgit2_version(void)
{
	static char text[48];
	int major, minor, revision;

	git_libgit2_version(&major, &minor, &revision);
	snprintf(text, sizeof text, "%d.%d.%d", major, minor, revision);
	return text;
}
