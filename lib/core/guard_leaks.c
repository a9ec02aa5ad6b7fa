#include "core/guard_leaks.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/guard_commits.h"
#include "core/guard_git.h"
#include "core/secret_glance.h"
#include "core/secret_report.h"
#include "core/secret_search.h"
#include "port/git_batch.h"

#include <string.h>

#define TOLD_MAX  10 /* findings in a refusal */
#define SEEN_MAX  16 /* names of commits that the other side has */
#define ALLOW_MAX ((size_t)4 << 20)

/* --- what is allowed: read where there is something to allow ----------------------------------- */

static int read_tree_file(struct buf *text, struct fault *why)
{
	CLEANUP(buf_release) struct buf top = BUF_INIT;
	CLEANUP(str_free) char *path = NULL;
	int none = git_ask(&guard_git_call, &top, why, "rev-parse", "--show-toplevel", NULL);

	if (none)
		return none;
	if (top.len && top.data[top.len - 1] == '\n')
		buf_cut(&top, top.len - 1);
	path = fs_join(top.data, SECRET_ALLOW_FILE);
	return fs_read(path, text, ALLOW_MAX, why);
}

static int settle(struct secret_search *s, struct fault *why)
{
	CLEANUP(secret_allow_release) struct secret_allow allow = SECRET_ALLOW_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int none;

	if (!s->open)
		return 0;
	none = read_tree_file(&text, why);
	if (none == 1)
		none = git_ask(&guard_git_call, &text, why, "cat-file", "blob",
			"HEAD:" SECRET_ALLOW_FILE, NULL);
	if (none)
		return none < 0 ? -1 : 0;
	if (secret_allow_read(&allow, text.data, text.len, SECRET_ALLOW_FILE, why))
		return -1;
	secret_search_settle(s, &allow);
	return 0;
}

/* --- what is pushed ---------------------------------------------------------------------------- */

/* The files of a tree that a ref points at by itself: all of them are new. */
static int look_into_tree(
	struct secret_search *s, const char *oid, size_t oid_len, struct fault *why)
{
	CLEANUP(vec_release) struct vec trees = VEC_INIT;

	vec_push(&trees, git_empty_tree(oid_len));
	vec_push(&trees, oid);
	return secret_search_diff(s, &guard_git_call, &trees, why);
}

static int read_object(struct git_batch *batch, const char *name, struct git_object *object,
	struct buf *bytes, struct fault *why)
{
	int none;

	buf_clear(bytes);
	none = git_batch_read(batch, name, SECRET_BINARY_MAX, object, bytes, why);
	if (none)
		return none < 0 ? -1 : fault_set(why, EXIT_FATAL, "object %.64s is missing", name);
	if (object->size > SECRET_BINARY_MAX)
		return fault_set(
			why, EXIT_REFUSED, "object %.64s is too large to be looked into", name);
	return 0;
}

/* "object <id>" is the first line of a tag. */
static int take_tagged(const struct buf *tag, struct buf *name, struct fault *why)
{
	static const char head[] = "object ";
	size_t len = strcspn(tag->data, "\n");

	if (strncmp(tag->data, head, strlen(head)) != 0)
		return fault_set(why, EXIT_FATAL, "tag %.64s does not parse", name->data);
	buf_clear(name);
	buf_add(name, tag->data + strlen(head), len - strlen(head));
	return 0;
}

/* Tags have messages, a tag may be of another tag, and a ref that is no branch may point at anything. */
static int look_into_object(struct secret_search *s, struct git_batch **batch,
	const struct guard_update *update, struct fault *why)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT, bytes = BUF_INIT;
	struct git_object object;

	if (!*batch && git_batch_open(&guard_git_call, batch, why))
		return -1;
	buf_printf(&name, "%.*s", (int)update->oid_len, update->new_oid);
	if (read_object(*batch, name.data, &object, &bytes, why))
		return -1;
	while (!strcmp(object.type, "tag")) {
		secret_search_text(s, "message", "", "", 1, bytes.data, bytes.len);
		if (take_tagged(&bytes, &name, why) ||
			read_object(*batch, name.data, &object, &bytes, why))
			return -1;
	}
	if (!strcmp(object.type, "blob"))
		secret_search_bytes(s, "object", "", "", bytes.data, bytes.len);
	return strcmp(object.type, "tree") ? 0
					   : look_into_tree(s, object.oid, update->oid_len, why);
}

static int look_into_refs(const struct guard_leaks *l, struct secret_search *s, struct fault *why)
{
	for (size_t i = 0; i < l->updates->len; i++) {
		const struct guard_update *u = &l->updates->items[i];
		CLEANUP(str_free) char *ref = xstrndup(u->ref, u->ref_len);

		if (u->deletion)
			continue;
		secret_search_text(s, "ref", ref, "", 0, ref, u->ref_len);
		if (strncmp(ref, "refs/heads/", 11) != 0 && look_into_object(s, l->objects, u, why))
			return -1;
	}
	return 0;
}

