#include "core/secret_search.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/diff_lines.h"
#include "core/secret_text.h"
#include "port/git_batch.h"
#include "port/git_stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_search_init(struct secret_search *s)
{
	*s = (struct secret_search){.unseen = VEC_INIT, .commit = BUF_INIT, .binaries = VEC_INIT};
}

static void finding_release(struct secret_finding *f)
{
	free(f->rule);
	free(f->description);
	free(f->path);
	free(f->commit);
	free(f->shown);
	free(f->variable);
	free(f->allowed);
}

void secret_search_release(struct secret_search *s)
{
	for (size_t i = 0; i < s->len; i++)
		finding_release(&s->items[i]);
	free(s->items);
	vec_release(&s->unseen);
	vec_release(&s->binaries);
	buf_release(&s->commit);
}

/* --- one hit ----------------------------------------------------------------------------------- */

struct spot { /* where the text that is looked into comes from */
	struct secret_search *search;
	const char *place, *path, *commit;
	size_t line; /* of `seen`; 0: lines do not count */
	const char *text;
	size_t len, seen;
	const struct buf *old; /* what was there before: what is in it is not new; NULL */
};

static char *cleaned(const char *text)
{
	char *clean = text_cleaned(text);

	for (char *c = clean; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = '?';
	return clean;
}

/* Of a secret its kind may be seen, where that is its beginning and the same for everybody. */
static char *shown(const struct secret_hit *hit)
{
	struct buf out = BUF_INIT;
	const char *word = hit->rule->keywords && !(hit->rule->flags & (SECRET_LINE | SECRET_FOLD))
				   ? hit->rule->keywords[0]
				   : "";
	size_t same = 0;

	while (word[same] && same < hit->len && word[same] == hit->secret[same])
		same++;
	if (same && same * 2 < hit->len && memchr(hit->secret, '\n', same) == NULL)
		buf_add(&out, hit->secret, same);
	buf_printf(&out, "... (%zu characters)", hit->len);
	return buf_take(&out);
}

static size_t line_of(struct spot *spot, size_t at)
{
	if (!spot->line)
		return 0;
	for (const char *c = spot->text + spot->seen, *end = spot->text + at;
		(c = memchr(c, '\n', (size_t)(end - c))) && c < end; c++)
		spot->line++;
	spot->seen = at;
	return spot->line;
}

static char *why_allowed(const struct spot *spot, const struct secret_hit *hit, const char *print)
{
	const char *start = hit->start ? memrchr(spot->text, '\n', hit->start) : NULL;
	const char *end = memchr(spot->text + hit->start, '\n', spot->len - hit->start);
	const struct secret_allow *allow = spot->search->allow;
	const char *reason;
	char *said;

	start = start ? start + 1 : spot->text;
	end = end ? end : spot->text + spot->len;
	said = secret_allow_inline(start, (size_t)(end - start));
	if (said) {
		char *clean = cleaned(said);

		free(said);
		return clean;
	}
	reason = allow ? secret_allow_find(allow, print, *spot->path ? spot->path : NULL) : NULL;
	return reason ? cleaned(reason) : NULL;
}

/* Where lines are told twice (diff_lines.h) so is what is in them. */
static bool is_twice(const struct secret_search *s, const struct secret_finding *f)
{
	for (const struct secret_finding *other = f; f->line && other-- > s->items;) {
		if (other->line < f->line || strcmp(other->path, f->path) != 0 ||
			strcmp(other->commit, f->commit) != 0)
			return false;
		if (other->line == f->line && !strcmp(other->print, f->print))
			return true;
	}
	return false;
}

static void take_hit(void *state, const struct secret_hit *hit)
{
	struct spot *spot = state;
	struct secret_search *s = spot->search;
	struct secret_finding *f;

	if (spot->old && memmem(spot->old->data, spot->old->len, hit->secret, hit->len))
		return;
	GROW(s->items, s->len, s->cap);
	f = &s->items[s->len++];
	*f = (struct secret_finding){.rule = xstrdup(hit->rule->name),
		.description = xstrdup(hit->rule->description),
		.place = spot->place,
		.path = cleaned(spot->path),
		.line = line_of(spot, hit->start),
		.commit = xstrdup(spot->commit),
		.shown = shown(hit),
		.variable = hit->variable ? xstrdup(hit->variable) : NULL,
		.encoded = hit->encoded};
	/* A name that is one is not to be seen either. */
	if (!strcmp(spot->place, "name") || !strcmp(spot->place, "ref"))
		str_replace(&f->path, f->shown);
	secret_print(f->rule, spot->path, hit->secret, hit->len, f->print);
	if (is_twice(s, f)) {
		finding_release(f);
		s->len--;
		return;
	}
	f->allowed = why_allowed(spot, hit, f->print);
	s->open += !f->allowed;
}

void secret_search_settle(struct secret_search *s, const struct secret_allow *allow)
{
	for (size_t i = 0; i < s->len; i++) {
		struct secret_finding *f = &s->items[i];
		const char *reason =
			f->allowed ? NULL : secret_allow_find(allow, f->print, f->path);

		if (!reason)
			continue;
		f->allowed = cleaned(reason);
		s->open--;
	}
}

void secret_search_text(struct secret_search *s, const char *place, const char *path,
	const char *commit, size_t line, const char *text, size_t len)
{
	struct spot spot = {s, place, path, commit, line, text, len, 0, NULL};

	secrets_scan(s->set, text, len, take_hit, &spot);
}

void secret_search_bytes(struct secret_search *s, const char *place, const char *path,
	const char *commit, const char *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(buf_release) struct buf wide = BUF_INIT;

	if (!memchr(bytes, '\0', len)) {
		secret_search_text(s, place, path, commit, 1, bytes, len);
		return;
	}
	secret_text(bytes, len, &text);
	secret_search_text(s, place, path, commit, secret_text16(bytes, len, &wide) ? 1 : 0,
		text.data, text.len);
}

/* --- a diff as it comes ------------------------------------------------------------------------ */

static int take_commit(
	void *state, const char *oid, const char *message, size_t len, struct fault *why)
{
	struct secret_search *s = state;

	(void)why;
	buf_clear(&s->commit);
	buf_puts(&s->commit, oid);
	s->commits++;
	secret_search_text(s, "message", "", s->commit.data, 1, message, len);
	return 0;
}

static int take_file(void *state, const char *path, struct fault *why)
{
	struct secret_search *s = state;

	(void)why;
	secret_search_text(s, "name", path, s->commit.data, 0, path, strlen(path));
	return 0;
}

static int take_added(
	void *state, const char *path, size_t line, const char *text, size_t len, struct fault *why)
{
	struct secret_search *s = state;

	(void)why;
	secret_search_text(s, "file", path, s->commit.data, line, text, len);
	return 0;
}

static int take_binary(
	void *state, const char *path, const char *old_oid, const char *new_oid, struct fault *why)
{
	struct secret_search *s = state;

	(void)why;
	vec_push(&s->binaries, path);
	vec_push(&s->binaries, old_oid);
	vec_push(&s->binaries, new_oid);
	vec_push(&s->binaries, s->commit.data);
	return 0;
}

static void put_unseen(struct secret_search *s, const char *path, size_t size, const char *what)
{
	CLEANUP(str_free) char *clean = cleaned(path);

	vec_pushf(&s->unseen, "%s (%zu bytes, %s)", clean, size, what);
}

/* 1: it is too large, and was said to be. */
static int read_blob(struct secret_search *s, struct git_batch **batch, const struct git_call *call,
	const char *oid, const char *path, struct buf *out, struct fault *why)
{
	struct git_object object;
	int none;

	if (!*batch && git_batch_open(call, batch, why))
		return -1;
	none = git_batch_read(*batch, oid, SECRET_BINARY_MAX, &object, out, why);
	if (none < 0)
		return -1;
	if (none)
		return fault_set(why, EXIT_FATAL, "object %.64s is missing", oid);
	if (object.size <= SECRET_BINARY_MAX)
		return 0;
	put_unseen(s, path, object.size, "no text");
	git_batch_free(batch);
	return 1;
}

/* Such a file is looked into as a whole; what was in it before is left out. */
static int look_into(struct secret_search *s, struct git_batch **batch, const struct git_call *call,
	char **item, struct fault *why)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT, old = BUF_INIT;
	CLEANUP(buf_release) struct buf text = BUF_INIT, before = BUF_INIT, wide = BUF_INIT;
	int skipped = read_blob(s, batch, call, item[2], item[0], &bytes, why);

	if (skipped)
		return skipped < 0 ? -1 : 0;
	if (strspn(item[1], "0") != strlen(item[1]) &&
		read_blob(s, batch, call, item[1], item[0], &old, why) < 0)
		return -1;
	secret_text(bytes.data, bytes.len, &text);
	secret_text(old.data, old.len, &before);
	struct spot spot = {s, "file", item[0], item[3], 0, text.data, text.len, 0, &before};

	spot.line =
		!memchr(bytes.data, '\0', bytes.len) || secret_text16(bytes.data, bytes.len, &wide);
	secrets_scan(s->set, text.data, text.len, take_hit, &spot);
	return 0;
}

