/* The refs of a repository as they lie on disk. Where they are in a reftable nothing is pictured. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/objects.h"
#include "core/witness_private.h"

#include <stdlib.h>
#include <string.h>

#define PACKED_MAX ((size_t)1 << 30)
#define REF_MAX    4096 /* bytes; a loose ref holds an id or a name */
#define LOG_MAX    ((size_t)1 << 26)
#define DEPTH_MAX  64
#define LOGS_ASKED 500 /* branches: their logs tell of the rest */

struct ref { /* borrowed from the texts of a picture */
	const char *name, *value;
	size_t name_len, value_len;
};

struct ref_list {
	struct ref *items; /* by name */
	size_t len, cap;
};

void witness_refs_release(struct refs *r)
{
	buf_release(&r->loose);
	buf_release(&r->packed);
	str_free(&r->head);
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* --- taking ----------------------------------------------------------------------------------- */

/* The runs' own. */
static bool is_ours(const char *name, size_t len, const char *prefix)
{
	static const char agent[] = "refs/agent/", heads[] = "refs/heads/";
	size_t skip = strlen(heads);

	if (len >= strlen(agent) && !memcmp(name, agent, strlen(agent)))
		return true;
	return len >= skip + strlen(prefix) && !memcmp(name, heads, skip) &&
	       !memcmp(name + skip, prefix, strlen(prefix));
}

static void take_loose(
	struct buf *out, const char *common, const char *name, const char *prefix, int depth)
{
	CLEANUP(str_free) char *dir = fs_join(common, name);
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;

	if (depth > DEPTH_MAX || fs_list(dir, &names, &ignored))
		return;
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *ref = fs_join(name, names.items[i]);
		CLEANUP(str_free) char *path = fs_join(common, ref);
		CLEANUP(buf_release) struct buf value = BUF_INIT;
		size_t len = strlen(ref);

		/* A lock is a ref that is about to be. */
		if (is_ours(ref, len, prefix) || (len > 5 && !strcmp(ref + len - 5, ".lock")))
			continue;
		if (fs_read(path, &value, REF_MAX, &ignored) < 0) {
			take_loose(out, common, ref, prefix, depth + 1);
			continue;
		}
		buf_cut(&value, strcspn(value.data, "\n"));
		if (!strchr(ref, '\n') && value.len)
			buf_printf(out, "%s\t%s\n", value.data, ref);
	}
}

static bool has_log(const char *common, const char *ref, size_t len)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	struct stat st;

	buf_printf(&path, "%s/logs/%.*s", common, (int)len, ref);
	/* A directory: of branches below that name. */
	return lstat(path.data, &st) == 0 && !S_ISDIR(st.st_mode);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_size : -1;
}

static void list_refs(const struct refs *r, struct ref_list *out);

static bool is_branch(const struct ref *ref)
{
	return ref->name_len > 11 && starts(ref->name, "refs/heads/");
}

/* Some tools write no logs: then a log that lacks something tells nothing. */
static bool all_logged(const struct refs *r, const struct repo *repo)
{
	struct ref_list list = {0};
	size_t asked = 0;
	bool all = r->head_log >= 0 && repo_config_bool(repo, "core.logallrefupdates", !repo->bare);

	list_refs(r, &list);
	for (size_t i = 0; all && i < list.len && asked < LOGS_ASKED; i++)
		if (is_branch(&list.items[i])) {
			all = has_log(repo->common_dir, list.items[i].name, list.items[i].name_len);
			asked++;
		}
	free(list.items);
	return all;
}

int witness_refs_take(
	struct refs *r, const struct repo *repo, const char *prefix, struct fault *why)
{
	CLEANUP(str_free) char *packed = fs_join(repo->common_dir, "packed-refs");
	CLEANUP(str_free) char *head = fs_join(repo->git_dir, "HEAD");
	CLEANUP(str_free) char *log = fs_join(repo->git_dir, "logs/HEAD");
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	r->prefix = prefix;
	/* The loose ones first: what is packed in between is then seen twice, not never. */
	take_loose(&r->loose, repo->common_dir, "refs", prefix, 0);
	if (fs_read(packed, &r->packed, PACKED_MAX, why) < 0 ||
		fs_read(head, &text, REF_MAX, why) < 0)
		return -1;
	buf_rtrim(&text);
	r->head = buf_take(&text);
	r->head_log = size_of(log);
	r->logged = all_logged(r, repo);
	return 0;
}

