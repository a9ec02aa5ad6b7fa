#include "port/gitdir.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

#include <string.h>

#define FILE_MAX   4096              /* bytes of a ref's file */
#define PACKED_MAX ((size_t)4 << 20) /* of packed-refs */
#define LINKS_MAX  5                 /* refs that name another */

/* An id at `text`, after which nothing goes on. 1: there is none. */
static int take_oid(const char *text, char oid[GITDIR_OID_SIZE])
{
	size_t len = strspn(text, "0123456789abcdef");

	if ((len != 40 && len != 64) || (text[len] && !strchr(" \n\t\r", text[len])))
		return 1;
	memcpy(oid, text, len);
	oid[len] = '\0';
	return 0;
}

/* Lines "<id> <name>"; others begin with '#' or '^'. */
static int find_packed(const struct gitdir *dir, const char *name, char oid[GITDIR_OID_SIZE])
{
	CLEANUP(str_free) char *path = fs_join(dir->common_dir, "packed-refs");
	CLEANUP(buf_release) struct buf text = BUF_INIT, end = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	const char *found, *line;

	if (fs_read(path, &text, PACKED_MAX, &ignored))
		return 1;
	buf_printf(&end, " %s\n", name);
	found = memmem(text.data, text.len, end.data, end.len);
	if (!found)
		return 1;
	line = memrchr(text.data, '\n', (size_t)(found - text.data));
	return take_oid(line ? line + 1 : text.data, oid);
}

/* What is a worktree's own, or no plain name, is for git to find. */
static bool is_shared(const char *name)
{
	static const char *const own[] = {"refs/bisect/", "refs/worktree/", "refs/rewritten/"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (!strncmp(name, own[i], strlen(own[i])))
			return false;
	return !strncmp(name, "refs/", 5) && !strstr(name, "..") && !strchr(name, '\n');
}

enum ref_file { REF_ID, REF_LINK, REF_MISSING, REF_ODD };

/* REF_LINK: it names the other ref in *text. */
static enum ref_file read_file(
	const char *dir, const char *name, struct buf *text, char oid[GITDIR_OID_SIZE])
{
	CLEANUP(str_free) char *path = fs_join(dir, name);
	struct fault ignored = FAULT_INIT;
	int none;

	buf_clear(text);
	none = fs_read(path, text, FILE_MAX, &ignored);
	if (none)
		return none > 0 ? REF_MISSING : REF_ODD;
	if (strncmp(text->data, "ref:", 4) != 0)
		return take_oid(text->data, oid) ? REF_ODD : REF_ID;
	buf_splice(text, 0, 4 + strspn(text->data + 4, " \t"), "", 0);
	buf_rtrim(text);
	return REF_LINK;
}

int gitdir_ref(const struct gitdir *dir, const char *name, char oid[GITDIR_OID_SIZE])
{
	CLEANUP(str_free) char *ref = xstrdup(name);
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	for (int i = 0; i < LINKS_MAX; i++) {
		bool head = !strcmp(ref, "HEAD");
		enum ref_file kind;

		if (!head && !is_shared(ref))
			return 1;
		kind = read_file(head ? dir->git_dir : dir->common_dir, ref, &text, oid);
		if (kind == REF_MISSING && !head)
			return find_packed(dir, ref, oid);
		if (kind != REF_LINK)
			return kind != REF_ID;
		str_replace(&ref, text.data);
	}
	return 1;
}