/* By which names commits go that the other side has: a branch that is new has most likely begun at one of them. */
static void put_seen(const struct guard_leaks *l, struct vec *seen)
{
	static const char *const usual[] = {"HEAD", "main", "master"};
	static const char remotes[] = "--remotes=";

	for (size_t i = 0; i < l->known->len && seen->len < SEEN_MAX; i++) {
		const char *known = l->known->items[i];

		if (strchr(known, '\n'))
			continue;
		if (!strcmp(known, "--all"))
			vec_push(seen, "HEAD");
		else if (strncmp(known, "--", 2) != 0)
			vec_push(seen, known);
		else if (!strncmp(known, remotes, strlen(remotes)))
			for (size_t k = 0; k < ARRAY_LEN(usual); k++)
				vec_pushf(seen, "refs/remotes/%s/%s", known + strlen(remotes),
					usual[k]);
	}
}

static bool creates(const struct guard_leaks *l)
{
	for (size_t i = 0; i < l->updates->len; i++)
		if (l->updates->items[i].creation)
			return true;
	return false;
}

/* 1: there may be a secret in the commits. */
static int glance(const struct guard_leaks *l, struct secrets *set, const struct buf *range,
	const struct vec *more, struct fault *why)
{
	CLEANUP(vec_release) struct vec seen = VEC_INIT;
	struct secret_glance g = {.call = &guard_git_call,
		.revisions = range,
		.more = more,
		.seen = &seen,
		.set = set,
		.until = l->end_ms};
	int may;

	if (creates(l))
		put_seen(l, &seen);
	if (!*l->objects && git_batch_open(&guard_git_call, l->objects, why))
		return -1;
	g.objects = *l->objects;
	may = secret_glance(&g, why);
	if (may)
		git_batch_free(l->objects);
	return may;
}

static int look(const struct guard_leaks *l, struct secret_search *s, struct fault *why)
{
	CLEANUP(buf_release) struct buf range = BUF_INIT;
	CLEANUP(vec_release) struct vec more = VEC_INIT;
	int may;

	guard_put_range(&range, l->updates->items, l->updates->len);
	guard_push_known(&more, l->known);
	may = glance(l, s->set, &range, &more, why);
	s->some_missing = true;
	if (may < 0 || (may && secret_search_commits(s, &guard_git_call, &range, &more, why)))
		return -1;
	return look_into_refs(l, s, why);
}

/* --- what is said ------------------------------------------------------------------------------ */

static void tell(const struct secret_search *s, struct buf *out, struct vec *hints)
{
	const struct secret_finding *first = NULL;
	size_t told = 0;

	for (size_t i = 0; i < s->len && told < TOLD_MAX; i++) {
		const struct secret_finding *f = &s->items[i];
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		if (f->allowed)
			continue;
		buf_puts(&text, first ? "and " : "it would send a secret: ");
		secret_put_finding(f, &text);
		buf_printf(&text, " [%s]", f->print);
		if (first)
			vec_push(hints, text.data);
		else
			buf_add(out, text.data, text.len);
		first = first ? first : f;
		told++;
	}
	if (!first)
		return;
	if (s->open > told)
		vec_pushf(hints, "and %zu more: git agent guard secrets", s->open - told);
	if (*first->commit)
		vec_pushf(hints,
			"take it out of the commit: git commit --amend if it is the last one, else "
			"git rebase -i %.10s~",
			first->commit);
	vec_pushf(hints, "if it is none: '%s <reason>' as a line of %s", first->print,
		SECRET_ALLOW_FILE);
}

static void tell_unseen(const struct secret_search *s, struct vec *out)
{
	for (size_t i = 0; i < s->unseen.len && i < TOLD_MAX; i++)
		vec_push(out, s->unseen.items[i]);
	if (s->unseen.len > TOLD_MAX)
		vec_pushf(out, "%zu more files", s->unseen.len - TOLD_MAX);
}

int guard_leaks_check(
	const struct guard_leaks *l, struct buf *text, struct vec *hints, struct fault *why)
{
	CLEANUP(secret_search_release) struct secret_search search;
	const struct policy *rules = l->rules;

	secret_search_init(&search);
	if (!l->set)
		return 1;
	search.set = l->set;
	search.until = l->end_ms;
	for (size_t i = 0; i < rules->secrets_len; i++)
		if (rules->secrets[i].pattern && rules->secrets[i].keyword &&
			secrets_add(l->set, rules->secrets[i].name, rules->secrets[i].pattern,
				rules->secrets[i].keyword, why))
			return fault_wrap(why, "[secret \"%s\"]", rules->secrets[i].name);
	if (look(l, &search, why) || settle(&search, why))
		return strcmp(why->reason, "timed_out") ? -1 : guard_git_late(why);
	tell(&search, text, hints);
	tell_unseen(&search, l->unseen);
	return search.open ? 0 : 1;
}
