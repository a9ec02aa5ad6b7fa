#include "core/diff_lines.h"
#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ADDED_MAX   ((size_t)131072) /* bytes of lines collected before they are told */
#define PARENTS_MAX 64               /* of a merge */
#define OID_LEN_MAX 64

void diff_lines_init(struct diff_lines *d, const struct diff_sink *sink)
{
	*d = (struct diff_lines){.sink = sink,
		.pending = BUF_INIT,
		.path = BUF_INIT,
		.added = BUF_INIT,
		.old_oid = BUF_INIT,
		.new_oid = BUF_INIT};
}

void diff_lines_release(struct diff_lines *d)
{
	buf_release(&d->pending);
	buf_release(&d->path);
	buf_release(&d->added);
	buf_release(&d->old_oid);
	buf_release(&d->new_oid);
	free(d->old_left);
	d->old_left = NULL;
}

/* --- names ------------------------------------------------------------------------------------- */

/* Appends a name quoted as in C, which begins at a '"'. Past its end; NULL: it has none. */
static const char *put_quoted(struct buf *out, const char *p, const char *end)
{
	static const char letters[] = "abtnvfr", meant[] = "\a\b\t\n\v\f\r";

	for (p++; p < end && *p != '"'; p++) {
		const char *letter;

		if (*p != '\\') {
			buf_putc(out, *p);
			continue;
		}
		if (++p == end)
			return NULL;
		letter = *p ? strchr(letters, *p) : NULL;
		if (letter) {
			buf_putc(out, meant[letter - letters]);
		} else if (*p >= '0' && *p <= '3' && end - p > 2) {
			buf_putc(out, (char)((p[0] - '0') * 64 + (p[1] - '0') * 8 + (p[2] - '0')));
			p += 2;
		} else {
			buf_putc(out, *p);
		}
	}
	return p < end ? p + 1 : NULL;
}

/* The name in a line's rest, without its prefix of `skip` bytes. */
static void take_name(struct diff_lines *d, const char *p, const char *end, size_t skip)
{
	buf_clear(&d->path);
	if (p < end && *p == '"')
		put_quoted(&d->path, p, end);
	else
		buf_add(&d->path, p, (size_t)(end - p) - (end > p && end[-1] == '\t'));
	buf_splice(&d->path, 0, d->path.len < skip ? d->path.len : skip, "", 0);
	buf_cut(&d->path, strlen(d->path.data)); /* no name holds a NUL */
}

/* "a/<name> b/<name>": the same name twice, but where a line of its own tells the new one. */
static void take_names(struct diff_lines *d, const char *p, const char *end)
{
	size_t len = (size_t)(end - p);

	if (len && *p == '"')
		take_name(d, p, end, 2);
	else if (len >= 5)
		take_name(d, p, p + 2 + (len - 5) / 2, 2);
}

/* --- telling ----------------------------------------------------------------------------------- */

static int tell_file(struct diff_lines *d, struct fault *why)
{
	if (d->told || !d->path.len)
		return 0;
	d->told = true;
	return d->sink->file ? d->sink->file(d->sink->state, d->path.data, why) : 0;
}

static int tell_added(struct diff_lines *d, struct fault *why)
{
	int rc = 0;

	if (d->added.len > d->again && d->sink->added)
		rc = d->sink->added(
			d->sink->state, d->path.data, d->first, d->added.data, d->added.len, why);
	buf_clear(&d->added);
	d->again = 0;
	return rc;
}

/* There is more to come: the last lines stay. */
static int tell_part(struct diff_lines *d, struct fault *why)
{
	size_t from = d->added.len - DIFF_LINES_OVERLAP;
	const char *newline = memrchr(d->added.data, '\n', from);
	int rc = d->sink->added ? d->sink->added(d->sink->state, d->path.data, d->first,
					  d->added.data, d->added.len, why)
				: 0;

	from = newline ? (size_t)(newline - d->added.data) + 1 : from;
	for (size_t i = 0; i < from; i++)
		d->first += d->added.data[i] == '\n';
	buf_splice(&d->added, 0, from, "", 0);
	d->again = d->added.len;
	return rc;
}

/* --- the diff's own lines ---------------------------------------------------------------------- */

static bool begins(const char *p, const char *end, const char *text, const char **rest)
{
	size_t len = strlen(text);

	if ((size_t)(end - p) < len || memcmp(p, text, len) != 0)
		return false;
	*rest = p + len;
	return true;
}

/* "<start>[,<count>]" at *p, which goes past it. */
static bool take_span(const char **p, const char *end, size_t *start, size_t *count)
{
	char *next;

	if (*p >= end || **p < '0' || **p > '9')
		return false;
	*start = strtoull(*p, &next, 10);
	*count = 1;
	if (*next == ',')
		*count = strtoull(next + 1, &next, 10);
	*p = next;
	return next <= end;
}

