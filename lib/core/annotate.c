#include "core/annotate.h"

#include "base/alloc.h"
#include "base/text.h"
#include "port/hash.h"
#include "port/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX        1000 /* bytes of one */
#define LINE_MAX_NUMBER 10000000

static char *one_line(const char *text)
{
	CLEANUP(str_free) char *cut = xstrndup(text, TEXT_MAX);
	char *clean = text_cleaned(cut);

	for (char *c = clean; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	return clean;
}

void annotate(struct annotations *a, enum annotation_level level, const char *rule,
	const char *path, int line, const char *text)
{
	GROW(a->items, a->len, a->cap);
	a->items[a->len++] = (struct annotation){.level = level,
		.rule = one_line(rule),
		.path = path && *path ? one_line(path) : NULL,
		.line = line,
		.text = one_line(text)};
}

void annotations_release(struct annotations *a)
{
	for (size_t i = 0; i < a->len; i++) {
		str_free(&a->items[i].rule);
		str_free(&a->items[i].path);
		str_free(&a->items[i].text);
	}
	free(a->items);
	*a = (struct annotations)ANNOTATIONS_INIT;
}

static const char *const levels[] = {"notice", "warning", "error"};

/* --- plain ------------------------------------------------------------------------------------- */

static void put_plain(const struct annotations *a, struct buf *out)
{
	for (size_t i = 0; i < a->len; i++) {
		const struct annotation *n = &a->items[i];

		buf_printf(out, "%s: %s: ", levels[n->level], n->rule);
		if (n->path && n->line)
			buf_printf(out, "%s:%d: ", n->path, n->line);
		else if (n->path)
			buf_printf(out, "%s: ", n->path);
		buf_printf(out, "%s\n", n->text);
	}
}

static void fold_plain(const char *name, long at, struct buf *out)
{
	(void)at;
	buf_printf(out, "--- %s\n", name);
}

static void fold_nothing(const char *name, long at, struct buf *out)
{
	(void)name;
	(void)at;
	(void)out;
}

/* --- commands of a workflow -------------------------------------------------------------------- */

/* In what follows the two colons '%' and line ends are written as in a URL, in a property ':' and ',' too. */
static void put_escaped(struct buf *out, const char *text, const char *more)
{
	for (const char *c = text; *c; c++)
		if (*c == '%' || *c == '\r' || *c == '\n' || strchr(more, *c))
			buf_printf(out, "%%%02X", (unsigned char)*c);
		else
			buf_putc(out, *c);
}

static void put_github(const struct annotations *a, struct buf *out)
{
	for (size_t i = 0; i < a->len; i++) {
		const struct annotation *n = &a->items[i];

		buf_printf(out, "::%s ", levels[n->level]);
		if (n->path) {
			buf_puts(out, "file=");
			put_escaped(out, n->path, ":,");
			buf_putc(out, ',');
		}
		if (n->path && n->line)
			buf_printf(out, "line=%d,", n->line);
		buf_puts(out, "title=");
		put_escaped(out, n->rule, ":,");
		buf_puts(out, "::");
		put_escaped(out, n->text, "");
		buf_putc(out, '\n');
	}
}

static void open_github(const char *name, long at, struct buf *out)
{
	(void)at;
	buf_puts(out, "::group::");
	put_escaped(out, name, "");
	buf_putc(out, '\n');
}

static void close_github(const char *name, long at, struct buf *out)
{
	(void)name;
	(void)at;
	buf_puts(out, "::endgroup::\n");
}

/* --- sections of a job's log, and a code quality report ---------------------------------------- */

static void put_section(struct buf *out, const char *mark, const char *name, long at)
{
	buf_printf(out, "\033[0Ksection_%s:%ld:", mark, at);
	for (const char *c = name; *c; c++)
		buf_putc(out, isalnum((unsigned char)*c) || strchr("._-", *c) ? *c : '_');
}

static void open_gitlab(const char *name, long at, struct buf *out)
{
	put_section(out, "start", name, at);
	buf_printf(out, "[collapsed=true]\r\033[0K%s\n", name);
}

static void close_gitlab(const char *name, long at, struct buf *out)
{
	put_section(out, "end", name, at);
	buf_puts(out, "\r\033[0K\n");
}

static struct json *quality(const struct annotation *n)
{
	static const char *const severities[] = {"info", "minor", "major"};
	CLEANUP(buf_release) struct buf key = BUF_INIT;
	struct json *one = json_object(), *location = json_object(), *lines = json_object();
	char print[HASH_HEX_SIZE];

	buf_printf(&key, "%s\n%s\n%s", n->rule, n->path ? n->path : "", n->text);
	hash_hex(key.data, key.len, print);
	json_set_text(one, "description", n->text);
	json_set_text(one, "check_name", n->rule);
	json_set_text(one, "fingerprint", print);
	json_set_text(one, "severity", severities[n->level]);
	/* One of no file is shown at the policy, which says what is checked. */
	json_set_text(location, "path", n->path ? n->path : ".gitagent");
	json_set_int(lines, "begin", n->line ? n->line : 1);
	json_set(location, "lines", lines);
	json_set(one, "location", location);
	return one;
}

static void put_quality(const struct annotations *a, struct buf *out)
{
	CLEANUP(json_free) struct json *list = json_array();

	for (size_t i = 0; i < a->len; i++)
		json_push(list, quality(&a->items[i]));
	json_write(list, true, out);
	buf_putc(out, '\n');
}

/* --- SARIF 2.1.0 ------------------------------------------------------------------------------- */

static struct json *with_text(const char *text)
{
	struct json *message = json_object();

	json_set_text(message, "text", text);
	return message;
}

static struct json *location(const struct annotation *n)
{
	struct json *one = json_object(), *physical = json_object(), *file = json_object();

	json_set_text(file, "uri", n->path);
	json_set(physical, "artifactLocation", file);
	if (n->line) {
		struct json *region = json_object();

		json_set_int(region, "startLine", n->line);
		json_set(physical, "region", region);
	}
	json_set(one, "physicalLocation", physical);
	return one;
}

static struct json *result(const struct annotation *n)
{
	static const char *const sarif[] = {"note", "warning", "error"};
	struct json *one = json_object(), *places = json_array();

	json_set_text(one, "ruleId", n->rule);
	json_set_text(one, "level", sarif[n->level]);
	json_set(one, "message", with_text(n->text));
	if (n->path)
		json_push(places, location(n));
	json_set(one, "locations", places);
	return one;
}

static struct json *rules(const struct annotations *a)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct json *list = json_array();

	for (size_t i = 0; i < a->len; i++) {
		struct json *one;

		if (vec_has(&names, a->items[i].rule))
			continue;
		vec_push(&names, a->items[i].rule);
		one = json_object();
		json_set_text(one, "id", a->items[i].rule);
		json_push(list, one);
	}
	return list;
}

