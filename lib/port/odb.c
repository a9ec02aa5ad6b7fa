#include "port/odb_private.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "port/hash.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PACKS_MAX 32
#define HEAD_MAX  32 /* bytes of "<type> <size>" and a NUL */

struct odb {
	char *objects; /* the directory */
	struct odb_pack packs[PACKS_MAX];
	size_t packs_len, id_len; /* id_len 0: the packs have not been looked for */
};

struct odb *odb_open(const struct gitdir *dir)
{
	struct odb *odb = xcalloc(1, sizeof *odb);

	odb->objects = fs_join(dir->common_dir, "objects");
	return odb;
}

static void unmap(struct odb_map *map)
{
	union {
		const unsigned char *from;
		void *to;
	} both = {map->bytes};

	if (map->bytes)
		munmap(both.to, map->len);
	*map = (struct odb_map){NULL, 0};
}

void odb_free(struct odb **at)
{
	struct odb *odb = *at;

	if (!odb)
		return;
	for (size_t i = 0; i < odb->packs_len; i++) {
		unmap(&odb->packs[i].index);
		unmap(&odb->packs[i].pack);
	}
	free(odb->objects);
	free(odb);
	*at = NULL;
}

const char *odb_type_name(enum odb_type type)
{
	static const char *const names[] = {"", "commit", "tree", "blob", "tag"};

	return names[type];
}

/* --- files of their own ------------------------------------------------------------------------ */

/* "<type> <size>", a NUL, the bytes. */
static int take_loose(const struct buf *whole, enum odb_type *type, struct buf *out)
{
	const char *end = memchr(whole->data, '\0', whole->len);
	size_t size = end ? whole->len - (size_t)(end + 1 - whole->data) : 0;

	for (int i = ODB_COMMIT; end && i <= ODB_TAG; i++) {
		char head[HEAD_MAX];

		snprintf(head, sizeof head, "%s %zu", odb_type_name(i), size);
		if (strcmp(head, whole->data) != 0)
			continue;
		*type = i;
		buf_add(out, end + 1, size);
		return 0;
	}
	return 1;
}

static int read_loose(const struct odb *odb, const char *oid, enum odb_type *type, struct buf *out)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT, packed = BUF_INIT, whole = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	buf_printf(&path, "%s/%.2s/%s", odb->objects, oid, oid + 2);
	if (fs_read(path.data, &packed, ODB_MAX, &ignored) ||
		odb_inflate(
			(const unsigned char *)packed.data, packed.len, ODB_MAX + HEAD_MAX, &whole))
		return 1;
	return take_loose(&whole, type, out);
}

/* --- packs ------------------------------------------------------------------------------------- */

static bool map_file(
	const char *dir, const char *name, size_t len, const char *end, struct odb_map *map)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	CLEANUP(fd_close) int fd = -1;
	struct stat st;
	void *bytes;

	buf_printf(&path, "%s/%.*s%s", dir, (int)len, name, end);
	fd = open(path.data, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return false;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	map->bytes = bytes;
	map->len = (size_t)st.st_size;
	return true;
}

static void add_pack(struct odb *odb, const char *dir, const char *name)
{
	size_t len = strlen(name);
	struct odb_pack pack = {.count = 0};

	if (len < 5 || strcmp(name + len - 4, ".idx") != 0 || odb->packs_len == PACKS_MAX)
		return;
	if (map_file(dir, name, len, "", &pack.index) &&
		map_file(dir, name, len - 4, ".pack", &pack.pack) &&
		odb_pack_init(&pack, odb->id_len)) {
		odb->packs[odb->packs_len++] = pack;
		return;
	}
	unmap(&pack.index);
	unmap(&pack.pack);
}

static void find_packs(struct odb *odb, size_t id_len)
{
	CLEANUP(str_free) char *dir = fs_join(odb->objects, "pack");
	DIR *stream = opendir(dir);

	odb->id_len = id_len;
	for (struct dirent *e; stream && (e = readdir(stream));)
		add_pack(odb, dir, e->d_name);
	if (stream)
		closedir(stream);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 1: it is no full id. */
static int take_id(const char *oid, unsigned char id[ODB_ID_MAX], size_t *len)
{
	size_t digits = strlen(oid);

	if (digits != 40 && digits != 64)
		return 1;
	*len = digits / 2;
	for (size_t i = 0; i < *len; i++) {
		int high = digit(oid[2 * i]), low = digit(oid[2 * i + 1]);

		if (high < 0 || low < 0)
			return 1;
		id[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

static int read_packed(struct odb *odb, const unsigned char *id, size_t id_len, enum odb_type *type,
	struct buf *out)
{
	if (!odb->id_len)
		find_packs(odb, id_len);
	for (size_t i = 0; i < odb->packs_len && odb->id_len == id_len; i++) {
		uint64_t at = odb_pack_find(&odb->packs[i], id);

		if (at)
			return odb_pack_read(&odb->packs[i], at, type, out);
	}
	return 1;
}

/* Whether this is what the id stands for. */
static bool is_it(const char *oid, enum odb_type type, const struct buf *bytes)
{
	char head[HEAD_MAX], hex[HASH_HEX_SIZE];
	int len = snprintf(head, sizeof head, "%s %zu", odb_type_name(type), bytes->len);

	hash_object(head, (size_t)len + 1, bytes->data, bytes->len, strlen(oid), hex);
	return !strcmp(hex, oid);
}

int odb_read(struct odb *odb, const char *oid, enum odb_type *type, struct buf *out)
{
	unsigned char id[ODB_ID_MAX];
	size_t id_len;

	buf_clear(out);
	if (take_id(oid, id, &id_len))
		return 1;
	if (read_packed(odb, id, id_len, type, out)) {
		buf_clear(out);
		if (read_loose(odb, oid, type, out))
			return 1;
	}
	return is_it(oid, *type, out) ? 0 : 1;
}