static int look_into_binaries(
	struct secret_search *s, const struct git_call *call, struct fault *why)
{
	CLEANUP(git_batch_free) struct git_batch *batch = NULL;
	struct git_call plain = *call;

	plain.input = NULL;
	plain.input_len = 0;
	for (size_t i = 0; i + 3 < s->binaries.len; i += 4)
		if (look_into(s, &batch, &plain, s->binaries.items + i, why))
			return -1;
	vec_clear(&s->binaries);
	return 0;
}

static int read_diff(struct secret_search *s, const struct git_call *call, const struct vec *args,
	const struct buf *input, struct fault *why)
{
	const struct diff_sink sink = {s, take_commit, take_file, take_added, take_binary, NULL};
	CLEANUP(diff_lines_release) struct diff_lines lines;
	CLEANUP(git_stream_free) struct git_stream *stream = NULL;
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	int ended;

	diff_lines_init(&lines, &sink);
	if (git_stream_open(call, args, input, s->until, &stream, why))
		return -1;
	secrets_ready(s->set); /* while git begins */
	while (!(ended = git_stream_read(stream, &bytes, why)))
		if (diff_lines_feed(&lines, &bytes, why))
			return -1;
	if (ended < 0 || diff_lines_end(&lines, why))
		return -1;
	return look_into_binaries(s, call, why);
}

