#include "port/odb_private.h"

#include "base/alloc.h"

#include <string.h>
#include <zlib.h>

/* gitformat-pack(5). */
#define INDEX_MAGIC   "\377tOc\0\0\0\2"
#define INDEX_FANOUT  8
#define INDEX_NAMES   (INDEX_FANOUT + 256 * 4)
#define PACK_HEAD     12
#define CHAIN_MAX     64 /* deltas on each other */
#define TYPE_OF_DELTA 6  /* of one whose base is so many bytes before it */
#define TYPE_OF_ID    7  /* of one that names its base */

int odb_inflate(const unsigned char *from, size_t len, size_t max, struct buf *out)
{
	z_stream z = {.next_in = (z_const Bytef *)from,
		.avail_in = len > UINT32_MAX ? UINT32_MAX : (uInt)len};
	size_t start = out->len;
	int rc = Z_OK;

	if (inflateInit(&z) != Z_OK)
		return 1;
	while (rc == Z_OK && out->len - start <= max) {
		buf_reserve(out, out->len > start ? out->len - start : 4096);
		z.next_out = (Bytef *)out->data + out->len;
		z.avail_out = (uInt)(out->cap - out->len - 1);
		rc = inflate(&z, Z_NO_FLUSH);
		out->len = (size_t)((char *)z.next_out - out->data);
		out->data[out->len] = '\0';
	}
	inflateEnd(&z);
	return rc == Z_STREAM_END && out->len - start <= max ? 0 : 1;
}

static uint32_t number32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* --- the index --------------------------------------------------------------------------------- */

static const unsigned char *id_at(const struct odb_pack *p, uint32_t i)
{
	return p->index.bytes + INDEX_NAMES + (size_t)i * p->id_len;
}

bool odb_pack_init(struct odb_pack *p, size_t id_len)
{
	size_t least = INDEX_NAMES + 2 * id_len;

	p->id_len = id_len;
	if (p->index.len < least || memcmp(p->index.bytes, INDEX_MAGIC, 8) != 0)
		return false;
	p->count = number32(p->index.bytes + INDEX_NAMES - 4);
	if ((p->index.len - least) / (id_len + 8) < p->count)
		return false;
	return p->pack.len > PACK_HEAD + id_len && !memcmp(p->pack.bytes, "PACK\0\0\0\2", 8);
}

/* Offsets that do not fit into 31 bits are in a table of their own behind the others. */
static uint64_t offset_at(const struct odb_pack *p, uint32_t i)
{
	size_t table = INDEX_NAMES + (size_t)p->count * (p->id_len + 4);
	uint32_t offset = number32(p->index.bytes + table + (size_t)i * 4);
	size_t large = table + (size_t)p->count * 4 + (size_t)(offset & 0x7fffffff) * 8;

	if (!(offset & 0x80000000))
		return offset;
	if (large + 8 + 2 * p->id_len > p->index.len)
		return 0;
	return (uint64_t)number32(p->index.bytes + large) << 32 |
	       number32(p->index.bytes + large + 4);
}

uint64_t odb_pack_find(const struct odb_pack *p, const unsigned char *id)
{
	const unsigned char *fanout = p->index.bytes + INDEX_FANOUT;
	uint32_t from = id[0] ? number32(fanout + (id[0] - 1) * 4) : 0;
	uint32_t to = number32(fanout + id[0] * 4);

	if (to > p->count)
		return 0;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		int order = memcmp(id, id_at(p, middle), p->id_len);

		if (!order)
			return offset_at(p, middle);
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return 0;
}

/* --- the pack ---------------------------------------------------------------------------------- */

struct entry {
	unsigned type;
	size_t size;   /* of what it inflates to */
	uint64_t data; /* where that begins */
	uint64_t base; /* of a delta: where its base is */
};

/* The end of what entries may take: the pack's own hash comes last. */
static uint64_t end_of(const struct odb_pack *p)
{
	return p->pack.len - p->id_len;
}

static bool take_byte(const struct odb_pack *p, uint64_t *at, unsigned *byte)
{
	if (*at >= end_of(p))
		return false;
	*byte = p->pack.bytes[(*at)++];
	return true;
}

