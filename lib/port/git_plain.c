#include "port/git_plain.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

static bool read_id(struct odb *odb, const char *oid, struct plain_answer *answer)
{
	enum odb_type type;

	if (odb_read(odb, oid, &type, &answer->bytes))
		return false;
	answer->object = (struct git_object){.size = answer->bytes.len};
	snprintf(answer->object.oid, sizeof answer->object.oid, "%s", oid);
	snprintf(answer->object.type, sizeof answer->object.type, "%s", odb_type_name(type));
	return true;
}

static bool is_type(const struct plain_answer *answer, const char *type)
{
	return !strcmp(answer->object.type, type);
}

static bool read_head(struct odb *odb, const struct gitdir *dir, struct plain_answer *answer)
{
	char oid[GITDIR_OID_SIZE];

	return !gitdir_ref(dir, "HEAD", oid) && read_id(odb, oid, answer) &&
	       is_type(answer, "commit");
}

/* The first line of a commit: "tree <id>". */
static bool read_tree_of(struct odb *odb, struct plain_answer *answer)
{
	size_t digits = strlen(answer->object.oid);
	CLEANUP(str_free) char *oid = NULL;

	if (answer->bytes.len < 6 + digits || strncmp(answer->bytes.data, "tree ", 5) != 0)
		return false;
	oid = xstrndup(answer->bytes.data + 5, digits);
	return read_id(odb, oid, answer) && is_type(answer, "tree");
}

/* The id of the entry of that name, in hex: entries are "<mode> <name>", a NUL, the id. 1: there is none; -1: it does not parse. */
static int find_entry(const struct plain_answer *tree, const char *name, size_t len, char *oid)
{
	size_t id_len = strlen(tree->object.oid) / 2;
	const char *p = tree->bytes.data, *end = p + tree->bytes.len;

	while (p < end) {
		const char *space = memchr(p, ' ', (size_t)(end - p));
		const char *nul = space ? memchr(space, '\0', (size_t)(end - space)) : NULL;

		if (!nul || (size_t)(end - nul - 1) < id_len)
			return -1;
		if ((size_t)(nul - space - 1) == len && !memcmp(space + 1, name, len)) {
			for (size_t i = 0; i < id_len; i++)
				snprintf(oid + 2 * i, 3, "%02x", (unsigned char)nul[1 + i]);
			return 0;
		}
		p = nul + 1 + id_len;
	}
	return 1;
}

/* To git a path that begins with "./" or "../" is one from the working directory, and what is no path at all is not an error. */
static bool is_path(const char *path)
{
	return *path && *path != '/' && path[strlen(path) - 1] != '/' && !strstr(path, "//") &&
	       strncmp(path, "./", 2) != 0 && strncmp(path, "../", 3) != 0;
}

/* From the tree that *answer is on, along the names of `path`. */
static bool read_path(struct odb *odb, const char *path, struct plain_answer *answer)
{
	if (!is_path(path))
		return false;
	while (*path) {
		size_t len = strcspn(path, "/");
		char oid[GITDIR_OID_SIZE];
		int none = is_type(answer, "tree") ? find_entry(answer, path, len, oid) : 1;

		if (none < 0)
			return false;
		if (none) {
			answer->object = (struct git_object){.size = 0};
			return true;
		}
		if (!read_id(odb, oid, answer))
			return false;
		path += len + (path[len] == '/');
	}
	return true;
}

bool plain_read(
	struct odb *odb, const struct gitdir *dir, const char *name, struct plain_answer *answer)
{
	if (strncmp(name, "HEAD", 4) != 0)
		return read_id(odb, name, answer);
	if (!read_head(odb, dir, answer))
		return false;
	if (!name[4])
		return true;
	if (!strcmp(name + 4, "^{tree}"))
		return read_tree_of(odb, answer);
	return name[4] == ':' && read_tree_of(odb, answer) && read_path(odb, name + 5, answer);
}