/* "@@ -1,2 +3,4 @@": one '@' more than there are parents. */
static int take_hunk(struct diff_lines *d, const char *p, const char *end, struct fault *why)
{
	size_t ats = 0, unused;

	while (p + ats < end && p[ats] == '@')
		ats++;
	d->parents = ats - 1;
	if (ats < 2 || d->parents > PARENTS_MAX)
		return fault_set(
			why, EXIT_FATAL, "git's diff does not parse: a hunk of too many parents");
	if (d->old_cap < d->parents) {
		d->old_cap = d->parents;
		d->old_left = xrealloc(d->old_left, d->old_cap * sizeof *d->old_left);
	}
	p += ats;
	for (size_t i = 0; i < d->parents; i++) {
		if (!begins(p, end, " -", &p) || !take_span(&p, end, &unused, &d->old_left[i]))
			return fault_set(
				why, EXIT_FATAL, "git's diff does not parse: a hunk's head");
	}
	if (!begins(p, end, " +", &p) || !take_span(&p, end, &d->line, &d->new_left))
		return fault_set(why, EXIT_FATAL, "git's diff does not parse: a hunk's head");
	return 0;
}

static bool in_hunk(const struct diff_lines *d)
{
	if (d->new_left)
		return true;
	for (size_t i = 0; i < d->parents; i++)
		if (d->old_left[i])
			return true;
	return false;
}

static int take_content(struct diff_lines *d, const char *p, const char *end, struct fault *why)
{
	bool gone = false, fresh = false;
	int rc = 0;

	if (*p == '\\') /* no newline at the end of the file */
		return 0;
	if ((size_t)(end - p) < d->parents)
		return fault_set(why, EXIT_FATAL, "git's diff does not parse: a line of a hunk");
	for (size_t i = 0; i < d->parents; i++) {
		gone = gone || p[i] == '-';
		fresh = fresh || p[i] == '+';
	}
	for (size_t i = 0; i < d->parents; i++)
		if (d->old_left[i] && (gone ? p[i] == '-' : p[i] == ' '))
			d->old_left[i]--;
	if (gone)
		return 0;
	if (d->new_left)
		d->new_left--;
	if (fresh) {
		if (!d->added.len)
			d->first = d->line;
		buf_add(&d->added, p + d->parents, (size_t)(end - p) - d->parents);
		buf_putc(&d->added, '\n');
	}
	d->line++;
	if (!fresh)
		rc = tell_added(d, why);
	else if (d->added.len > ADDED_MAX)
		rc = tell_part(d, why);
	return rc;
}

/* "index <old>[,<old>...]..<new>[ <mode>]" */
static void take_ids(struct diff_lines *d, const char *p, const char *end)
{
	size_t old = 0, len = 0;
	const char *dots = memmem(p, (size_t)(end - p), "..", 2);

	buf_clear(&d->old_oid);
	buf_clear(&d->new_oid);
	if (!dots)
		return;
	while (p + old < dots && p[old] != ',' && old < OID_LEN_MAX)
		old++;
	buf_add(&d->old_oid, p, old);
	for (dots += 2; dots + len < end && dots[len] != ' ' && len < OID_LEN_MAX;)
		len++;
	buf_add(&d->new_oid, dots, len);
}

static int take_binary(struct diff_lines *d, struct fault *why)
{
	bool removed = d->new_oid.len && strspn(d->new_oid.data, "0") == d->new_oid.len;

	if (removed || !d->sink->binary)
		return 0;
	if (tell_file(d, why))
		return -1;
	return d->sink->binary(d->sink->state, d->path.data, d->old_oid.data, d->new_oid.data, why);
}

/* The next word of a line, which ends in a blank or a tab; *p goes past that. Its length. */
static size_t take_word(const char **p, const char *end, const char **word)
{
	size_t len = 0;

	*word = *p;
	while (*p + len < end && (*p)[len] != ' ' && (*p)[len] != '\t')
		len++;
	*p += len + (*p + len < end);
	return len;
}

/*
 * git-diff(1), "Raw output format": a ':' for each parent, the modes of all and of the file itself, then so many ids, a letter for
 * each parent, and after a tab the name; of one parent a renamed file has two, the old one first.
 */