static void put_sarif(const struct annotations *a, struct buf *out)
{
	CLEANUP(json_free) struct json *whole = json_object();
	struct json *runs = json_array(), *run = json_object(), *results = json_array();
	struct json *tool = json_object(), *driver = json_object();

	json_set_text(driver, "name", "git-agent");
	json_set_text(driver, "version", VERSION);
	json_set(driver, "rules", rules(a));
	json_set(tool, "driver", driver);
	json_set(run, "tool", tool);
	for (size_t i = 0; i < a->len; i++)
		json_push(results, result(&a->items[i]));
	json_set(run, "results", results);
	json_push(runs, run);
	json_set_text(whole, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_set_text(whole, "version", "2.1.0");
	json_set(whole, "runs", runs);
	json_write(whole, true, out);
	buf_putc(out, '\n');
}

static const struct annotate_format formats[] = {
	{"plain", false, put_plain, fold_plain, fold_nothing},
	{"github", false, put_github, open_github, close_github},
	{"gitlab", false, put_plain, open_gitlab, close_gitlab},
	{"codequality", true, put_quality, fold_nothing, fold_nothing},
	{"sarif", true, put_sarif, fold_nothing, fold_nothing},
};

const char *const annotate_formats[] = {"plain", "github", "gitlab", "codequality", "sarif", NULL};

const struct annotate_format *annotate_format(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

/* --- what a stage printed ---------------------------------------------------------------------- */

/* A number of a line at *text, which goes past it; 0: none. */
static int take_number(const char **text)
{
	long number;
	char *end = NULL;

	if (!isdigit((unsigned char)**text))
		return 0;
	number = strtol(*text, &end, 10);
	*text = end;
	return number > 0 && number < LINE_MAX_NUMBER ? (int)number : 0;
}

/* "path:12: text" or "path:12:3: text". The path is the caller's to free; NULL: the line is none. */
static char *take_colons(const char *line, int *number, const char **text)
{
	const char *colon = strchr(line, ':'), *at;

	if (!colon || colon == line)
		return NULL;
	at = colon + 1;
	*number = take_number(&at);
	if (!*number || *at != ':')
		return NULL;
	at++;
	if (isdigit((unsigned char)*at)) {
		take_number(&at);
		at += *at == ':';
	}
	*text = at + strspn(at, " ");
	return xstrndup(line, (size_t)(colon - line));
}

/* `File "path", line 12, in name`. */
static char *take_python(const char *line, int *number, const char **text)
{
	static const char before[] = "File \"", between[] = "\", line ";
	const char *start = strstr(line, before), *end;

	start = start ? start + strlen(before) : NULL;
	end = start ? strstr(start, between) : NULL;
	if (!end)
		return NULL;
	*text = end + strlen(between);
	*number = take_number(text);
	*text = line + strspn(line, " ");
	return *number ? xstrndup(start, (size_t)(end - start)) : NULL;
}

void annotate_output(struct annotations *a, const char *rule, const char *output, size_t max,
	bool (*knows)(void *state, const char *path), void *state)
{
	for (const char *line = output, *next; *line && max; line = next) {
		size_t len = strcspn(line, "\n");
		CLEANUP(str_free) char *copy = xstrndup(line, len);
		CLEANUP(str_free) char *path = NULL;
		const char *text = "", *name;
		int number = 0;

		next = line + len + (line[len] == '\n');
		path = take_colons(copy + strspn(copy, " "), &number, &text);
		if (!path)
			path = take_python(copy, &number, &text);
		if (!path)
			continue;
		name = path + (strncmp(path, "./", 2) ? 0 : 2);
		if (!*name || (knows && !knows(state, name)))
			continue;
		annotate(a, ANNOTATE_ERROR, rule, name, number, *text ? text : "here");
		max--;
	}
}