/* --- reading a picture ------------------------------------------------------------------------ */

static int compare_refs(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	size_t len = x->name_len < y->name_len ? x->name_len : y->name_len;
	int order = memcmp(x->name, y->name, len);

	return order ? order : (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

/* Lines of "<value><separator><name>"; what git writes besides begins with '#' or '^'. */
static void add_lines(
	const struct buf *text, char separator, const char *prefix, struct ref_list *out)
{
	const char *line = text->data, *end = line + text->len;

	for (size_t len; line < end; line += len + 1) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *gap;

		len = (size_t)((stop ? stop : end) - line);
		gap = memchr(line, separator, len);
		if (!gap || *line == '#' || *line == '^' ||
			is_ours(gap + 1, len - (size_t)(gap + 1 - line), prefix))
			continue;
		GROW(out->items, out->len, out->cap);
		out->items[out->len++] = (struct ref){.name = gap + 1,
			.value = line,
			.name_len = len - (size_t)(gap + 1 - line),
			.value_len = (size_t)(gap - line)};
	}
}

static void sort_refs(struct ref_list *list)
{
	if (list->len)
		qsort(list->items, list->len, sizeof *list->items, compare_refs);
}

/* Each once; a loose one is the one that counts. */
static void list_refs(const struct refs *r, struct ref_list *out)
{
	struct ref_list packed = {0}, loose = {0};
	size_t i = 0, k = 0;

	add_lines(&r->packed, ' ', r->prefix, &packed);
	add_lines(&r->loose, '\t', r->prefix, &loose);
	sort_refs(&packed);
	sort_refs(&loose);
	while (i < packed.len || k < loose.len) {
		int order = i == packed.len  ? 1
			    : k == loose.len ? -1
					     : compare_refs(&packed.items[i], &loose.items[k]);

		GROW(out->items, out->len, out->cap);
		out->items[out->len++] = order < 0 ? packed.items[i] : loose.items[k];
		i += order <= 0;
		k += order >= 0;
	}
	free(packed.items);
	free(loose.items);
}

/* --- comparing -------------------------------------------------------------------------------- */

struct comparison {
	const struct refs *before, *after;
	const struct repo *repo;
	const struct witness_run *run;
	struct ref_list old, new;
	struct witness_changes *out;
};

static void tell(struct comparison *c, const struct ref *ref, const struct ref *old, bool gone,
	const char *how)
{
	CLEANUP(buf_release) struct buf what = BUF_INIT;
	CLEANUP(buf_release) struct buf mend = BUF_INIT;
	CLEANUP(str_free) char *name = xstrndup(ref->name, ref->name_len);

	buf_printf(&what, "%s %s", name, how);
	buf_puts(&mend, old ? "git update-ref --no-deref " : "git update-ref --no-deref -d ");
	text_put_shell_word(&mend, name);
	if (old)
		buf_printf(&mend, " %.*s", (int)old->value_len, old->value);
	/* A symbolic ref's value is a name, which is for a person to give back. */
	witness_add(c->out, what.data,
		(old && starts(old->value, "ref:")) || (gone && !old) ? NULL : mend.data);
}

static const struct ref *find(const struct ref_list *list, const struct ref *ref)
{
	return list->len ? bsearch(ref, list->items, list->len, sizeof *list->items, compare_refs)
			 : NULL;
}

/* A remote has it: a person may have it from there, and so may the agent. */
static bool is_fetched(const struct comparison *c, const struct ref *ref)
{
	for (size_t i = 0; i < c->new.len; i++)
		if (starts(c->new.items[i].name, "refs/remotes/") &&
			c->new.items[i].value_len == ref->value_len &&
			!memcmp(c->new.items[i].value, ref->value, ref->value_len))
			return true;
	return false;
}

static bool is_agents(const struct comparison *c, const struct ref *ref)
{
	CLEANUP(str_free) char *oid = xstrndup(ref->value, ref->value_len);

	return c->run->objects && objects_hold(c->run->objects, oid) &&
	       !(c->run->known && vec_has(c->run->known, oid)) && !is_fetched(c, ref);
}

/*
 * The last line of a log says what its ref has come to; a line is "<old> <new> <who>\t<why>". One whose lines have all
 * expired says nothing against it.
 */
static bool log_agrees(const struct comparison *c, const struct ref *ref)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	const char *line;

	buf_printf(&path, "%s/logs/%.*s", c->repo->common_dir, (int)ref->name_len, ref->name);
	if (fs_read(path.data, &text, LOG_MAX, &ignored))
		return false;
	buf_rtrim(&text);
	if (!text.len)
		return true;
	line = strrchr(text.data, '\n');
	line = line ? line + 1 : text.data;
	return strlen(line) > 2 * ref->value_len && line[ref->value_len] == ' ' &&
	       !memcmp(line + ref->value_len + 1, ref->value, ref->value_len);
}