int secret_search_commits(struct secret_search *s, const struct git_call *call,
	const struct buf *revisions, const struct vec *more, struct fault *why)
{
	CLEANUP(vec_release) struct vec args = VEC_INIT;

	diff_lines_log(&args, false);
	if (s->some_missing)
		vec_push(&args, "--ignore-missing");
	vec_push(&args, "--stdin");
	if (more)
		vec_push_all(&args, (const char *const *)more->items);
	return read_diff(s, call, &args, revisions, why);
}

int secret_search_diff(struct secret_search *s, const struct git_call *call, const struct vec *args,
	struct fault *why)
{
	CLEANUP(vec_release) struct vec all = VEC_INIT;

	diff_lines_diff(&all);
	vec_push_all(&all, (const char *const *)args->items);
	return read_diff(s, call, &all, NULL, why);
}

/* --- files ------------------------------------------------------------------------------------- */

/* What is no regular file, or cannot be read because it is gone, holds nothing that git would add. */
static int look_into_file(
	struct secret_search *s, const char *root, const char *path, struct fault *why)
{
	CLEANUP(str_free) char *whole = fs_join(root, path);
	CLEANUP(fd_close) int fd = open(whole, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	struct stat st;

	secret_search_text(s, "name", path, "", 0, path, strlen(path));
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if ((size_t)st.st_size > SECRET_TEXT_MAX) {
		put_unseen(s, path, (size_t)st.st_size, "too large");
		return 0;
	}
	if (fs_read_fd(fd, &bytes, SECRET_TEXT_MAX, why))
		return -1;
	if (bytes.len > SECRET_BINARY_MAX && memchr(bytes.data, '\0', bytes.len))
		put_unseen(s, path, bytes.len, "no text");
	else
		secret_search_bytes(s, "file", path, "", bytes.data, bytes.len);
	return 0;
}

int secret_search_tree(
	struct secret_search *s, const struct git_call *call, const char *root, struct fault *why)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	const char *end;

	if (git_do(call, &names, why, "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached",
		    "--others", "--exclude-standard", NULL))
		return -1;
	end = names.data + names.len;
	for (const char *path = names.data; path < end; path += strlen(path) + 1)
		if (look_into_file(s, root, path, why))
			return -1;
	return 0;
}
