/* The events of a run, whose end a machine reset cut off: whole lines stay as they are, and nothing of the rest is lost. */
#include "base/fs.h"
#include "core/store.h"
#include "core/store_mend.h"
#include "fuzz.h"

#include <stdio.h>

static char dir[] = "/tmp/git-agent-fuzz.XXXXXX";
static struct store store;
static char *events, *torn;

static void clean_up(void)
{
	struct fault ignored = FAULT_INIT;

	store_release(&store);
	fs_remove(dir, &ignored);
	str_free(&events);
	str_free(&torn);
}

static void set_up(void)
{
	CLEANUP(str_free) char *run = NULL;
	struct fault why = FAULT_INIT;

	must(mkdtemp(dir) != NULL);
	atexit(clean_up);
	store_init(&store, dir);
	run = store_path(&store, "x", "");
	must(fs_mkdirs(run, 0700, &why) == 0);
	events = store_path(&store, "x", "events.ndjson");
	torn = store_path(&store, "x", "events.torn");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT, aside = BUF_INIT;
	struct fault why = FAULT_INIT;
	size_t whole = len;
	FILE *file;

	if (!events)
		set_up();
	file = fopen(events, "we");
	must(file != NULL);
	fwrite(bytes, 1, len, file);
	fclose(file);
	must(fs_remove(torn, &why) == 0);
	must(store_mend(&store, "x", &why) == 0);
	must(store_mend(&store, "x", &why) == 0); /* there is nothing left to mend */
	must(fs_read(events, &now, len + 1, &why) == 0);
	must(fs_read(torn, &aside, len + 1, &why) >= 0);
	while (whole && bytes[whole - 1] != '\n')
		whole--;
	must(!now.len || now.data[now.len - 1] == '\n');
	must(now.len >= whole && (!whole || !memcmp(now.data, bytes, whole)));
	if (now.len > whole) /* completed */
		must(now.len == len + 1 && !memcmp(now.data, bytes, len) && !aside.len);
	else if (len > whole) /* put aside */
		must(aside.len == len - whole + 1 &&
			!memcmp(aside.data, bytes + whole, len - whole));
	else
		must(!aside.len);
	return 0;
}
