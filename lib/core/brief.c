#include "core/brief.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/run.h"
#include "port/markdown.h"
#include "port/match.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define TITLE_MAX  200 /* bytes */
#define MAY_CHANGE "may-change"

static const char *const acceptance_headings[] = {
	"acceptance criteria", "acceptance", "done when", "definition of done", NULL};

static const char *const scope_headings[] = {"scope", "in scope", "out of scope", "files", NULL};

/* --- lines ------------------------------------------------------------------------------------ */

/* The line at *at as a copy without what surrounds it, to be freed; NULL at the end. */
static char *next_line(const char **at)
{
	const char *line = *at;
	size_t len = strcspn(line, "\n");

	if (!*line)
		return NULL;
	*at = line + len + (line[len] == '\n');
	while (len && strchr(" \t\r", *line))
		line++, len--;
	while (len && strchr(" \t\r", line[len - 1]))
		len--;
	return xstrndup(line, len);
}

/* The start of line `number`, from 1, or the end of the text. */
static const char *line_start(const char *text, int number)
{
	while (--number > 0 && *text) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return text;
}

/* One line without controls, of at most TITLE_MAX bytes. The caller frees. */
static char *one_line(const char *text)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	size_t len = TITLE_MAX;

	buf_puts(&line, text);
	text_clean(&line);
	for (size_t i = 0; i < line.len; i++)
		if (strchr("\n\t", line.data[i]))
			line.data[i] = ' ';
	if (line.len > len) {
		while (len && ((unsigned char)line.data[len] & 0xc0) == 0x80)
			len--;
		buf_cut(&line, len);
	}
	buf_rtrim(&line);
	buf_splice(&line, 0, strspn(line.data, " "), "", 0);
	return buf_take(&line);
}

/* --- front matter ----------------------------------------------------------------------------- */

struct front {
	struct brief *b;
	char *tests;
};

static int take_name(struct brief *b, struct fault *why)
{
	if (!b->name || run_name_valid(b->name))
		return 0;
	return fault_set(why, EXIT_FATAL,
		"brief '%s': name: expected letters a to z, digits and dashes (at most %d), got '%s'",
		b->source, RUN_NAME_MAX, b->name);
}

static int take_tests(struct brief *b, const char *value, struct fault *why)
{
	size_t len = strlen(MAY_CHANGE);

	if (strncmp(value, MAY_CHANGE, len) || !strchr(" \t", value[len]))
		return fault_set(why, EXIT_FATAL,
			"brief '%s': tests: expected 'may-change <path>', got '%s'", b->source,
			value);
	vec_push_split(&b->may_change, value + len);
	for (size_t i = 0; i < b->may_change.len; i++)
		if (match_check(b->may_change.items[i], why))
			return fault_wrap(why, "brief '%s': tests", b->source);
	if (b->may_change.len)
		return 0;
	return fault_set(why, EXIT_FATAL, "brief '%s': tests: expected a path after 'may-change'",
		b->source);
}

static const struct {
	const char *key;
	size_t offset; /* in struct front, or with `outer` in struct brief */
	bool outer;
} front_keys[] = {
	{"title", offsetof(struct brief, title), true},
	{"name", offsetof(struct brief, name), true},
	{"agent", offsetof(struct brief, agent), true},
	{"model", offsetof(struct brief, model), true},
	{"tests", offsetof(struct front, tests), false},
};

/* Length of the key of a `key: value` line; 0: it is none. */
static size_t key_len(const char *line)
{
	size_t len = 0;

	while (isalnum((unsigned char)line[len]) || (len && strchr("_-", line[len]) && line[len]))
		len++;
	return line[len] == ':' && strchr(" \t", line[len + 1]) ? len : 0;
}

static void take_line(struct front *f, const char *line, size_t len)
{
	CLEANUP(str_free) char *key = xstrndup(line, len);
	CLEANUP(str_free) char *value = one_line(line + len + 1);
	size_t size = strlen(value);

	if (size >= 2 && strchr("\"'", *value) && value[size - 1] == *value) {
		memmove(value, value + 1, size - 2);
		value[size - 2] = '\0';
	}
	for (size_t i = 0; i < ARRAY_LEN(front_keys); i++) {
		char *base = front_keys[i].outer ? (char *)f->b : (char *)f;
		char **into = (char **)(void *)(base + front_keys[i].offset);

		if (strcasecmp(front_keys[i].key, key))
			continue;
		if (*into)
			vec_pushf(&f->b->warnings, "brief '%s': %s: given twice, the first counts",
				f->b->source, key);
		else if (*value)
			*into = xstrdup(value);
		return;
	}
	vec_pushf(&f->b->warnings, "brief '%s': unknown key '%s' in the front matter", f->b->source,
		key);
}

