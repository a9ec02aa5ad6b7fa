/* Trees and differences, as git hands them out: names in them are an agent's. */
#include "fuzz.h"
#include "port/repo_raw.h"

static void check_tree(const uint8_t *bytes, size_t len, size_t oid_len)
{
	CLEANUP(buf_release) struct buf tree = BUF_INIT;
	char oid[OID_MAX] = "";
	unsigned mode = 0;

	buf_add(&tree, bytes, len);
	if (raw_entry(&tree, oid_len, "name", 4, &mode, oid))
		must(strlen(oid) == oid_len);
}

static void check_changes(const uint8_t *bytes, size_t len, size_t oid_len)
{
	CLEANUP(buf_release) struct buf raw = BUF_INIT;
	CLEANUP(repo_changes_release) struct repo_changes changes = {0};

	buf_add(&raw, bytes, len);
	if (raw_changes(raw.data, raw.len, oid_len, &changes) < 0)
		return;
	for (size_t i = 0; i < changes.len; i++) {
		const struct repo_change *c = &changes.items[i];

		must(strlen(c->old_oid) == (c->old_mode ? oid_len : 0));
		must(strlen(c->new_oid) == (c->new_mode ? oid_len : 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t oid_len = len && bytes[0] % 2 ? 64 : 40;

	check_tree(bytes, len, oid_len);
	if (len)
		check_changes(bytes + 1, len - 1, oid_len);
	return 0;
}
