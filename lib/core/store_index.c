/*
 * index.ndjson: a line begins `{"state":"<state>","id":"<id>",` in this order, always: `status` counts
 * states and finds names without parsing 10,000 lines of JSON.
 */
#include "core/store_index.h"
#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define INDEX_MAX ((size_t)1 << 30)

static const char state_mark[] = "{\"state\":\"";
static const char id_mark[] = "\",\"id\":\"";

static char *index_path(const struct store *s)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s/index.ndjson", s->runs);
	return buf_take(&path);
}

/* The state and the bytes of the id of a line; -1: no line of ours. */
static int read_line(const char *line, size_t len, const char **id, size_t *id_len)
{
	const char *end = line + len, *state, *stop;
	char word[16];
	size_t n;

	if (len < sizeof state_mark || memcmp(line, state_mark, sizeof state_mark - 1) != 0)
		return -1;
	state = line + sizeof state_mark - 1;
	stop = memchr(state, '"', (size_t)(end - state));
	if (!stop || (n = (size_t)(stop - state)) >= sizeof word)
		return -1;
	if ((size_t)(end - stop) < sizeof id_mark || memcmp(stop, id_mark, sizeof id_mark - 1) != 0)
		return -1;
	*id = stop + sizeof id_mark - 1;
	stop = memchr(*id, '"', (size_t)(end - *id));
	if (!stop || line[len - 1] != '}')
		return -1;
	*id_len = (size_t)(stop - *id);
	memcpy(word, state, n);
	word[n] = '\0';
	return run_state_parse(word);
}

static void write_line(const struct run *r, struct buf *out)
{
	CLEANUP(json_free) struct json *json = json_object();

	json_set_text(json, "state", run_state_name(r->state));
	json_set_text(json, "id", r->id);
	json_set_text(json, "kind", run_kind_name(r->kind));
	json_set_text(json, "title", r->title);
	json_set_text(json, "branch", r->branch);
	json_set_text(json, "started", r->started);
	json_set_text(json, "finished", r->finished[0] ? r->finished : NULL);
	if (run_is_stale(r))
		json_set_bool(json, "stale", true);
	else if (*run_tip(r))
		json_set_text(json, "tip", run_tip(r));
	json_write(json, false, out);
	buf_putc(out, '\n');
}

/* Where the line of `id` stands in the index's bytes; false: nowhere. */
static bool find_line(const struct buf *index, const char *id, size_t *pos, size_t *len)
{
	const char *at = index->data, *end = at + index->len;
	size_t want = strlen(id);

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *got = NULL;
		size_t line_len = newline ? (size_t)(newline - at) : (size_t)(end - at),
		       got_len = 0;

		if (read_line(at, line_len, &got, &got_len) >= 0 && got_len == want &&
			!memcmp(got, id, want)) {
			*pos = (size_t)(at - index->data);
			*len = line_len + (newline ? 1 : 0);
			return true;
		}
		at += line_len + 1;
	}
	return false;
}

/* Replaces the line of `id` by `line` ("": takes it away). */
static int change(struct store *s, const char *id, const struct buf *line, struct fault *why)
{
	CLEANUP(str_free) char *path = index_path(s);
	CLEANUP(buf_release) struct buf index = BUF_INIT;
	size_t pos = 0, len = 0;

	if (fs_read(path, &index, INDEX_MAX, why) < 0)
		return -1;
	if (find_line(&index, id, &pos, &len))
		buf_splice(&index, pos, len, line->data, line->len);
	else
		buf_add(&index, line->data, line->len);
	return fs_write_derived(path, index.data, index.len, why);
}

int store_index_put(struct store *s, const struct run *r, struct fault *why)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;

	write_line(r, &line);
	return change(s, r->id, &line, why);
}

int store_index_drop(struct store *s, const char *id, struct fault *why)
{
	CLEANUP(buf_release) struct buf nothing = BUF_INIT;

	return change(s, id, &nothing, why);
}

static int by_start(const void *a, const void *b)
{
	const struct run *x = a, *y = b;
	int order = strcmp(x->started, y->started);

	return order ? order : strcmp(x->id, y->id);
}

