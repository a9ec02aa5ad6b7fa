/* The findings: made, put in order, and told. */
#include "base/alloc.h"
#include "base/text.h"
#include "core/evidence_private.h"
#include "port/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 20 /* of one finding, one by one */

struct evidence_finding *evidence_add(struct evidence *e, const char *name, const char *path,
	int line, long base, long now, const char *detail)
{
	struct evidence_finding *f;

	GROW(e->items, e->len, e->cap);
	f = &e->items[e->len++];
	*f = (struct evidence_finding){.name = xstrdup(name),
		.path = path ? xstrdup(path) : NULL,
		.line = line,
		.base = base,
		.now = now,
		.detail = detail ? text_cleaned(detail) : NULL,
		.status = "flagged"};
	return f;
}

static void evidence_finding_release(struct evidence_finding *f)
{
	str_free(&f->name);
	str_free(&f->path);
	str_free(&f->detail);
}

void evidence_release(struct evidence *e)
{
	for (size_t i = 0; i < e->len; i++)
		evidence_finding_release(&e->items[i]);
	free(e->items);
	vec_release(&e->restore);
	vec_release(&e->without);
	vec_release(&e->brought);
	*e = (struct evidence)EVIDENCE_INIT;
}

void evidence_put_line(const struct evidence_finding *f, struct buf *out)
{
	CLEANUP(str_free) char *path = f->path ? text_cleaned(f->path) : NULL;

	buf_puts(out, f->name);
	if (path)
		buf_printf(out, ": %s", path);
	if (path && f->line)
		buf_printf(out, ":%d", f->line);
	if (f->detail)
		buf_printf(out, ": %s", f->detail);
	if (f->base >= 0 && f->now >= 0)
		buf_printf(out, " (%ld -> %ld)", f->base, f->now);
	if (!strcmp(f->status, "declared"))
		buf_puts(out, " (declared)");
}

static void set_count(struct json *o, const char *key, long count)
{
	if (count < 0)
		json_set(o, key, NULL);
	else
		json_set_int(o, key, count);
}

struct json *evidence_finding_json(const struct evidence_finding *f)
{
	struct json *o = json_object();

	json_set_text(o, "name", f->name);
	json_set_text(o, "path", f->path);
	set_count(o, "line", f->line ? f->line : -1);
	set_count(o, "base", f->base);
	set_count(o, "now", f->now);
	json_set_text(o, "detail", f->detail);
	json_set_text(o, "status", f->status);
	return o;
}

static int compare_findings(const void *a, const void *b)
{
	const struct evidence_finding *x = a, *y = b;
	int order = strcmp(x->path ? x->path : "", y->path ? y->path : "");

	if (!order)
		order = (x->line > y->line) - (x->line < y->line);
	return order ? order : strcmp(x->name, y->name);
}

static size_t count_name(const struct evidence *e, size_t first, size_t end, const char *name)
{
	size_t count = 0;

	for (size_t i = first; i < end; i++)
		count += !strcmp(e->items[i].name, name) && strcmp(e->items[i].status, "declared");
	return count;
}

/* What is found in very many files is told of the first of them, and how many there are. */
static void limit(struct evidence *e, size_t first)
{
	size_t to = first, len = e->len;

	for (size_t i = first; i < len; i++) {
		struct evidence_finding *f = &e->items[i];
		size_t nth = count_name(e, first, to, f->name);

		if (nth > FILES_MAX && f->path && strcmp(f->status, "declared") != 0) {
			evidence_finding_release(f);
			continue;
		}
		if (nth == FILES_MAX && f->path) {
			CLEANUP(buf_release) struct buf more = BUF_INIT;

			buf_printf(&more, "%zu more files", count_name(e, i, len, f->name));
			str_replace(&f->detail, more.data);
			str_free(&f->path);
			f->line = 0;
			f->base = f->now = -1;
		}
		e->items[to++] = *f;
	}
	e->len = to;
}

/* One name per file is enough: the first line has it. */
void evidence_tidy(struct evidence *e, size_t first, const struct evidence_scope *scope)
{
	size_t to = first;

	if (e->len == first)
		return; /* of none there is no array to sort */
	qsort(e->items + first, e->len - first, sizeof *e->items, compare_findings);
	for (size_t i = first; i < e->len; i++) {
		struct evidence_finding *f = &e->items[i];
		bool twice = false;

		/* Sorted by path: what is of the same file stands right before it. */
		for (size_t k = to; k > first && f->path && e->items[k - 1].path && !twice &&
				    !strcmp(e->items[k - 1].path, f->path);
			k--)
			twice = !strcmp(e->items[k - 1].name, f->name);
		if (twice) {
			evidence_finding_release(f);
			continue;
		}
		if (f->path && scope->may_change && strcmp(f->name, "policy-edited") != 0 &&
			match_path_any(scope->may_change, f->path))
			snprintf(f->status, sizeof f->status, "declared");
		e->items[to++] = *f;
	}
	e->len = to;
	limit(e, first);
}
