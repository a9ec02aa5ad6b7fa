#include "core/secret_glance_private.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX   64  /* commits that are read */
#define TREES_MAX   512 /* and trees */
#define PARENTS_MAX 8
#define DEPTH_MAX   64
#define COMMIT_MAX  ((size_t)1 << 20) /* bytes */
#define TREE_MAX    ((size_t)4 << 20)
#define OID_SIZE    65 /* of an id in hex, and its end */
#define TREE_MODE   0040000U

struct step { /* a commit */
	char oid[OID_SIZE], tree[OID_SIZE];
	char parents[PARENTS_MAX][OID_SIZE];
	size_t parents_len;
	long long date;
	struct buf message;
	bool seen; /* the other side has it */
	bool done; /* its parents are among the steps */
};

struct steps {
	struct glance *glance;
	struct vec *blobs;
	struct step *items;
	size_t len, trees;
};

static void steps_release(struct steps *w)
{
	for (size_t i = 0; i < w->len; i++)
		buf_release(&w->items[i].message);
	free(w->items);
}

/* --- commits ----------------------------------------------------------------------------------- */

/* The rest of a line that begins with `word`, which is an id and nothing else. */
static bool take_id(const char *line, const char *word, char oid[OID_SIZE])
{
	size_t skip = strlen(word), len;

	if (strncmp(line, word, skip) != 0)
		return false;
	len = strspn(line + skip, "0123456789abcdef");
	if ((len != 40 && len != 64) || line[skip + len] != '\n')
		return false;
	memcpy(oid, line + skip, len);
	oid[len] = '\0';
	return true;
}

/* One more line of a commit's head: the tree, the parents, all else, in this order, or it is not plain: git reads no tree further down. */
static bool take_head(struct step *step, const char *line, size_t len, bool *rest)
{
	const char *mail = memrchr(line, '>', len);
	bool tree = strncmp(line, "tree ", 5) == 0, parent = strncmp(line, "parent ", 7) == 0;

	if (!*step->tree)
		return tree && take_id(line, "tree ", step->tree);
	if (parent && !*rest && step->parents_len < PARENTS_MAX)
		return take_id(line, "parent ", step->parents[step->parents_len++]);
	*rest = true;
	if (strncmp(line, "committer ", 10) == 0 && mail)
		step->date = strtoll(mail + 1, NULL, 10);
	/* The message of a commit with an encoding is shown as other bytes than these. */
	return !tree && !parent && strncmp(line, "encoding ", 9) != 0;
}

/* The bytes of a commit: lines of its head, an empty one, its message. False: it is not plain. */
static bool read_commit(struct step *step, const struct buf *bytes)
{
	const char *line = bytes->data, *end = bytes->data + bytes->len;
	bool rest = false;

	for (; line < end && *line != '\n'; line += strcspn(line, "\n") + 1)
		if (!take_head(step, line, strcspn(line, "\n"), &rest))
			return false;
	if (line >= end || !*step->tree)
		return false;
	buf_add(&step->message, line, (size_t)(end - line));
	return true;
}

static struct step *find_step(const struct steps *w, const char *oid)
{
	for (size_t i = 0; i < w->len; i++)
		if (!strcmp(w->items[i].oid, oid))
			return &w->items[i];
	return NULL;
}

static void mark_seen(struct step *step, bool seen)
{
	if (!seen || step->seen)
		return;
	step->seen = true;
	step->done = false; /* its parents are to be told */
}

/* Takes the answer for one that was asked for. 1: there is none, or it is not plain, or there are too many. */
static int take_step(struct steps *w, bool seen, struct fault *why)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	struct git_object object;
	struct step *step;
	int none = git_batch_answer(w->glance->of->objects, COMMIT_MAX, &object, &bytes, why);

	if (none)
		return none;
	step = find_step(w, object.oid);
	if (step) {
		mark_seen(step, seen);
		return 0;
	}
	if (strcmp(object.type, "commit") != 0 || object.size > COMMIT_MAX || w->len == STEPS_MAX)
		return 1;
	step = &w->items[w->len];
	*step = (struct step){.message = BUF_INIT, .seen = seen};
	memcpy(step->oid, object.oid, OID_SIZE);
	if (!read_commit(step, &bytes))
		return 1;
	w->len++;
	return 0;
}

static int add_step(struct steps *w, const char *oid, bool seen, struct fault *why)
{
	struct step *step = find_step(w, oid);

	if (!step) {
		git_batch_ask(w->glance->of->objects, oid);
		return take_step(w, seen, why);
	}
	mark_seen(step, seen);
	return 0;
}

/* The newest that is not done; NULL: all of those are seen. */
static struct step *next_step(const struct steps *w)
{
	struct step *newest = NULL;
	bool fresh = false;

