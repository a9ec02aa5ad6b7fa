#include "core/branch_tip.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

#include <string.h>

#define PACKED_MAX ((size_t)256 << 20)
#define LOOSE_MAX  4096

static bool take(const char *text, char oid[OID_MAX])
{
	size_t len = strspn(text, "0123456789abcdef");

	if (len != 40 && len != 64)
		return false;
	memcpy(oid, text, len);
	oid[len] = '\0';
	return true;
}

/* gitrepository-layout(5): "<id> <name>", a line each. */
static bool find_packed(const char *common_dir, const char *ref, char oid[OID_MAX])
{
	CLEANUP(str_free) char *path = fs_join(common_dir, "packed-refs");
	CLEANUP(buf_release) struct buf name = BUF_INIT, packed = BUF_INIT;
	struct fault ignored = FAULT_INIT;
	const char *at, *line;

	if (fs_read(path, &packed, PACKED_MAX, &ignored))
		return false;
	buf_printf(&name, " %s\n", ref);
	at = memmem(packed.data, packed.len, name.data, name.len);
	if (!at)
		return false;
	line = memrchr(packed.data, '\n', (size_t)(at - packed.data));
	return take(line ? line + 1 : packed.data, oid);
}

bool branch_tip(const char *common_dir, const char *branch, char oid[OID_MAX])
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT, text = BUF_INIT;
	CLEANUP(str_free) char *path = NULL;
	struct fault ignored = FAULT_INIT;

	buf_printf(&ref, "refs/heads/%s", branch);
	if (strstr(ref.data, "..") || strstr(ref.data, "//"))
		return false;
	path = fs_join(common_dir, ref.data);
	if (fs_read(path, &text, LOOSE_MAX, &ignored) == 0)
		return take(text.data, oid);
	return find_packed(common_dir, ref.data, oid);
}
