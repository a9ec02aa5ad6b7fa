#include "core/secret_allow.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "port/hash.h"
#include "port/match.h"

#include <ctype.h>
#include <string.h>

#define MARK       "git-agent: allow-secret"
#define REASON_MAX 200

/* The word at the start of `line` ends at the result; what follows is its reason. */
static char *split(char *line)
{
	char *end = line + strcspn(line, " \t");

	if (!*end)
		return end;
	*end++ = '\0';
	return end + strspn(end, " \t");
}

static int take(struct secret_allow *a, char *line, struct fault *why)
{
	char *reason = split(line);
	bool glob = !strncmp(line, "path:", 5);

	if (!*reason)
		return fault_set(why, EXIT_FATAL, "expected a reason after '%.60s'", line);
	if (glob) {
		if (match_check(line + 5, why))
			return -1;
		vec_push(&a->globs, line + 5);
		vec_push(&a->glob_reasons, reason);
		return 0;
	}
	if (strlen(line) != SECRET_PRINT_DIGITS ||
		strspn(line, "0123456789abcdef") != SECRET_PRINT_DIGITS)
		return fault_set(why, EXIT_FATAL,
			"expected a fingerprint of %d digits or path:<glob>, and a reason, got '%.60s'",
			SECRET_PRINT_DIGITS, line);
	vec_push(&a->prints, line);
	vec_push(&a->print_reasons, reason);
	return 0;
}

int secret_allow_read(
	struct secret_allow *a, const char *text, size_t len, const char *file, struct fault *why)
{
	CLEANUP(buf_release) struct buf copy = BUF_INIT;
	char *rest, *line;
	int number = 0;

	if (memchr(text, '\0', len))
		return fault_set(why, EXIT_FATAL, "%s: expected text", file);
	buf_add(&copy, text, len);
	rest = copy.data;
	while ((line = strsep(&rest, "\n"))) {
		size_t end = strlen(line);

		number++;
		while (end && isspace((unsigned char)line[end - 1]))
			line[--end] = '\0';
		line += strspn(line, " \t");
		if (*line && *line != '#' && take(a, line, why))
			return fault_wrap(why, "%s:%d", file, number);
	}
	return 0;
}

void secret_allow_release(struct secret_allow *a)
{
	vec_release(&a->prints);
	vec_release(&a->print_reasons);
	vec_release(&a->globs);
	vec_release(&a->glob_reasons);
}

void secret_print(const char *rule, const char *path, const char *secret, size_t len,
	char out[SECRET_PRINT_SIZE])
{
	CLEANUP(buf_release) struct buf all = BUF_INIT;
	char hex[HASH_HEX_SIZE];

	buf_add(&all, rule, strlen(rule) + 1);
	buf_add(&all, path, strlen(path) + 1);
	buf_add(&all, secret, len);
	hash_hex(all.data, all.len, hex);
	memcpy(out, hex, SECRET_PRINT_DIGITS);
	out[SECRET_PRINT_DIGITS] = '\0';
}

const char *secret_allow_find(const struct secret_allow *a, const char *print, const char *path)
{
	for (size_t i = 0; i < a->prints.len; i++)
		if (!strcmp(a->prints.items[i], print))
			return a->print_reasons.items[i];
	for (size_t i = 0; path && i < a->globs.len; i++)
		if (match_path(a->globs.items[i], path))
			return a->glob_reasons.items[i];
	return NULL;
}

/* Without what closes a comment behind it. */
char *secret_allow_inline(const char *line, size_t len)
{
	const char *mark = memmem(line, len, MARK, strlen(MARK));
	const char *end = line + len;
	CLEANUP(buf_release) struct buf reason = BUF_INIT;

	if (!mark)
		return NULL;
	mark += strlen(MARK);
	if (mark == end || !strchr(" \t:", *mark))
		return NULL;
	while (mark < end && strchr(" \t:", *mark))
		mark++;
	buf_add(&reason, mark,
		(size_t)(end - mark) < REASON_MAX ? (size_t)(end - mark) : REASON_MAX);
	for (size_t before = reason.len + 1; before != reason.len;) {
		static const char *const closings[] = {"*/", "-->", "#}", "--}}", "%>", "\r"};

		before = reason.len;
		buf_rtrim(&reason);
		for (size_t i = 0; i < ARRAY_LEN(closings); i++) {
			size_t size = strlen(closings[i]);

			if (reason.len >= size &&
				!strcmp(reason.data + reason.len - size, closings[i]))
				buf_cut(&reason, reason.len - size);
		}
	}
	return reason.len && strlen(reason.data) == reason.len ? buf_take(&reason) : NULL;
}