static int take_raw(struct diff_lines *d, const char *p, const char *end, struct fault *why)
{
	const char *word = "", *tab;
	unsigned mode;
	size_t parents = 0, len = 0;

	while (p < end && *p == ':')
		parents++, p++;
	for (size_t i = 0; i <= parents; i++)
		len = take_word(&p, end, &word);
	mode = len == 6 ? (unsigned)strtoul(word, NULL, 8) : 0;
	for (size_t i = 0; i <= parents; i++)
		len = take_word(&p, end, &word);
	buf_clear(&d->new_oid);
	buf_add(&d->new_oid, word, len < OID_LEN_MAX ? len : OID_LEN_MAX);
	len = take_word(&p, end, &word);
	tab = p < end ? memrchr(p, '\t', (size_t)(end - p)) : NULL;
	take_name(d, tab ? tab + 1 : p, end, 0);
	if (!len || !d->path.len || (d->new_oid.len != 40 && d->new_oid.len != 64) ||
		strspn(d->new_oid.data, "0123456789abcdef") != d->new_oid.len)
		return fault_set(why, EXIT_FATAL, "git's list of changes does not parse");
	if (strspn(d->new_oid.data, "0") == d->new_oid.len)
		return 0;
	d->told = false;
	if (tell_file(d, why))
		return -1;
	return d->sink->object
		       ? d->sink->object(d->sink->state, d->path.data, mode, d->new_oid.data, why)
		       : 0;
}

static int take_head(struct diff_lines *d, const char *p, const char *end, struct fault *why)
{
	const char *rest;

	if (begins(p, end, ":", &rest))
		return take_raw(d, p, end, why);
	if (begins(p, end, "diff --git ", &rest)) {
		d->told = false;
		take_names(d, rest, end);
	} else if (begins(p, end, "diff --cc ", &rest) ||
		   begins(p, end, "diff --combined ", &rest)) {
		d->told = false;
		take_name(d, rest, end, 0);
	} else if (begins(p, end, "rename to ", &rest) || begins(p, end, "copy to ", &rest)) {
		take_name(d, rest, end, 0);
		return tell_file(d, why);
	} else if (begins(p, end, "new file mode ", &rest)) {
		return tell_file(d, why);
	} else if (begins(p, end, "deleted file mode ", &rest)) {
		d->told = true;
	} else if (begins(p, end, "index ", &rest)) {
		take_ids(d, rest, end);
	} else if (begins(p, end, "+++ ", &rest)) {
		if (end - rest == 9 && !memcmp(rest, "/dev/null", 9))
			return 0;
		take_name(d, rest, end, 2);
		return tell_file(d, why);
	} else if (begins(p, end, "@@", &rest)) {
		return take_hunk(d, p, end, why);
	} else if (begins(p, end, "Binary files ", &rest)) {
		return take_binary(d, why);
	}
	return 0;
}

/* A commit's head: a NUL, its id, a NUL, its message, a NUL. Its length; 0: it is not all there. */
static size_t head_length(const char *p, size_t len, const char **message, size_t *message_len)
{
	const char *second = memchr(p + 1, '\0', len - 1), *third;

	if (!second)
		return 0;
	third = memchr(second + 1, '\0', len - (size_t)(second + 1 - p));
	if (!third)
		return 0;
	*message = second + 1;
	*message_len = (size_t)(third - second - 1);
	return (size_t)(third + 1 - p);
}

static int take_line(struct diff_lines *d, const char *p, const char *end, struct fault *why)
{
	int rc;

	if (!in_hunk(d))
		return *p == '\\' ? 0 : take_head(d, p, end, why);
	if (p == end)
		return fault_set(
			why, EXIT_FATAL, "git's diff does not parse: an empty line in a hunk");
	rc = take_content(d, p, end, why);
	if (!rc && !in_hunk(d))
		rc = tell_added(d, why);
	return rc;
}

int diff_lines_feed(struct diff_lines *d, struct buf *bytes, struct fault *why)
{
	struct buf *all = bytes;
	const char *p, *end;
	int rc = 0;

	if (d->pending.len) {
		buf_add(&d->pending, bytes->data, bytes->len);
		all = &d->pending;
	}
	p = all->data;
	end = p + all->len;
	while (p < end && !rc) {
		const char *message, *newline;
		size_t len, head;

		if (!*p && !in_hunk(d)) {
			head = head_length(p, (size_t)(end - p), &message, &len);
			if (!head)
				break;
			buf_clear(&d->path);
			if (d->sink->commit)
				rc = d->sink->commit(d->sink->state, p + 1, message, len, why);
			p += head;
			continue;
		}
		newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline)
			break;
		rc = take_line(d, p, newline, why);
		p = newline + 1;
	}
	if (all == bytes)
		buf_add(&d->pending, p, (size_t)(end - p));
	else
		buf_splice(&d->pending, 0, (size_t)(p - d->pending.data), "", 0);
	buf_clear(bytes);
	return rc;
}

int diff_lines_end(struct diff_lines *d, struct fault *why)
{
	if (d->pending.len || in_hunk(d))
		return fault_set(why, EXIT_FATAL, "git's diff ends in the middle");
	return tell_added(d, why);
}
