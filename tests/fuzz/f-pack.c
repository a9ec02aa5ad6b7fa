/* A pack and its index, as another side may have made them: each object is read whole or not at all. The first two bytes are the index's length. */
#include "fuzz.h"
#include "port/odb_private.h"

#define IDS_MAX 50

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct odb_pack pack = {.count = 0};
	size_t index_len = len < 2 ? 0 : (size_t)bytes[0] << 8 | bytes[1];

	if (len < 2 || index_len > len - 2)
		return 0;
	pack.index = (struct odb_map){bytes + 2, index_len};
	pack.pack = (struct odb_map){bytes + 2 + index_len, len - 2 - index_len};
	if (!odb_pack_init(&pack, 20))
		return 0;
	for (uint32_t i = 0; i < pack.count && i < IDS_MAX; i++) {
		CLEANUP(buf_release) struct buf object = BUF_INIT;
		enum odb_type type = 0;
		uint64_t at = odb_pack_find(&pack, bytes + 2 + 8 + 1024 + (size_t)i * 20);

		if (at && !odb_pack_read(&pack, at, &type, &object))
			must(type >= ODB_COMMIT && type <= ODB_TAG && object.len <= ODB_MAX);
	}
	return 0;
}