/* Where the line `---` that closes the front matter ends; NULL: the text has none. */
static const char *front_end(const char *text)
{
	const char *at = text;
	CLEANUP(str_free) char *first = next_line(&at);
	bool keys = false;

	if (!first || *text != '-' || strcmp(first, "---") != 0)
		return NULL;
	for (;;) {
		CLEANUP(str_free) char *line = next_line(&at);

		if (!line)
			return NULL;
		if (!strcmp(line, "---"))
			return keys ? at : NULL; /* without a key these are two rules */
		keys |= key_len(line) > 0;
	}
}

/* Takes the front matter and tells where the body starts. */
static int read_front(struct brief *b, const char **body, struct fault *why)
{
	const char *at = b->text, *end = front_end(b->text);
	struct front front = {.b = b};
	int rc;

	*body = b->text;
	if (!end)
		return 0;
	*body = end;
	at = line_start(at, 2);
	while (at < end) {
		CLEANUP(str_free) char *line = next_line(&at);
		size_t len = key_len(line);

		if (len)
			take_line(&front, line, len);
		else if (*line && *line != '#' && at < end)
			vec_pushf(&b->warnings,
				"brief '%s': expected 'key: value' in the front matter", b->source);
	}
	rc = take_name(b, why);
	if (!rc && front.tests)
		rc = take_tests(b, front.tests, why);
	str_free(&front.tests);
	return rc;
}

/* --- sections --------------------------------------------------------------------------------- */

/* Which of the words the heading is, without numbers, marks and blanks around it; -1: none. */
static int index_of(const char *heading, const char *const *words)
{
	size_t len;

	while (*heading && !isalpha((unsigned char)*heading))
		heading++;
	for (len = strlen(heading); len && !isalpha((unsigned char)heading[len - 1]); len--)
		;
	for (int i = 0; words[i]; i++)
		if (len == strlen(words[i]) && !strncasecmp(heading, words[i], len))
			return i;
	return -1;
}

/* The text below heading `i` up to the next one that is no deeper; *next is that one. */
static char *section_text(const struct markdown *m, const char *text, size_t i, size_t *next)
{
	const char *start = line_start(text, m->headings[i].end_line + 1), *end;
	CLEANUP(buf_release) struct buf section = BUF_INIT;

	for (*next = i + 1; *next < m->len; ++*next)
		if (m->headings[*next].level <= m->headings[i].level)
			break;
	end = *next < m->len ? line_start(text, m->headings[*next].line) : text + strlen(text);
	while (start < end && strchr("\r\n", *start))
		start++;
	buf_add(&section, start, (size_t)(end - start));
	while (section.len && isspace((unsigned char)section.data[section.len - 1]))
		buf_cut(&section, section.len - 1);
	return buf_take(&section);
}

/*
 * Every section whose heading is one of the words. Its heading stays with it where another stands before, and
 * where it is not one of the first `plain` words: it then says something. NULL: there is none.
 */
static char *sections(
	const struct markdown *m, const char *text, const char *const *words, int plain)
{
	CLEANUP(buf_release) struct buf all = BUF_INIT;

	for (size_t i = 0, next; i < m->len; i = next) {
		CLEANUP(str_free) char *section = NULL;
		int which = index_of(m->headings[i].text, words);

		next = i + 1;
		if (which < 0)
			continue;
		section = section_text(m, text, i, &next);
		if (!*section)
			continue;
		if (all.len || which >= plain)
			buf_printf(&all, "%s%s:\n", all.len ? "\n\n" : "", m->headings[i].text);
		buf_puts(&all, section);
	}
	return all.len ? buf_take(&all) : NULL;
}

static char *find_title(const struct markdown *m, const char *body)
{
	for (size_t i = 0; i < m->len; i++) {
		char *title = one_line(m->headings[i].text);

		if (*title)
			return title;
		str_free(&title);
	}
	for (char *line; (line = next_line(&body)); str_free(&line)) {
		char *title = one_line(line);

		if (*title) {
			str_free(&line);
			return title;
		}
		str_free(&title);
	}
	return xstrdup("untitled");
}

/* --- reading ---------------------------------------------------------------------------------- */

static int check_bytes(const char *source, const char *bytes, size_t len, struct fault *why)
{
	int line = 1;

	if (len > BRIEF_MAX) {
		fault_set(why, EXIT_FATAL, "brief '%s' is larger than %d KiB", source,
			BRIEF_MAX / 1024);
		return fault_hint(why, "name the files that matter instead of pasting them");
	}
	if (text_is_binary(bytes, len)) {
		fault_set(why, EXIT_FATAL, "brief '%s' is binary", source);
		return fault_hint(why, "a brief is Markdown text in UTF-8");
	}
	if (text_is_utf8(bytes, len))
		return 0;
	for (const char *end = bytes + len; bytes < end; line++) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));

		if (!text_is_utf8(bytes, (size_t)((newline ? newline : end) - bytes)))
			break;
		bytes = newline ? newline + 1 : end;
	}
	fault_set(why, EXIT_FATAL, "brief '%s' is not UTF-8 text (line %d)", source, line);
	return fault_hint(why, "iconv -f LATIN1 -t UTF-8 <brief> | git agent issue -");
}

