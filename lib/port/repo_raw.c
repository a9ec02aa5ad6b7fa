#include "port/repo_raw.h"
#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX_DIGITS "0123456789abcdef"

bool raw_entry(const struct buf *tree, size_t oid_len, const char *name, size_t len, unsigned *mode,
	char oid[OID_MAX])
{
	size_t raw = oid_len / 2;
	const char *at = tree->data, *end = tree->data + tree->len;

	while (at < end) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));
		char *space;

		if (!stop || (size_t)(end - stop) <= raw)
			return false;
		*mode = (unsigned)strtoul(at, &space, 8);
		if (*space == ' ' && (size_t)(stop - space) == len + 1 &&
			!memcmp(space + 1, name, len)) {
			for (size_t i = 0; i < raw; i++)
				snprintf(oid + 2 * i, 3, "%02x", (unsigned char)stop[i + 1]);
			return true;
		}
		at = stop + 1 + raw;
	}
	return false;
}

/* Reads "<id> " of the length that ids have. */
static bool take_oid(const char **at, size_t len, char oid[OID_MAX])
{
	if (strspn(*at, HEX_DIGITS) != len || (*at)[len] != ' ')
		return false;
	memcpy(oid, *at, len);
	oid[len] = '\0';
	*at += len + 1;
	return true;
}

static bool take_mode(const char **at, unsigned *mode)
{
	char *end;

	if (**at < '0' || **at > '7')
		return false;
	*mode = (unsigned)strtoul(*at, &end, 8);
	if (*end != ' ')
		return false;
	*at = end + 1;
	return true;
}

static bool read_change(const char *line, size_t oid_len, struct repo_change *change)
{
	const char *at = line + 1;

	if (*line != ':' || !take_mode(&at, &change->old_mode) ||
		!take_mode(&at, &change->new_mode) || !take_oid(&at, oid_len, change->old_oid) ||
		!take_oid(&at, oid_len, change->new_oid) || !*at || at[1])
		return false;
	/* Where there is nothing there is no id either, only zeros. */
	if (!change->old_mode)
		change->old_oid[0] = '\0';
	if (!change->new_mode)
		change->new_oid[0] = '\0';
	change->status = *at;
	return true;
}

int raw_changes(const char *bytes, size_t len, size_t oid_len, struct repo_changes *out)
{
	for (const char *at = bytes, *end = bytes + len; at < end;) {
		struct repo_change change = {0};
		const char *path = at + strlen(at) + 1;

		if (path >= end || !read_change(at, oid_len, &change))
			return -1;
		change.path = xstrdup(path);
		GROW(out->items, out->len, out->cap);
		out->items[out->len++] = change;
		at = path + strlen(path) + 1;
	}
	return 0;
}
