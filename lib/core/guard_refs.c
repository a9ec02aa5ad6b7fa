#include "core/guard_refs.h"

#include "base/alloc.h"
#include "port/match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OID_SHA1   40
#define OID_SHA256 64
#define GLOB_CHARS "*?[\\"
#define REGEX_MARK "re:"

static bool is_oid(const char *text, size_t len)
{
	if (len != OID_SHA1 && len != OID_SHA256)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
			return false;
	return true;
}

static bool is_zero(const char *oid, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (oid[i] != '0')
			return false;
	return true;
}

/* Cuts the last blank-separated field off the `*len` bytes; false: there is no blank before it. */
static bool take_field(const char *line, size_t *len, const char **field, size_t *field_len)
{
	const char *blank = memrchr(line, ' ', *len);

	if (!blank)
		return false;
	*field = blank + 1;
	*field_len = *len - (size_t)(blank + 1 - line);
	*len = (size_t)(blank - line);
	return true;
}

static bool ends_record(const char *line, size_t len, struct guard_update *out)
{
	size_t old_len, new_len;

	return take_field(line, &len, &out->old_oid, &old_len) && is_oid(out->old_oid, old_len) &&
	       take_field(line, &len, &out->ref, &out->ref_len) && out->ref_len > 0 &&
	       take_field(line, &len, &out->new_oid, &new_len) && new_len == old_len &&
	       is_oid(out->new_oid, new_len) && (out->oid_len = new_len);
}

int guard_refs_parse(const char *bytes, size_t len, struct guard_updates *out, struct fault *why)
{
	const char *end = bytes + len;
	bool complete = true;

	if (memchr(bytes, 0, len))
		return fault_set(why, EXIT_REFUSED, "what git says it pushes holds a NUL");
	for (const char *line = bytes, *newline; line < end; line = newline + 1) {
		struct guard_update update;

		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline) {
			complete = false;
			break;
		}
		complete = ends_record(line, (size_t)(newline - line), &update);
		if (!complete)
			continue;
		if (update.ref_len < 5 || memcmp(update.ref, "refs/", 5) != 0)
			return fault_set(why, EXIT_REFUSED,
				"a ref to be pushed does not start with 'refs/'");
		update.deletion = is_zero(update.new_oid, update.oid_len);
		update.creation = is_zero(update.old_oid, update.oid_len);
		GROW(out->items, out->len, out->cap);
		out->items[out->len++] = update;
	}
	if (!complete)
		return fault_set(why, EXIT_REFUSED, "what git says it pushes does not parse");
	return 0;
}

/* "<old id> <new id> <ref>": a ref's name holds no blank, and what git sends is exactly so. */
static bool read_received(const char *line, size_t len, struct guard_update *out)
{
	const char *first = memchr(line, ' ', len);
	size_t oid = first ? (size_t)(first - line) : 0;

	if (len < 2 * oid + 3 || line[2 * oid + 1] != ' ')
		return false;
	*out = (struct guard_update){.old_oid = line,
		.new_oid = line + oid + 1,
		.ref = line + 2 * oid + 2,
		.oid_len = oid,
		.ref_len = len - 2 * oid - 2};
	out->deletion = is_zero(out->new_oid, oid);
	out->creation = is_zero(out->old_oid, oid);
	return is_oid(out->old_oid, oid) && is_oid(out->new_oid, oid) && out->ref_len > 5 &&
	       memcmp(out->ref, "refs/", 5) == 0 && !memchr(out->ref, ' ', out->ref_len);
}

int guard_received_parse(
	const char *bytes, size_t len, struct guard_updates *out, struct fault *why)
{
	const char *end = bytes + len;

	if (memchr(bytes, 0, len))
		return fault_set(why, EXIT_REFUSED, "what git says it receives holds a NUL");
	for (const char *line = bytes, *newline; line < end; line = newline + 1) {
		struct guard_update update;

		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline || !read_received(line, (size_t)(newline - line), &update))
			return fault_set(
				why, EXIT_REFUSED, "what git says it receives does not parse");
		GROW(out->items, out->len, out->cap);
		out->items[out->len++] = update;
	}
	return 0;
}

void guard_updates_release(struct guard_updates *updates)
{
	free(updates->items);
	*updates = (struct guard_updates)GUARD_UPDATES_INIT;
}

static char *lowered(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

/* Most patterns are plain names, and compiling a glob costs more than the rest of the judgement. */
static bool matches(const char *pattern, const char *name)
{
	size_t plain = strcspn(pattern, GLOB_CHARS);

	if (strncmp(pattern, name, plain) != 0)
		return false;
	return pattern[plain] ? match_name(pattern, name) : name[plain] == '\0';
}

/* Such a pattern protects branches, but where it begins as a full name does. */
static bool protects_regex(const char *regex, const char *ref)
{
	const char *start = regex + (*regex == '^');

	if (strncmp(start, "refs/", 5) == 0)
		return match_whole(regex, ref);
	return strncasecmp(ref, "refs/heads/", 11) == 0 && match_whole(regex, ref + 11);
}

static bool protects(const char *pattern, const char *ref)
{
	if (strncmp(pattern, "refs/", 5) == 0)
		return matches(pattern, ref);
	return strncmp(ref, "refs/heads/", 11) == 0 && matches(pattern, ref + 11);
}

enum guard_verdict guard_refs_judge(const char *ref, const struct vec *patterns)
{
	CLEANUP(str_free) char *folded = lowered(ref);

	if (strncmp(folded, "refs/agent/", 11) == 0)
		return GUARD_OWN;
	for (size_t i = 0; i < patterns->len; i++) {
		CLEANUP(str_free) char *pattern = NULL;

		if (strncmp(patterns->items[i], REGEX_MARK, strlen(REGEX_MARK)) == 0) {
			if (protects_regex(patterns->items[i] + strlen(REGEX_MARK), ref))
				return GUARD_PROTECTED;
			continue;
		}
		pattern = lowered(patterns->items[i]);
		/* As written too: [[:upper:]] means something only there. */
		if (protects(pattern, folded) || protects(patterns->items[i], ref))
			return GUARD_PROTECTED;
	}
	return GUARD_PASS;
}

int guard_pattern_check(const char *pattern, struct fault *why)
{
	if (strncmp(pattern, REGEX_MARK, strlen(REGEX_MARK)) == 0)
		return match_check_regex(pattern + strlen(REGEX_MARK), why);
	return pattern[strcspn(pattern, GLOB_CHARS)] ? match_check(pattern, why) : 0;
}

int guard_refs_check(const struct vec *patterns, struct fault *why)
{
	for (size_t i = 0; i < patterns->len; i++)
		if (guard_pattern_check(patterns->items[i], why))
			return fault_wrap(why, "protected branch '%s'", patterns->items[i]);
	return 0;
}
