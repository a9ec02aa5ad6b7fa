#include "core/objects.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

#include <stdint.h>
#include <string.h>

#define INDEX_MAX ((size_t)256 << 20)
#define HEADER    8 /* bytes: magic and version */
#define FANOUT    (256 * 4)

static uint32_t number_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static bool has_loose(const char *dir, const char *oid)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%.2s/%s", dir, oid, oid + 2);
	return fs_exists(path.data);
}

static bool index_has(const struct buf *index, const unsigned char *raw, size_t raw_len)
{
	static const unsigned char start[HEADER] = {0xff, 't', 'O', 'c', 0, 0, 0, 2};
	const unsigned char *bytes = (const unsigned char *)index->data, *names;
	size_t low, high;

	if (!raw_len || index->len < HEADER + FANOUT || memcmp(bytes, start, HEADER) != 0)
		return false;
	low = raw[0] ? number_at(bytes + HEADER + (raw[0] - 1) * 4) : 0;
	high = number_at(bytes + HEADER + raw[0] * 4);
	names = bytes + HEADER + FANOUT;
	if (low > high || high > (index->len - HEADER - FANOUT) / raw_len)
		return false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(raw, names + middle * raw_len, raw_len);

		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool has_packed(const char *dir, const char *oid)
{
	CLEANUP(str_free) char *packs = fs_join(dir, "pack");
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;
	unsigned char raw[32] = {0};
	size_t raw_len = strlen(oid) / 2;

	for (size_t i = 0; i < raw_len; i++)
		raw[i] = (unsigned char)(digit(oid[2 * i]) << 4 | digit(oid[2 * i + 1]));
	fs_list(packs, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *path = fs_join(packs, names.items[i]);
		CLEANUP(buf_release) struct buf index = BUF_INIT;
		size_t len = strlen(names.items[i]);

		if (len > 4 && !strcmp(names.items[i] + len - 4, ".idx") &&
			fs_read(path, &index, INDEX_MAX, &ignored) == 0 &&
			index_has(&index, raw, raw_len))
			return true;
	}
	return false;
}

bool objects_hold(const char *dir, const char *oid)
{
	size_t len = strlen(oid);

	if ((len != 40 && len != 64) || strspn(oid, "0123456789abcdef") != len)
		return false;
	return has_loose(dir, oid) || has_packed(dir, oid);
}
