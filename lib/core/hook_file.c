#include "core/hook_file.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/hook_chain.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE       4096
#define CONFIG_MAX (1024 * 1024)
#define BINARY_MAX (64 * 1024 * 1024)

enum hook_kind hook_file_kind(const char *path, const char *hook)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(buf_release) struct buf mark = BUF_INIT;
	char page[PAGE];
	struct stat st;
	ssize_t len;

	if (lstat(path, &st))
		return HOOK_FILE_NONE;
	if (!S_ISREG(st.st_mode))
		return HOOK_FILE_OTHER;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : pread(fd, page, sizeof page, 0);
	buf_printf(&mark, HOOK_MARK_START "%s ", hook);
	char *found = len > 0 ? memmem(page, (size_t)len, mark.data, mark.len) : NULL;

	if (!found)
		return HOOK_FILE_OTHER;
	found += mark.len;
	size_t room = (size_t)(page + len - found);

	return room >= sizeof VERSION && memcmp(found, VERSION "\n", sizeof VERSION) == 0
		       ? HOOK_FILE_CURRENT
		       : HOOK_FILE_OURS;
}

bool hook_file_same(const char *a, const char *b)
{
	CLEANUP(buf_release) struct buf one = BUF_INIT;
	CLEANUP(buf_release) struct buf two = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(a, &one, BINARY_MAX, &why) == 0 && fs_read(b, &two, BINARY_MAX, &why) == 0 &&
	       one.len == two.len && memcmp(one.data, two.data, one.len) == 0;
}

bool hook_file_mentions(const char *path, const char *text)
{
	CLEANUP(buf_release) struct buf bytes = BUF_INIT;
	struct fault why = FAULT_INIT;

	return fs_read(path, &bytes, CONFIG_MAX, &why) == 0 &&
	       memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}
