/* The index of runs, derived and so to be made anew where it is damaged. */
#include "base/fs.h"
#include "core/store.h"
#include "fuzz.h"

#include <stdio.h>

static char dir[] = "/tmp/git-agent-fuzz.XXXXXX";
static struct store store;
static char *index_path;

static void clean_up(void)
{
	struct fault ignored = FAULT_INIT;

	store_release(&store);
	fs_remove(dir, &ignored);
	str_free(&index_path);
}

static void set_up(void)
{
	struct fault why = FAULT_INIT;

	must(mkdtemp(dir) != NULL);
	atexit(clean_up);
	store_init(&store, dir);
	must(fs_mkdirs(store.runs, 0700, &why) == 0);
	index_path = fs_join(store.runs, "index.ndjson");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct store_index index = {0};
	struct fault why = FAULT_INIT;
	FILE *file;

	if (!index_path)
		set_up();
	file = fopen(index_path, "we");
	must(file != NULL);
	fwrite(bytes, 1, len, file);
	fclose(file);
	must(store_index_open(&store, &index, &why) == 0);
	for (size_t i = 0; i < index.len; i++)
		must(index.lines[i].state >= 0 && index.lines[i].len <= len);
	store_index_close(&index);
	return 0;
}
