#include "port/repo.h"

#include "base/alloc.h"
#include "base/text.h"
#include "port/git.h"
#include "port/git_batch.h"
#include "port/gitdir.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- configuration ---------------------------------------------------------------------------- */

/* The same key: a subsection counts as written, section and name in any case. */
static bool same_key(const char *a, const char *b)
{
	const char *first = strchr(a, '.'), *last = strrchr(a, '.');
	size_t start = first ? (size_t)(first - a) : 0, tail = last ? (size_t)(last - a) : 0;

	return strlen(a) == strlen(b) && !strncasecmp(a, b, start) &&
	       !strncmp(a + start, b + start, tail - start) && !strcasecmp(a + tail, b + tail);
}

static const struct repo_entry *find_entry(const struct repo *repo, const char *key)
{
	for (size_t i = repo->config_len; i-- > 0;)
		if (same_key(repo->config[i].key, key))
			return &repo->config[i];
	return NULL;
}

const char *repo_config(const struct repo *repo, const char *key)
{
	const struct repo_entry *entry = find_entry(repo, key);

	return entry ? entry->value : NULL;
}

void repo_remotes(const struct repo *repo, struct vec *names)
{
	for (size_t i = 0; i < repo->config_len; i++) {
		const char *key = repo->config[i].key, *last = strrchr(key, '.');
		CLEANUP(str_free) char *name = NULL;

		if (strncmp(key, "remote.", 7) != 0 || last <= key + 7 || strcmp(last, ".url") != 0)
			continue;
		name = xstrndup(key + 7, (size_t)(last - key) - 7);
		if (!vec_has(names, name))
			vec_push(names, name);
	}
}

bool repo_config_bool(const struct repo *repo, const char *key, bool otherwise)
{
	const struct repo_entry *entry = find_entry(repo, key);
	int truth = entry ? text_bool(entry->value) : -1;

	if (entry && entry->implicit)
		return true;
	return truth < 0 ? otherwise : truth;
}

void repo_rest(struct repo *repo)
{
	git_batch_free(&repo->batch);
}

/* --- reading and refs ------------------------------------------------------------------------- */

static int check_oid(const struct repo *repo, const char *oid, struct fault *why)
{
	if (strlen(oid) == (repo->sha256 ? 64u : 40u) &&
		strspn(oid, "0123456789abcdefABCDEF") == strlen(oid))
		return 0;
	return fault_set(why, EXIT_FATAL, "'%s' is not a full object id", oid);
}

static int check_ref(const char *ref, struct fault *why)
{
	if (!strncmp(ref, "refs/", 5))
		return 0;
	return fault_set(why, EXIT_FATAL, "'%s' is not a full ref name", ref);
}

/* A path as trees hold them: "a/b", no empty part, none that is "." or "..". */
static bool path_is_plain(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
			(len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

int repo_commit(struct repo *repo, const char *rev, char oid[OID_MAX], struct fault *why)
{
	/* "^rev" is a revision to leave out, not one that is meant. */
	if (!*rev || *rev == '-' || *rev == '^')
		return 1;
	return repo->reader->resolve(repo, rev, "commit", oid, why);
}

int repo_tree(struct repo *repo, const char *commit, char oid[OID_MAX], struct fault *why)
{
	int no;

	if (check_oid(repo, commit, why) < 0)
		return -1;
	no = repo->reader->resolve(repo, commit, "tree", oid, why);
	return no > 0 ? fault_set(why, EXIT_FATAL, "there is no commit %s", commit) : no;
}

int repo_blob(
	struct repo *repo, const char *commit, const char *path, struct buf *out, struct fault *why)
{
	if (check_oid(repo, commit, why) < 0)
		return -1;
	return path_is_plain(path) ? repo->reader->blob(repo, commit, path, out, why) : 1;
}

static int by_path(const void *a, const void *b)
{
	const struct repo_change *left = a, *right = b;
	int order = strcmp(left->path, right->path);

	return order ? order : left->status - right->status;
}

int repo_diff(struct repo *repo, const char *a, const char *b, struct repo_changes *out,
	struct fault *why)
{
	if (check_oid(repo, a, why) < 0 || check_oid(repo, b, why) < 0)
		return -1;
	repo_changes_release(out);
	if (repo->reader->diff(repo, a, b, out, why) < 0) {
		repo_changes_release(out);
		return -1;
	}
	if (out->len)
		qsort(out->items, out->len, sizeof *out->items, by_path);
	return 0;
}

void repo_changes_release(struct repo_changes *changes)
{
	for (size_t i = 0; i < changes->len; i++)
		free(changes->items[i].path);
	free(changes->items);
	*changes = (struct repo_changes){0};
}

int repo_ref(struct repo *repo, const char *ref, char oid[OID_MAX], struct fault *why)
{
	if (strcmp(ref, "HEAD") != 0 && check_ref(ref, why) < 0)
		return -1;
	return repo->reader->ref(repo, ref, oid, why);
}

int repo_ref_set(struct repo *repo, const char *ref, const char *oid, const char *old,
	const char *reason, struct fault *why)
{
	if (check_ref(ref, why) < 0 || check_oid(repo, oid, why) < 0 ||
		(old && *old && check_oid(repo, old, why) < 0))
		return -1;
	return repo->reader->ref_set(repo, ref, oid, old, reason, why);
}

int repo_ref_delete(struct repo *repo, const char *ref, const char *old, struct fault *why)
{
	if (check_ref(ref, why) < 0 || (old && check_oid(repo, old, why) < 0))
		return -1;
	return repo->reader->ref_delete(repo, ref, old, why);
}

static struct git_call call_in(const struct repo *repo)
{
	return (struct git_call){.git_dir = repo->git_dir, .dir = repo->git_dir};
}

/* The full name of the ref HEAD is on; 1: detached. Where refs are files HEAD is one of them. */
static int read_head(struct repo *repo, char **ref, struct fault *why)
{
	struct gitdir dir = {.git_dir = repo->git_dir};
	struct git_call call = call_in(repo);
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	int no;

	if (!repo->reftable)
		return gitdir_head(&dir, ref, why);
	no = git_ask(&call, &out, why, "symbolic-ref", "-q", "HEAD", (char *)NULL);
	if (no)
		return no;
	buf_rtrim(&out);
	*ref = buf_take(&out);
	return 0;
}

int repo_head_branch(struct repo *repo, char **branch, struct fault *why)
{
	static const char heads[] = "refs/heads/";
	CLEANUP(str_free) char *ref = NULL;
	int no = read_head(repo, &ref, why);

	*branch = NULL;
	if (no < 0)
		return -1;
	if (!no && !strncmp(ref, heads, strlen(heads)))
		*branch = xstrdup(ref + strlen(heads));
	return 0;
}

void repo_short(const char *oid, char out[OID_MAX])
{
	size_t len = strlen(oid);

	if (len > 10)
		len = 10;
	memcpy(out, oid, len);
	out[len] = '\0';
}
