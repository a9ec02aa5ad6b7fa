/* An agent's object directory, read from disk without git: the index of a pack, and the name of a loose object. */
#include "base/fs.h"
#include "core/objects.h"
#include "fuzz.h"

#include <stdio.h>
#include <unistd.h>

static char dir[] = "/tmp/git-agent-fuzz.XXXXXX";
static char *index_path;

static void clean_up(void)
{
	struct fault ignored = FAULT_INIT;

	fs_remove(dir, &ignored);
	str_free(&index_path);
}

static void set_up(void)
{
	CLEANUP(str_free) char *pack = NULL;
	struct fault why = FAULT_INIT;

	must(mkdtemp(dir) != NULL);
	atexit(clean_up);
	pack = fs_join(dir, "pack");
	index_path = fs_join(pack, "pack-x.idx");
	must(fs_mkdirs(pack, 0700, &why) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char oid[] =
		"0123456789012345678901234567890123456789012345678901234567890123";
	char name[65];
	FILE *file;

	if (!index_path)
		set_up();
	file = fopen(index_path, "we");
	must(file != NULL);
	fwrite(bytes, 1, len, file);
	fclose(file);
	snprintf(name, len % 2 ? 41 : 65, "%s", oid);
	objects_hold(dir, name);
	return 0;
}
