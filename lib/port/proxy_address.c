#include "port/proxy_address.h"
#include "base/alloc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define V4_BYTES 4
#define V6_BYTES 16

struct prefix {
	unsigned char bytes[V6_BYTES];
	unsigned bits;
	const char *word;
};

/* The first that matches decides. */
static const struct prefix v4_prefixes[] = {
	{{0}, 8, "unspecified"}, {{10}, 8, "private"}, /* RFC 1918 */
	{{100, 100, 100, 200}, 32, "metadata"},        /* a cloud's, inside the next */
	{{100, 64}, 10, "private"},                    /* RFC 6598 */
	{{127}, 8, "loopback"},
	{{168, 63, 129, 16}, 32, "metadata"}, /* a cloud's, among public ones */
	{{169, 254, 169, 254}, 32, "metadata"}, {{169, 254}, 16, "link_local"},
	{{172, 16}, 12, "private"}, {{192, 0, 0}, 24, "reserved"},
	{{192, 0, 2}, 24, "reserved"},   /* documentation, as the two below */
	{{192, 88, 99}, 24, "reserved"}, /* relays of 6to4 */
	{{192, 168}, 16, "private"}, {{198, 18}, 15, "reserved"}, /* benchmarks */
	{{198, 51, 100}, 24, "reserved"}, {{203, 0, 113}, 24, "reserved"}, {{224}, 4, "multicast"},
	{{240}, 4, "reserved"}, /* broadcast among them */
};

static const struct prefix v6_prefixes[] = {
	{{0}, 128, "unspecified"},
	{{[15] = 1}, 128, "loopback"},
	{{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48, "private"}, /* NAT64 of a site, RFC 8215 */
	{{0x20, 0x01}, 23, "reserved"},                  /* protocols: Teredo, ORCHID, benchmarks */
	{{0x20, 0x01, 0x0d, 0xb8}, 32, "reserved"},      /* documentation */
	{{0x3f, 0xff}, 20, "reserved"},                  /* documentation, RFC 9637 */
	{{0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54}, 128, "metadata"},
	{{0xfc}, 7, "private"}, /* RFC 4193 */
	{{0xfe, 0x80}, 10, "link_local"},
	{{0xfe, 0xc0}, 10, "private"}, /* site-local, before RFC 3879 */
	{{0xff}, 8, "multicast"},
};

/* What is not in here is not given out: RFC 4291, 2.4. */
static const struct prefix v6_global = {{0x20}, 3, NULL};

/* Addresses that carry an IPv4 one, and at which byte. */
static const struct {
	struct prefix prefix;
	size_t at;
} carriers[] = {
	{{{0}, 96, NULL}, 12},                        /* IPv4-compatible, RFC 4291 */
	{{{[10] = 0xff, [11] = 0xff}, 96, NULL}, 12}, /* IPv4-mapped */
	{{{[8] = 0xff, [9] = 0xff}, 96, NULL}, 12},   /* IPv4-translated, RFC 2765 */
	{{{0x00, 0x64, 0xff, 0x9b}, 96, NULL}, 12},   /* NAT64, RFC 6052 */
	{{{0x20, 0x02}, 16, NULL}, 2},                /* 6to4, RFC 3056 */
};

static bool is_in(const unsigned char *bytes, const struct prefix *p)
{
	unsigned whole = p->bits / 8, rest = p->bits % 8;
	unsigned char mask = (unsigned char)(0xff00U >> rest);

	return !memcmp(bytes, p->bytes, whole) &&
	       (!rest || ((bytes[whole] ^ p->bytes[whole]) & mask) == 0);
}

static const char *look_up(const unsigned char *bytes, const struct prefix *table, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (is_in(bytes, &table[i]))
			return table[i].word;
	return NULL;
}

static const char *closed_v4(const unsigned char bytes[V4_BYTES])
{
	return look_up(bytes, v4_prefixes, ARRAY_LEN(v4_prefixes));
}

const char *address_closed(const struct proxy_address *a)
{
	const char *word;

	if (a->family == AF_INET)
		return closed_v4(a->bytes);
	if (a->family != AF_INET6)
		return "reserved";
	word = look_up(a->bytes, v6_prefixes, ARRAY_LEN(v6_prefixes));
	if (word)
		return word;
	for (size_t i = 0; i < ARRAY_LEN(carriers); i++)
		if (is_in(a->bytes, &carriers[i].prefix))
			return closed_v4(a->bytes + carriers[i].at);
	return is_in(a->bytes, &v6_global) ? NULL : "reserved";
}

/* What connects to ::ffff:a.b.c.d connects to a.b.c.d. */
static void unwrap(struct proxy_address *a)
{
	unsigned char v4[V4_BYTES];

	if (a->family != AF_INET6 || !is_in(a->bytes, &carriers[1].prefix))
		return;
	memcpy(v4, a->bytes + carriers[1].at, sizeof v4);
	*a = (struct proxy_address){.family = AF_INET};
	memcpy(a->bytes, v4, sizeof v4);
}

int address_parse(const char *text, struct proxy_address *out)
{
	*out = (struct proxy_address){0};
	if (inet_pton(AF_INET, text, out->bytes) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, text, out->bytes) == 1)
		out->family = AF_INET6;
	unwrap(out);
	return out->family ? 0 : -1;
}

void address_from(const struct sockaddr *sa, struct proxy_address *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	*out = (struct proxy_address){0};
	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof v4);
		memcpy(out->bytes, &v4.sin_addr, V4_BYTES);
		out->family = AF_INET;
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof v6);
		memcpy(out->bytes, &v6.sin6_addr, V6_BYTES);
		out->family = AF_INET6;
	}
	unwrap(out);
}

socklen_t address_to(const struct proxy_address *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(out, 0, sizeof *out);
	if (a->family == AF_INET) {
		memcpy(&v4.sin_addr, a->bytes, V4_BYTES);
		memcpy(out, &v4, sizeof v4);
		return sizeof v4;
	}
	memcpy(&v6.sin6_addr, a->bytes, V6_BYTES);
	memcpy(out, &v6, sizeof v6);
	return sizeof v6;
}

void address_text(const struct proxy_address *a, char out[ADDRESS_TEXT_MAX])
{
	if (!inet_ntop(a->family, a->bytes, out, ADDRESS_TEXT_MAX))
		out[0] = '\0';
}

bool address_equal(const struct proxy_address *a, const struct proxy_address *b)
{
	return a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, a->family == AF_INET ? V4_BYTES : V6_BYTES);
}