	for (size_t i = 0; i < w->len; i++) {
		struct step *step = &w->items[i];

		if (step->done)
			continue;
		fresh = fresh || !step->seen;
		if (!newest || step->date > newest->date)
			newest = step;
	}
	return fresh ? newest : NULL;
}

/* What is seen is followed too, from the newest to the oldest: so it is known of what the two have in common. */
static int walk(struct steps *w, struct fault *why)
{
	for (struct step *step; (step = next_step(w));) {
		step->done = true;
		for (size_t i = 0; i < step->parents_len; i++) {
			int none = add_step(w, step->parents[i], step->seen, why);

			/* Where less is known to be seen, more is looked into. */
			if (none < 0 || (none && !step->seen))
				return none;
		}
	}
	return 0;
}

/* Asks for what is pushed, and for what is seen; `order` gets a letter for each. */
static void ask_named(const struct steps *w, struct buf *order)
{
	const struct secret_glance *g = w->glance->of;
	const char *end = g->revisions->data + g->revisions->len;

	for (const char *line = g->revisions->data; line < end; line += strcspn(line, "\n") + 1) {
		bool seen = *line == '^';
		CLEANUP(str_free) char *name = xstrndup(line + seen, strcspn(line + seen, "\n"));

		git_batch_ask(g->objects, name);
		buf_putc(order, seen ? 's' : 'p');
	}
	for (size_t i = 0; i < g->seen->len; i++) {
		const char *name = g->seen->items[i];
		char oid[GITDIR_OID_SIZE];

		/* It helps where it is at hand; git is not started for it. */
		if (git_batch_ref(g->objects, name, oid))
			name = oid;
		else if (!git_batch_started(g->objects))
			continue;
		git_batch_ask(g->objects, name);
		buf_putc(order, 's');
	}
}

static int add_named(struct steps *w, struct fault *why)
{
	CLEANUP(buf_release) struct buf order = BUF_INIT;
	int worst = 0;

	ask_named(w, &order);
	for (const char *kind = order.data; *kind; kind++) {
		int none = take_step(w, *kind == 's', why);

		if (none < 0)
			return -1;
		/* What is seen and not here: without it, more is looked into. */
		worst = worst || (none && *kind == 'p');
	}
	return worst;
}

/* --- trees ------------------------------------------------------------------------------------- */

struct entry {
	unsigned mode;
	const char *name;
	size_t len;
	const char *id; /* bytes */
};

struct tree {
	struct buf bytes;
	size_t at;
	struct entry entry; /* the one at `at`; name NULL: there are no more */
};

static bool is_tree(const struct entry *e)
{
	return e->mode == TREE_MODE;
}

/* As git writes them. Of others it makes one of these, and which is for git to say. */
static bool is_plain(unsigned mode)
{
	static const unsigned modes[] = {
		TREE_MODE, 0100644, 0100755, 0100664, 0120000, GLANCE_GITLINK};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (modes[i] == mode)
			return true;
	return false;
}

/* "<mode> <name>", a NUL, the id. False: it does not parse, or is not plain. */
static bool take_entry(struct tree *t, size_t id_len)
{
	const char *p = t->bytes.data + t->at;
	size_t left = t->bytes.len - t->at;
	char *space;

	t->entry = (struct entry){.name = NULL};
	if (!left)
		return true;
	t->entry.mode = (unsigned)strtoul(p, &space, 8);
	t->entry.len = *space == ' ' ? strlen(space + 1) : 0;
	if (!t->entry.len || !is_plain(t->entry.mode) ||
		left < (size_t)(space - p) + t->entry.len + 2 + id_len)
		return false;
	t->entry.name = space + 1;
	t->entry.id = t->entry.name + t->entry.len + 1;
	t->at += (size_t)(t->entry.id - p) + id_len;
	return true;
}

/* The one that was asked for. */
static int read_tree(struct steps *w, size_t id_len, struct tree *t, struct fault *why)
{
	struct git_object object;
	int none;

	w->trees++;
	none = git_batch_answer(w->glance->of->objects, TREE_MAX, &object, &t->bytes, why);
	if (none)
		return none;
	if (strcmp(object.type, "tree") != 0 || object.size > TREE_MAX)
		return 1;
	return take_entry(t, id_len) ? 0 : 1;
}

/* A tree's order: that of the names, where a directory's ends in a slash. */
static int compare(const struct entry *a, const struct entry *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->name, b->name, len);
	unsigned char x, y;

	if (order)
		return order;
	x = a->len > len ? (unsigned char)a->name[len] : is_tree(a) ? '/' : 0;
	y = b->len > len ? (unsigned char)b->name[len] : is_tree(b) ? '/' : 0;
	return (x > y) - (x < y);
}