/* Lines for every readable record, by start. A damaged record gets none: `drop` removes it, naming it works. */
static int write_all(struct store *s, struct buf *index, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct run *runs;
	size_t len = 0;

	if (store_names(s, &names, why) < 0)
		return -1;
	runs = xcalloc(names.len, sizeof *runs);
	for (size_t i = 0; i < names.len; i++) {
		struct fault damaged = FAULT_INIT;

		if (!store_load(s, names.items[i], &runs[len], &damaged))
			len++;
	}
	qsort(runs, len, sizeof *runs, by_start);
	for (size_t i = 0; i < len; i++) {
		write_line(&runs[i], index);
		run_release(&runs[i]);
	}
	free(runs);
	return 0;
}

/* Rebuilds unless somebody else is changing the store right now (then his index will be right). */
static int rebuild(struct store *s, struct fault *why)
{
	CLEANUP(str_free) char *path = index_path(s);
	CLEANUP(buf_release) struct buf index = BUF_INIT, name = BUF_INIT;
	struct fs_lock lock = FS_LOCK_INIT;
	int done;

	buf_printf(&name, "%s/.lock", s->runs);
	done = fs_lock(&lock, name.data, false, why);
	if (done)
		return done < 0 ? -1 : 0;
	done = write_all(s, &index, why);
	if (!done)
		done = fs_write_derived(path, index.data, index.len, why);
	buf_clear(&name);
	buf_printf(&name, "%s/%s", s->runs, STORE_PENDING);
	if (!done)
		remove(name.data);
	fs_unlock(&lock);
	return done;
}

/* Fills the lines; false: a line is not one of ours. */
static bool split(struct store_index *index)
{
	const char *at = index->map, *end = index->size ? at + index->size : at;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *id;
		size_t id_len, len = newline ? (size_t)(newline - at) : (size_t)(end - at);
		int state = newline ? read_line(at, len, &id, &id_len) : -1;

		if (state < 0)
			return false;
		GROW(index->lines, index->len, index->cap);
		index->lines[index->len++] = (struct store_line){at, len, (enum run_state)state};
		index->counts[state]++;
		at += len + 1;
	}
	return true;
}

/* The index is only ever replaced, never written in place: a mapping of it stays as it is. */
static int map_file(int fd, struct store_index *index)
{
	void *map = mmap(NULL, index->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);

	if (map == MAP_FAILED)
		return -1;
	index->map = map;
	return 0;
}

/* 1: there is none, or it is damaged. */
static int load(struct store *s, struct store_index *out, struct fault *why)
{
	CLEANUP(str_free) char *path = index_path(s);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct store_index fresh = {0};
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_errno(why, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > INDEX_MAX)
		return 1;
	fresh.size = (size_t)st.st_size;
	if (fresh.size && map_file(fd, &fresh) < 0)
		return fault_errno(why, "cannot read '%s'", path);
	if (!split(&fresh)) {
		store_index_close(&fresh);
		return 1;
	}
	*out = fresh;
	return 0;
}

/* Where it cannot be written, on a full disk or one that is read-only, it is told from the records all the same. */
static int derive(struct store *s, struct store_index *out, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const int rights = PROT_READ | PROT_WRITE;
	struct store_index fresh = {0};

	if (write_all(s, &text, why) < 0)
		return -1;
	if (!text.len)
		return 0;
	fresh.size = text.len;
	/* cppcheck-suppress invalidFunctionArg -- -1 is how no file is said */
	fresh.map = mmap(NULL, text.len, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fresh.map == MAP_FAILED)
		return fault_errno(why, "cannot hold the list of runs");
	memcpy(fresh.map, text.data, text.len);
	split(&fresh);
	*out = fresh;
	return 0;
}

int store_index_open(struct store *s, struct store_index *out, struct fault *why)
{
	CLEANUP(buf_release) struct buf pending = BUF_INIT;
	struct fault unwritten = FAULT_INIT;
	int found;

	*out = (struct store_index){0};
	if (!fs_is_dir(s->runs))
		return 0;
	buf_printf(&pending, "%s/%s", s->runs, STORE_PENDING);
	if (fs_exists(pending.data) && rebuild(s, &unwritten) < 0)
		return derive(s, out, why);
	found = load(s, out, why);
	if (found <= 0)
		return found;
	if (rebuild(s, &unwritten) < 0)
		return derive(s, out, why);
	found = load(s, out, why);
	return found < 0 ? -1 : 0;
}

void store_index_close(struct store_index *index)
{
	if (index->map)
		munmap(index->map, index->size);
	free(index->lines);
	*index = (struct store_index){0};
}
