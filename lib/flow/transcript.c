#include "flow/transcript.h"
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "core/network.h"
#include "core/redact.h"
#include "port/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS   200
#define CHUNK_MAX (1024 * 1024)

struct source { /* a file of the run, and how far it was printed */
	char *path;
	char *title;
	off_t offset;
};

struct transcript {
	struct store *store;
	const char *id;
	bool json;
	enum run_state state; /* as the events printed so far say */
	int pass;
	struct source *sources;
	size_t len, cap;
	const struct source *last; /* printed last: another one gets a heading */
};

static void release(struct transcript *t)
{
	for (size_t i = 0; i < t->len; i++) {
		str_free(&t->sources[i].path);
		str_free(&t->sources[i].title);
	}
	free(t->sources);
}

static struct source *find_source(struct transcript *t, const char *path, const char *title)
{
	for (size_t i = 0; i < t->len; i++)
		if (!strcmp(t->sources[i].path, path))
			return &t->sources[i];
	GROW(t->sources, t->len, t->cap);
	t->sources[t->len] = (struct source){.path = xstrdup(path), .title = xstrdup(title)};
	return &t->sources[t->len++];
}

/* What the file has beyond the offset, up to its last whole line unless `all`. */
static int read_more(struct source *s, bool all, struct buf *out, struct fault *why)
{
	CLEANUP(fd_close) int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(why, "cannot read '%s'", s->path);
	buf_reserve(out, CHUNK_MAX);
	got = pread(fd, out->data, CHUNK_MAX, s->offset);
	if (got < 0)
		return fault_errno(why, "cannot read '%s'", s->path);
	while (!all && got > 0 && got < CHUNK_MAX && out->data[got - 1] != '\n')
		got--;
	out->len = (size_t)got;
	out->data[got] = '\0';
	s->offset += got;
	return 0;
}

static void print_event(const struct json *event)
{
	CLEANUP(str_free) char *note = text_cleaned(json_text(event, "note", ""));
	CLEANUP(str_free) char *time = text_cleaned(json_text(event, "time", ""));
	CLEANUP(str_free) char *to = text_cleaned(json_text(event, "to", "?"));

	redact_string(&note);
	term_outf("%s%.20s  %s%s%s%s\n", term_paint(PAINT_BOLD, false), time, to, *note ? ": " : "",
		note, term_paint(PAINT_PLAIN, false));
}

static int print_file(
	struct transcript *t, const char *path, const char *title, bool all, struct fault *why)
{
	struct source *s = find_source(t, path, title);
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	do {
		buf_clear(&text);
		if (read_more(s, all, &text, why) < 0)
			return -1;
		if (!text.len)
			return 0;
		if (t->last != s && text.len)
			term_outf("%s-- %s%s\n", term_paint(PAINT_DIM, false), title,
				term_paint(PAINT_PLAIN, false));
		t->last = s;
		text_clean(&text);
		redact(&text);
		term_out(text.data, text.len);
		if (all && text.len && text.data[text.len - 1] != '\n')
			term_out("\n", 1);
	} while (text.len);
	return 0;
}

static int print_gate(struct transcript *t, int pass, bool all, struct fault *why)
{
	char name[32];
	CLEANUP(str_free) char *dir = NULL;
	CLEANUP(vec_release) struct vec logs = VEC_INIT;

	snprintf(name, sizeof name, "gate-%d", pass);
	dir = store_path(t->store, t->id, name);
	if (fs_list(dir, &logs, why) < 0)
		return -1;
	for (size_t i = 0; i < logs.len; i++) {
		CLEANUP(str_free) char *path = fs_join(dir, logs.items[i]);
		CLEANUP(buf_release) struct buf title = BUF_INIT;

		buf_printf(&title, "gate %d, %.*s", pass, (int)strcspn(logs.items[i], "."),
			logs.items[i]);
		if (print_file(t, path, title.data, all, why) < 0)
			return -1;
	}
	return 0;
}

/* The files of the state the run is in: setup, then an agent's log and a gate's logs per pass. */
static int print_phase(struct transcript *t, bool all, struct fault *why)
{
	CLEANUP(str_free) char *path = NULL;
	char name[32], title[32];

	if (t->state == RUN_PREPARING) {
		path = store_path(t->store, t->id, "setup.log");
		return print_file(t, path, "setup", all, why);
	}
	if (t->state == RUN_GATING)
		return print_gate(t, t->pass ? t->pass : 1, all, why);
	if (t->state != RUN_WORKING)
		return 0;
	snprintf(name, sizeof name, "agent-%d.log", t->pass);
	snprintf(title, sizeof title, "agent, pass %d", t->pass);
	path = store_path(t->store, t->id, name);
	return print_file(t, path, title, all, why);
}

/* A transition ends what the state before it printed, and says which files come next. */
static int take_event(struct transcript *t, const char *line, struct fault *why)
{
	struct fault torn = FAULT_INIT;
	CLEANUP(json_free) struct json *event = NULL;
	int state;

	if (json_parse(line, strlen(line), &event, &torn) < 0)
		return 0;
	if (print_phase(t, true, why) < 0)
		return -1;
	print_event(event);
	t->last = NULL;
	state = run_state_parse(json_text(event, "to", ""));
	if (state < 0)
		return 0;
	t->state = (enum run_state)state;
	t->pass += t->state == RUN_WORKING;
	return 0;
}

static int print_round(struct transcript *t, bool all, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(t->store, t->id, "events.ndjson");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char *line, *rest;

	if (read_more(find_source(t, path, ""), false, &text, why) < 0)
		return -1;
	if (t->json) {
		term_out(text.data, text.len);
		return 0;
	}
	for (line = text.len ? strtok_r(text.data, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest))
		if (take_event(t, line, why) < 0)
			return -1;
	return print_phase(t, all, why);
}

static void print_network(const struct transcript *t)
{
	CLEANUP(network_release) struct network n = NETWORK_INIT;
	CLEANUP(str_free) char *log = store_path(t->store, t->id, "network.ndjson");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (network_read(&n, log, NULL, &ignored) == 0)
		network_put(&n, "", &text);
	term_out(text.data, text.len);
}

static int is_over(struct transcript *t, struct fault *why)
{
	CLEANUP(run_release) struct run r;
	int found = store_read(t->store, t->id, &r, why);

	if (found == 1) {
		fault_set(why, EXIT_FATAL, "there is no run '%s'", t->id);
		fault_hint(why, "git agent status");
	}
	return found ? -1 : run_is_over(r.state);
}

int transcript_print(struct store *store, const char *id, bool follow, bool json, struct fault *why)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	struct transcript t = {.store = store, .id = id, .json = json, .state = RUN_QUEUED};
	int over, done = 0;

	do {
		over = is_over(&t, why);
		done = over < 0 ? -1 : print_round(&t, over || !follow, why);
		fflush(stdout);
		if (!done && follow && !over)
			nanosleep(&pause, NULL);
	} while (!done && follow && !over && !proc_stop_requested());
	if (!done && over && !json)
		print_network(&t);
	release(&t);
	return done;
}