/* Markdown's lines end at a lone carriage return too; here they are told apart by newlines. */
static void end_lines(char *text)
{
	for (; *text; text++)
		if (*text == '\r' && text[1] != '\n')
			*text = '\n';
}

static void init(struct brief *b, const char *source)
{
	*b = (struct brief){.may_change = VEC_INIT, .warnings = VEC_INIT};
	b->source = xstrdup(source);
}

static int parse(struct brief *b, const char *bytes, size_t len, struct fault *why)
{
	struct markdown m;
	const char *body;

	if (check_bytes(b->source, bytes, len, why))
		return -1;
	if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
		bytes += 3;
		len -= 3;
	}
	b->text = xstrndup(bytes, len);
	end_lines(b->text);
	if (read_front(b, &body, why))
		return -1;
	if (!body[strspn(body, " \t\r\n")]) {
		fault_set(why, EXIT_FATAL, "brief '%s' is empty", b->source);
		return fault_hint(why, "say what is to be done, and how one sees that it is done");
	}
	b->body = xstrdup(body);
	markdown_parse(b->body, strlen(b->body), &m);
	if (!b->title)
		b->title = find_title(&m, b->body);
	b->acceptance = sections(&m, b->body, acceptance_headings, INT_MAX);
	b->scope = sections(&m, b->body, scope_headings, 1);
	markdown_release(&m);
	if (!b->acceptance)
		vec_pushf(&b->warnings,
			"brief '%s' has no acceptance criteria: only the gate will tell whether the "
			"work is done (add a section '## Acceptance criteria')",
			b->source);
	return 0;
}

int brief_parse(
	struct brief *b, const char *source, const char *bytes, size_t len, struct fault *why)
{
	init(b, source);
	return parse(b, bytes, len, why);
}

/* What a forge would have to be asked for is named as such where no file has the name. */
static int explain_missing(const char *path, struct fault *why)
{
	bool number = *path == '#' && path[1] && !path[1 + strspn(path + 1, "0123456789")];
	bool url = !strncasecmp(path, "https://", 8) || !strncasecmp(path, "http://", 7);
	CLEANUP(buf_release) struct buf word = BUF_INIT;

	text_put_shell_word(&word, number ? path + 1 : path);
	if (number || url) {
		fault_set(why, EXIT_FATAL, "cannot read brief '%s': it is %s, not a file", path,
			number ? "an issue of a forge" : "a URL");
		if (number || strstr(path, "//github.com/"))
			return fault_hint(why, "gh issue view %s | git agent issue -", word.data);
		return fault_hint(why, "curl -fsSL %s | git agent issue -", word.data);
	}
	errno = ENOENT;
	fault_errno(why, "cannot read brief '%s'", path);
	return fault_hint(why, "name a Markdown file, or - for standard input");
}

static int open_brief(const char *path, const char *dir, int *fd, struct fault *why)
{
	CLEANUP(str_free)
	char *full = *path == '/' ? xstrdup(path) : fs_join(dir ? dir : ".", path);
	struct stat st;

	if (!*path)
		return explain_missing(path, why);
	*fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return explain_missing(path, why);
	if (*fd < 0 || fstat(*fd, &st))
		return fault_errno(why, "cannot read brief '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return 0;
	fault_set(why, EXIT_FATAL, "brief '%s' is a directory", path);
	return fault_hint(why, "name the Markdown file in it");
}

static char *stem_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	return xstrndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

int brief_read(struct brief *b, const char *path, const char *dir, int in_fd, struct fault *why)
{
	bool standard = !strcmp(path, "-");
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	CLEANUP(fd_close) int fd = -1;

	init(b, standard ? "standard input" : path);
	if (!standard && open_brief(path, dir, &fd, why))
		return -1;
	if (fs_read_fd(standard ? in_fd : fd, &bytes, BRIEF_MAX, why)) {
		fault_wrap(why, "cannot read brief '%s'", b->source);
		return fault_hint(
			why, "a brief is Markdown text, at most %d KiB", BRIEF_MAX / 1024);
	}
	if (!standard)
		b->stem = stem_of(path);
	return parse(b, bytes.data, bytes.len, why);
}

void brief_release(struct brief *b)
{
	char **owned[] = {&b->source, &b->text, &b->body, &b->title, &b->name, &b->stem, &b->agent,
		&b->model, &b->acceptance, &b->scope};

	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		str_free(owned[i]);
	vec_release(&b->may_change);
	vec_release(&b->warnings);
}
