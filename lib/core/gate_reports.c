#include "core/gate_reports.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/fs_below.h"
#include "core/redact.h"

#include <dirent.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REPORTS_MAX ((size_t)16 << 20) /* bytes of a stage's reports that are kept */
#define FILES_MAX   2000
#define TICK_MS     11 /* times of files lag behind the clock by so much at most */

/* A path that ends in '/' is a directory whose .xml files are read, not those below it. */
static const char *const places[] = {"junit.xml", "report.xml", "test-results.xml",
	"test-report.xml", "junit-report.xml", "reports/", "test-results/", "test-reports/",
	"build/test-results/test/", "target/surefire-reports/", "target/nextest/default/",
	"TestResults/", "_build/test/lib/"};

struct search {
	const char *tree;
	struct timespec since;
	struct buf *out;
	size_t files;
};

char *gate_reports_path(const char *log)
{
	size_t len = strlen(log);
	struct buf path = BUF_INIT;

	buf_puts(&path, log);
	if (len > 4 && !strcmp(log + len - 4, ".log"))
		buf_cut(&path, len - 4);
	buf_puts(&path, ".junit.xml");
	return buf_take(&path);
}

static bool is_younger(const struct stat *st, const struct timespec *since)
{
	if (st->st_mtim.tv_sec != since->tv_sec)
		return st->st_mtim.tv_sec > since->tv_sec;
	return st->st_mtim.tv_nsec >= since->tv_nsec;
}

/* One that lay there before is of somebody else's tests. */
static void take_file(struct search *s, int dir, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct stat st;

	if (s->out->len > REPORTS_MAX || s->files++ > FILES_MAX ||
		fs_read_at(dir, name, &text, REPORTS_MAX, &st) || !is_younger(&st, &s->since))
		return;
	buf_add(s->out, text.data, text.len);
	buf_putc(s->out, '\n');
}

static void take_dir(struct search *s, int fd)
{
	DIR *dir = fdopendir(dup(fd));
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len > 4 && !strcmp(entry->d_name + len - 4, ".xml"))
			take_file(s, fd, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

static void look(struct search *s, const char *place)
{
	bool whole = place[strlen(place) - 1] == '/';
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	CLEANUP(fd_close) int dir = -1;

	buf_printf(&path, "%s%s", place, whole ? "any" : "");
	dir = fs_open_parent(s->tree, path.data, false);
	if (dir >= 0 && whole)
		take_dir(s, dir);
	else if (dir >= 0)
		take_file(s, dir, fs_basename(path.data));
}

void gate_reports_keep(const char *tree, int64_t took_ms, const char *log)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(str_free) char *path = gate_reports_path(log);
	struct search s = {.tree = tree, .out = &text};
	struct fault ignored = FAULT_INIT;
	int64_t since;

	clock_gettime(CLOCK_REALTIME, &s.since);
	since = (int64_t)s.since.tv_sec * 1000 + s.since.tv_nsec / 1000000 - took_ms - TICK_MS;
	s.since.tv_sec = (time_t)(since / 1000);
	s.since.tv_nsec = (long)(since % 1000) * 1000000;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		look(&s, places[i]);
	fs_remove(path, &ignored);
	redact(&text);
	if (text.len)
		fs_write_derived(path, text.data, text.len, &ignored);
}