static void put_hex(char out[OID_SIZE], const char *id, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[(unsigned char)id[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)id[i] & 15];
	}
	out[2 * len] = '\0';
}

struct change { /* of a tree, from what it is in the parents to what it is now */
	struct steps *steps;
	struct tree old[PARENTS_MAX];
	size_t old_len, id_len;
	struct buf *path;
	int depth;
};

static int look_at_tree(struct steps *w, const char *oid, char (*old)[OID_SIZE], size_t old_len,
	struct buf *path, int depth, struct fault *why);

/* An entry that is another in each parent. */
static int look_at_entry(const struct change *c, const struct entry *e, char (*old)[OID_SIZE],
	size_t old_len, struct fault *why)
{
	size_t before = c->path->len;
	char oid[OID_SIZE];
	int rc = 0;

	put_hex(oid, e->id, c->id_len);
	buf_add(c->path, e->name, e->len);
	if (is_tree(e)) {
		buf_putc(c->path, '/');
		rc = look_at_tree(c->steps, oid, old, old_len, c->path, c->depth + 1, why);
	} else {
		glance_into(c->steps->glance, c->path->data, c->path->len);
		if (e->mode != GLANCE_GITLINK)
			vec_push(c->steps->blobs, oid);
	}
	buf_cut(c->path, before);
	return rc;
}

/* What each parent has under that name; a parent that has the same means that nothing is new. */
static int match_entry(struct change *c, const struct entry *e, struct fault *why)
{
	char old[PARENTS_MAX][OID_SIZE];
	size_t old_len = 0;

	for (size_t i = 0; i < c->old_len; i++) {
		struct tree *t = &c->old[i];

		while (t->entry.name && compare(&t->entry, e) < 0)
			if (!take_entry(t, c->id_len))
				return 1;
		if (!t->entry.name || compare(&t->entry, e) != 0)
			continue;
		if (t->entry.mode == e->mode && !memcmp(t->entry.id, e->id, c->id_len))
			return 0;
		if (is_tree(e))
			put_hex(old[old_len++], t->entry.id, c->id_len);
	}
	return look_at_entry(c, e, old, old_len, why);
}

static int look_at_entries(struct change *c, struct tree *now, struct fault *why)
{
	int rc = 0;

	while (!rc && now->entry.name && !c->steps->glance->may) {
		rc = match_entry(c, &now->entry, why);
		if (!rc && !take_entry(now, c->id_len))
			rc = 1;
	}
	return rc;
}

static int look_at_tree(struct steps *w, const char *oid, char (*old)[OID_SIZE], size_t old_len,
	struct buf *path, int depth, struct fault *why)
{
	struct change c = {.steps = w, .id_len = strlen(oid) / 2, .path = path, .depth = depth};
	struct tree now = {.bytes = BUF_INIT};
	int rc, worst;

	if (depth > DEPTH_MAX || w->trees + old_len >= TREES_MAX)
		return 1;
	git_batch_ask(w->glance->of->objects, oid);
	for (size_t i = 0; i < old_len; i++)
		git_batch_ask(w->glance->of->objects, old[i]);
	worst = read_tree(w, c.id_len, &now, why);
	for (; worst >= 0 && c.old_len < old_len; c.old_len++) {
		c.old[c.old_len].bytes = (struct buf)BUF_INIT;
		rc = read_tree(w, c.id_len, &c.old[c.old_len], why);
		worst = rc < 0 || !worst ? rc : worst;
	}
	if (!worst)
		worst = look_at_entries(&c, &now, why);
	for (size_t i = 0; i < c.old_len; i++)
		buf_release(&c.old[i].bytes);
	buf_release(&now.bytes);
	return worst;
}

static int look_at_step(struct steps *w, const struct step *step, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	char old[PARENTS_MAX][OID_SIZE];

	glance_into(w->glance, step->message.data, step->message.len);
	for (size_t i = 0; i < step->parents_len; i++) {
		const struct step *parent = find_step(w, step->parents[i]);

		if (!parent)
			return 1;
		if (!strcmp(parent->tree, step->tree))
			return 0;
		memcpy(old[i], parent->tree, OID_SIZE);
	}
	return look_at_tree(w, step->tree, old, step->parents_len, &path, 0, why);
}

int glance_steps(struct glance *l, struct vec *blobs, struct fault *why)
{
	CLEANUP(steps_release)
	struct steps w = {
		.glance = l, .blobs = blobs, .items = xcalloc(STEPS_MAX, sizeof *w.items)};
	int rc = add_named(&w, why);

	if (!rc)
		rc = walk(&w, why);
	for (size_t i = 0; i < w.len && !rc && !l->may; i++)
		if (!w.items[i].seen)
			rc = look_at_step(&w, &w.items[i], why);
	return rc;
}