static void judge_changed(struct comparison *c, const struct ref *ref, const struct ref *old)
{
	bool kept = starts(ref->name, "refs/stash") || starts(ref->name, "refs/notes/");

	if (!old && starts(ref->name, "refs/replace/"))
		tell(c, ref, old, false, "is new");
	else if ((is_branch(ref) || kept) && is_agents(c, ref))
		tell(c, ref, old, false, "points at what the agent made");
	else if (is_branch(ref) && c->before->logged && !log_agrees(c, ref))
		tell(c, ref, old, false, "was written without its log");
}

static void judge_gone(struct comparison *c, const struct ref *ref)
{
	if (is_branch(ref) && c->before->logged &&
		has_log(c->repo->common_dir, ref->name, ref->name_len))
		tell(c, ref, ref, true, "is gone, and its log is there");
}

static void judge_head(struct comparison *c)
{
	static const char link[] = "ref: ";
	const struct refs *before = c->before, *after = c->after;
	struct ref target = {.name = after->head, .name_len = strlen(after->head)};
	bool changed = strcmp(before->head, after->head) != 0;
	bool unborn;

	if (!before->logged)
		return;
	if (starts(after->head, link)) {
		target.name += strlen(link);
		target.name_len -= strlen(link);
	}
	/* A branch without a commit is switched to without a line in the log. */
	unborn = starts(after->head, link) && !find(&c->new, &target);
	if (after->head_log < 0)
		witness_add(c->out, "the log of HEAD is gone", NULL);
	else if (changed && !unborn && after->head_log == before->head_log)
		witness_add(c->out, "HEAD was written without its log", NULL);
}

static void judge_both(struct comparison *c, const struct ref *old, const struct ref *new)
{
	if (old->value_len != new->value_len || memcmp(old->value, new->value, new->value_len) != 0)
		judge_changed(c, new, old);
}

static void judge_all(struct comparison *c)
{
	size_t i = 0, k = 0;

	while (i < c->old.len || k < c->new.len) {
		int order = i == c->old.len   ? 1
			    : k == c->new.len ? -1
					      : compare_refs(&c->old.items[i], &c->new.items[k]);

		if (order < 0)
			judge_gone(c, &c->old.items[i++]);
		else if (order > 0)
			judge_changed(c, &c->new.items[k++], NULL);
		else
			judge_both(c, &c->old.items[i++], &c->new.items[k++]);
	}
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

void witness_refs_compare(const struct refs *before, const struct refs *after,
	const struct repo *repo, const struct witness_run *run, struct witness_changes *out)
{
	struct comparison c = {
		.before = before, .after = after, .repo = repo, .run = run, .out = out};

	if (same(&before->loose, &after->loose) && same(&before->packed, &after->packed) &&
		!strcmp(before->head, after->head) && before->head_log == after->head_log)
		return;
	list_refs(before, &c.old);
	list_refs(after, &c.new);
	judge_all(&c);
	judge_head(&c);
	free(c.old.items);
	free(c.new.items);
}