/* A number of 7 bits a byte, the highest first, and one more for each byte that goes on. */
static bool take_distance(const struct odb_pack *p, uint64_t *at, uint64_t *distance)
{
	unsigned byte;

	if (!take_byte(p, at, &byte))
		return false;
	*distance = byte & 127;
	while (byte & 128) {
		if (*distance >> 48 || !take_byte(p, at, &byte))
			return false;
		*distance = (*distance + 1) << 7 | (byte & 127);
	}
	return true;
}

static bool take_base(const struct odb_pack *p, uint64_t start, uint64_t *at, struct entry *e)
{
	uint64_t distance;

	if (e->type == TYPE_OF_DELTA) {
		if (!take_distance(p, at, &distance) || !distance || distance >= start)
			return false;
		e->base = start - distance;
	} else if (e->type == TYPE_OF_ID) {
		if (end_of(p) - *at < p->id_len)
			return false;
		e->base = odb_pack_find(p, p->pack.bytes + *at);
		*at += p->id_len;
		return e->base != 0;
	}
	return true;
}

static bool read_entry(const struct odb_pack *p, uint64_t start, struct entry *e)
{
	unsigned byte, shift = 4;
	uint64_t at = start;

	if (start < PACK_HEAD || !take_byte(p, &at, &byte))
		return false;
	*e = (struct entry){.type = byte >> 4 & 7, .size = byte & 15};
	for (; byte & 128; shift += 7) {
		if (shift > 32 || !take_byte(p, &at, &byte))
			return false;
		e->size |= (size_t)(byte & 127) << shift;
	}
	if (!e->type || e->type == 5 || e->size > ODB_MAX || !take_base(p, start, &at, e))
		return false;
	e->data = at;
	return at < end_of(p);
}

static int inflate_entry(const struct odb_pack *p, const struct entry *e, struct buf *out)
{
	size_t start = out->len;

	if (odb_inflate(p->pack.bytes + e->data, (size_t)(end_of(p) - e->data), e->size, out))
		return 1;
	return out->len - start == e->size ? 0 : 1;
}

/* --- deltas ------------------------------------------------------------------------------------ */

struct delta {
	const unsigned char *at, *end;
};

static bool take_size(struct delta *d, size_t *size)
{
	unsigned shift = 0;

	*size = 0;
	for (; d->at < d->end && shift < 35; shift += 7) {
		*size |= (size_t)(*d->at & 127) << shift;
		if (!(*d->at++ & 128))
			return true;
	}
	return false;
}

/* The bytes of a number that bits of the instruction say are there, the lowest first. */
static bool take_some(struct delta *d, unsigned bits, unsigned count, size_t *number)
{
	*number = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!(bits >> i & 1))
			continue;
		if (d->at == d->end)
			return false;
		*number |= (size_t)*d->at++ << (8 * i);
	}
	return true;
}

static int apply(const struct buf *base, const struct buf *delta, struct buf *out)
{
	struct delta d = {(const unsigned char *)delta->data,
		(const unsigned char *)delta->data + delta->len};
	size_t from, to;

	if (!take_size(&d, &from) || !take_size(&d, &to) || from != base->len || to > ODB_MAX)
		return 1;
	while (d.at < d.end) {
		unsigned how = *d.at++;
		size_t offset, len = how;

		if (how & 128) {
			if (!take_some(&d, how, 4, &offset) || !take_some(&d, how >> 4, 3, &len))
				return 1;
			len = len ? len : 0x10000;
			if (offset > base->len || len > base->len - offset || len > to - out->len)
				return 1;
			buf_add(out, base->data + offset, len);
		} else {
			if (!how || len > (size_t)(d.end - d.at) || len > to - out->len)
				return 1;
			buf_add(out, d.at, len);
			d.at += len;
		}
	}
	return out->len == to ? 0 : 1;
}

int odb_pack_read(const struct odb_pack *p, uint64_t at, enum odb_type *type, struct buf *out)
{
	struct entry chain[CHAIN_MAX];
	size_t len = 0;

	do {
		if (len == CHAIN_MAX || !read_entry(p, len ? chain[len - 1].base : at, &chain[len]))
			return 1;
	} while (chain[len++].base);
	*type = (enum odb_type)chain[--len].type;
	if (inflate_entry(p, &chain[len], out))
		return 1;
	while (len--) {
		CLEANUP(buf_release) struct buf delta = BUF_INIT, whole = BUF_INIT;
		struct buf before = *out;

		if (inflate_entry(p, &chain[len], &delta) || apply(out, &delta, &whole))
			return 1;
		*out = whole;
		whole = before;
	}
	return 0;
}
