/* The proxy's pure parts: which hosts a list lets through, which addresses are open, what a request's head says. */
#include "base/alloc.h"
#include "port/proxy_dial.h"
#include "port/proxy_request.h"
#include "tap.h"

#include <stdlib.h>

/* --- addresses -------------------------------------------------------------------------------- */

/* The edges of every range that is closed, and their neighbours; NULL: public. */
static const struct {
	const char *text, *word;
} addresses[] = {
	{"0.0.0.0", "unspecified"},
	{"0.255.255.255", "unspecified"},
	{"1.0.0.0", NULL},
	{"1.1.1.1", NULL},
	{"8.8.8.8", NULL},
	{"9.255.255.255", NULL},
	{"10.0.0.0", "private"},
	{"10.255.255.255", "private"},
	{"11.0.0.0", NULL},
	{"100.63.255.255", NULL},
	{"100.64.0.0", "private"},
	{"100.100.100.200", "metadata"},
	{"100.127.255.255", "private"},
	{"100.128.0.0", NULL},
	{"126.255.255.255", NULL},
	{"127.0.0.0", "loopback"},
	{"127.0.0.1", "loopback"},
	{"127.255.255.255", "loopback"},
	{"128.0.0.0", NULL},
	{"168.63.129.15", NULL},
	{"168.63.129.16", "metadata"},
	{"169.253.255.255", NULL},
	{"169.254.0.0", "link_local"},
	{"169.254.169.254", "metadata"},
	{"169.254.255.255", "link_local"},
	{"169.255.0.0", NULL},
	{"172.15.255.255", NULL},
	{"172.16.0.0", "private"},
	{"172.31.255.255", "private"},
	{"172.32.0.0", NULL},
	{"191.255.255.255", NULL},
	{"192.0.0.0", "reserved"},
	{"192.0.0.255", "reserved"},
	{"192.0.1.0", NULL},
	{"192.0.2.1", "reserved"},
	{"192.88.99.1", "reserved"},
	{"192.167.255.255", NULL},
	{"192.168.0.0", "private"},
	{"192.168.255.255", "private"},
	{"192.169.0.0", NULL},
	{"198.17.255.255", NULL},
	{"198.18.0.0", "reserved"},
	{"198.19.255.255", "reserved"},
	{"198.20.0.0", NULL},
	{"198.51.100.7", "reserved"},
	{"203.0.113.7", "reserved"},
	{"223.255.255.255", NULL},
	{"224.0.0.1", "multicast"},
	{"239.255.255.255", "multicast"},
	{"240.0.0.0", "reserved"},
	{"255.255.255.255", "reserved"},
	{"::", "unspecified"},
	{"::1", "loopback"},
	{"::2", "unspecified"},
	{"::127.0.0.1", "loopback"},
	{"::ffff:127.0.0.1", "loopback"},
	{"::ffff:10.1.2.3", "private"},
	{"::ffff:8.8.8.8", NULL},
	{"::ffff:169.254.169.254", "metadata"},
	{"::ffff:0:127.0.0.1", "loopback"},
	{"64:ff9b::127.0.0.1", "loopback"},
	{"64:ff9b::a9fe:a9fe", "metadata"},
	{"64:ff9b::192.168.1.1", "private"},
	{"64:ff9b::8.8.8.8", NULL},
	{"64:ff9b:1::8.8.8.8", "private"},
	{"64:ff9b:2::8.8.8.8", "reserved"},
	{"100::1", "reserved"},
	{"2001::1", "reserved"},
	{"2001:1ff:ffff::", "reserved"},
	{"2001:200::1", NULL},
	{"2001:db7::1", NULL},
	{"2001:db8::1", "reserved"},
	{"2001:db9::1", NULL},
	{"2001:4860:4860::8888", NULL},
	{"2002:7f00:1::1", "loopback"},
	{"2002:a9fe:a9fe::1", "metadata"},
	{"2002:a00:1::1", "private"},
	{"2002:808:808::1", NULL},
	{"2606:4700::1", NULL},
	{"3ffe:ffff::1", NULL},
	{"3fff::1", "reserved"},
	{"3fff:fff:ffff::", "reserved"},
	{"3fff:1000::", NULL},
	{"4000::1", "reserved"},
	{"5f00::1", "reserved"},
	{"fbff::1", "reserved"},
	{"fc00::1", "private"},
	{"fd00:ec2::254", "metadata"},
	{"fd00:ec2::253", "private"},
	{"fdff:ffff::1", "private"},
	{"fe00::1", "reserved"},
	{"fe80::1", "link_local"},
	{"febf::1", "link_local"},
	{"fec0::1", "private"},
	{"ff02::1", "multicast"},
	{"ffff::1", "multicast"},
};

static void test_addresses(void)
{
	struct proxy_address a;

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		ok(address_parse(addresses[i].text, &a) == 0, "'%s' is an address",
			addresses[i].text);
		is(address_closed(&a), addresses[i].word, addresses[i].text);
	}
	a = (struct proxy_address){0};
	ok(address_closed(&a) != NULL, "no address at all is closed");
	address_parse("127.0.0.1", &a);
	ok(dial_is_own(&a), "loopback is this machine's own");
	address_parse("192.0.2.1", &a);
	ok(!dial_is_own(&a), "and an address for documentation is not");
}

/* Every address of IPv4, by its first two bytes: what is public is so in each form that carries it. */
static void test_carried(void)
{
	static const char *const forms[] = {"::ffff:", "::ffff:0:", "64:ff9b::", "::"};
	unsigned differ = 0, open = 0;

	for (unsigned n = 0; n < 65536; n++) {
		char text[64];
		struct proxy_address plain, carried;
		const char *word;

		snprintf(text, sizeof text, "%u.%u.7.9", n >> 8, n & 255);
		address_parse(text, &plain);
		word = address_closed(&plain);
		open += !word;
		for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
			snprintf(text, sizeof text, "%s%u.%u.7.9", forms[f], n >> 8, n & 255);
			differ += address_parse(text, &carried) || address_closed(&carried) != word;
		}
		snprintf(text, sizeof text, "2002:%02x%02x:709::1", n >> 8, n & 255);
		differ += address_parse(text, &carried) || address_closed(&carried) != word;
	}
	ok(differ == 0, "an address that is carried is what it is by itself (%u differ)", differ);
	ok(open > 50000 && open < 58000, "most of them are public (%u)", open);
}

/* --- targets ---------------------------------------------------------------------------------- */

static const struct {
	const char *text, *host; /* NULL: no such target */
	unsigned port;
} targets[] = {
	{"api.example.com", "api.example.com", 0},
	{"API.Example.COM:443", "api.example.com", 443},
	{"api.example.com.:443", "api.example.com", 443},
	{"localhost:1", "localhost", 1},
	{"a_b.example.com:65535", "a_b.example.com", 65535},
	{"xn--bcher-kva.example:443", "xn--bcher-kva.example", 443},
	{"1password.com:443", "1password.com", 443},
	{"127.0.0.1:80", "127.0.0.1", 80},
	{"127.0.0.1.:80", "127.0.0.1", 80},
	{"[::1]:80", "::1", 80},
	{"[::1]", "::1", 0},
	{"[0:0:0:0:0:0:0:1]:80", "::1", 80},
	{"[2001:DB8::A]:80", "2001:db8::a", 80},
	{"[::ffff:127.0.0.1]:80", "127.0.0.1", 80},
	{"[::ffff:7f00:1]:80", "127.0.0.1", 80},
	{"", NULL, 0},
	{":443", NULL, 0},
	{".", NULL, 0},
	{"..", NULL, 0},
	{"a..b", NULL, 0},
	{".example.com", NULL, 0},
	{"example.com..", NULL, 0},
	{"-a.example.com", NULL, 0},
	{"a-.example.com", NULL, 0},
	{"b\303\274cher.example", NULL, 0},
	{"api%2eexample.com", NULL, 0},
	{"user@example.com", NULL, 0},
	{"user:pw@example.com:443", NULL, 0},
	{"example.com/x", NULL, 0},
	{"example.com:443/x", NULL, 0},
	{"exa mple.com", NULL, 0},
	{"example.com:", NULL, 0},
	{"example.com:0", NULL, 0},
	{"example.com:00443", NULL, 0},
	{"example.com:0443", NULL, 0},
	{"example.com:65536", NULL, 0},
	{"example.com:99999999999", NULL, 0},
	{"example.com:+443", NULL, 0},
	{"example.com:-1", NULL, 0},
	{"example.com: 443", NULL, 0},
	{"example.com:443:443", NULL, 0},
	{"example.com:https", NULL, 0},
	{"*.example.com", NULL, 0},
	/* What a resolver would read as 127.0.0.1. */
	{"127.1:80", NULL, 0},
	{"127.0.1:80", NULL, 0},
	{"2130706433:80", NULL, 0},
	{"0x7f000001:80", NULL, 0},
	{"0x7f.0.0.1:80", NULL, 0},
	{"0177.0.0.1:80", NULL, 0},
	{"127.0.0.01:80", NULL, 0},
	{"127.0.0.1.1:80", NULL, 0},
	{"0:80", NULL, 0},
	{"x.0x7f000001:80", NULL, 0},
	{"::1", NULL, 0},
	{"::1:80", NULL, 0},
	{"[::1", NULL, 0},
	{"[::1]80", NULL, 0},
	{"[::1]:", NULL, 0},
	{"[::1%lo]:80", NULL, 0},
	{"[fe80::1%25eth0]:80", NULL, 0},
	{"[127.0.0.1]:80", NULL, 0},
	{"[example.com]:80", NULL, 0},
	{"[]:80", NULL, 0},
	{"[:80", NULL, 0},
};

static void test_targets(void)
{
	struct proxy_target t;
	char text[400];

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		int got = target_parse(targets[i].text, strlen(targets[i].text), &t);

		if (!targets[i].host)
			ok(got == -1, "'%s' is no target", targets[i].text);
		else
			ok(got == 0 && !strcmp(t.host, targets[i].host) &&
					t.port == targets[i].port,
				"'%s' is '%s' port %u", targets[i].text, targets[i].host,
				targets[i].port);
	}
	ok(target_parse("a\0b", 3, &t) == -1, "a NUL is no part of a name");
	memset(text, 'a', sizeof text);
	ok(target_parse(text, 63, &t) == 0, "a label of 63 bytes");
	ok(target_parse(text, 64, &t) == -1, "and of no more");
	for (size_t i = 49; i < sizeof text; i += 50)
		text[i] = '.';
	ok(target_parse(text, 249, &t) == 0 && strlen(t.host) == 249, "a long name");
	ok(target_parse(text, 254, &t) == -1 && target_parse(text, 400, &t) == -1, "and too long");
	target_parse("[::2]:8", 7, &t);
	target_text(&t, text);
	is(text, "[::2]:8", "an address is shown in brackets");
}

/* --- the list --------------------------------------------------------------------------------- */

static bool allowed(const char *list, const char *what)
{
	struct proxy_rules rules = PROXY_RULES_INIT;
	CLEANUP(vec_release) struct vec items = VEC_INIT;
	struct fault why = FAULT_INIT;
	struct proxy_target t;
	bool answer;

	vec_push_split(&items, list);
	for (size_t i = 0; i < items.len; i++)
		if (rules_add(&rules, items.items[i], &why) < 0)
			printf("# %s\n", why.message);
	answer = target_parse(what, strlen(what), &t) == 0 && rules_allow(&rules, &t);
	rules_release(&rules);
	return answer;
}

static const struct {
	const char *list, *what;
	bool allowed;
} questions[] = {
	{"", "example.com:443", false},
	{"example.com", "example.com:443", true},
	{"example.com", "example.com:80", true},
	{"Example.COM.", "eXample.com.:443", true},
	{"example.com", "example.com:22", false},
	{"example.com", "example.com:8443", false},
	{"example.com:8443", "example.com:8443", true},
	{"example.com:8443", "example.com:443", false},
	{"example.com:1", "example.com:1", true},
	{"example.com:1", "example.com:443", false},
	{"example.com", "www.example.com:443", false},
	{"example.com", "notexample.com:443", false},
	{"example.com", "example.com.evil.org:443", false},
	{"example.com", "example.co:443", false},
	{"*.example.com", "www.example.com:443", true},
	{"*.example.com", "a.b.example.com:443", true},
	{"*.example.com", "example.com:443", false},
	{"*.example.com", "notexample.com:443", false},
	{"*.example.com", "www.example.com:22", false},
	{"*.example.com:22", "www.example.com:22", true},
	{"a.example, b.example:1, *.c.example", "b.example:1", true},
	{"a.example, b.example:1, *.c.example", "x.c.example:80", true},
	{"localhost:8080", "localhost:8080", true},
	{"localhost:8080", "127.0.0.1:8080", true},
	{"localhost:8080", "[::1]:8080", true},
	{"localhost:8080", "[::ffff:127.0.0.1]:8080", true},
	{"localhost:8080", "localhost:80", false},
	{"localhost:8080", "127.0.0.2:8080", false},
	{"127.0.0.1:8080", "localhost:8080", false},
	{"127.0.0.1:8080", "127.0.0.1:8080", true},
	{"127.0.0.1:8080", "[::1]:8080", false},
	{"*.1.1.1", "1.1.1.1:443", false},
	{"1.1.1.1", "1.1.1.1:443", true},
	{"1.1.1.1", "1.1.1.1:53", false},
	{"[2606:4700::1]", "[2606:4700::1]:443", true},
};

static void test_list(void)
{
	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		ok(allowed(questions[i].list, questions[i].what) == questions[i].allowed,
			"'%s' %s '%s'", questions[i].list,
			questions[i].allowed ? "lets through" : "holds", questions[i].what);
}

static void test_items(void)
{
	static const char *const bad[] = {"", "*", "*.", "**.example.com", "*.*.example.com",
		"a.*.example.com", "*example.com", "https://example.com", "example.com/path",
		"user@example.com", "localhost", "127.0.0.1", "10.0.0.1", "[::1]", "*.127.0.0.1",
		"*.[::1]", "169.254.169.254", "127.1:80", "b\303\274cher.example", "a b",
		"example.com:0", "example.com:x"};
	static const char *const good[] = {"example.com", "*.example.com", "example.com:22",
		"localhost:1", "127.0.0.1:8080", "[::1]:8080", "10.0.0.1:443", "1.1.1.1",
		"[2606:4700::1]", "nexus", "*.internal"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fault why = FAULT_INIT;

		ok(rule_check(bad[i], &why) == -1 && !strncmp(why.message, "expected ", 9),
			"no item of a list: '%s'", bad[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct fault why = FAULT_INIT;

		ok(rule_check(good[i], &why) == 0, "an item of a list: '%s'", good[i]);
	}
}

static void test_names_address(void)
{
	struct proxy_rules rules = PROXY_RULES_INIT;
	struct fault why = FAULT_INIT;
	struct proxy_address a;
	uint16_t ports[3];

	rules_add(&rules, "10.0.0.5:8443", &why);
	rules_add(&rules, "localhost:5432", &why);
	rules_add(&rules, "[::1]:9000", &why);
	rules_add(&rules, "127.0.0.1:5432", &why);
	rules_add(&rules, "*.localhost:7", &why);
	rules_add(&rules, "127.0.0.1:6", &why);
	rules_add(&rules, "127.0.0.1:8", &why);
	address_parse("10.0.0.5", &a);
	ok(rules_name(&rules, &a, 8443) && !rules_name(&rules, &a, 443), "that very address");
	address_parse("127.0.0.1", &a);
	ok(rules_name(&rules, &a, 5432) && !rules_name(&rules, &a, 9000), "localhost is IPv4's");
	address_parse("::1", &a);
	ok(rules_name(&rules, &a, 5432) && rules_name(&rules, &a, 9000), "and IPv6's");
	address_parse("10.0.0.6", &a);
	ok(!rules_name(&rules, &a, 8443), "not its neighbour");
	ok(rules_local_ports(&rules, ports, 3) == 3 && ports[0] == 5432 && ports[1] == 9000 &&
			ports[2] == 6,
		"ports of the machine's own loopback, each once, no more than there is room for");
	rules_release(&rules);
}

/* --- requests --------------------------------------------------------------------------------- */

static enum request_state read_text(const char *text, struct proxy_request *r)
{
	return request_read(text, strlen(text), r);
}

static void test_tunnel(void)
{
	struct proxy_request r;
	const char *text =
		"CONNECT api.example.com:443 HTTP/1.1\r\nHost: other:1\r\nContent-Length: x\r\n\r\nTLS";

	ok(read_text(text, &r) == REQUEST_GOOD && r.tunnel && r.target.port == 443 && !r.body,
		"CONNECT");
	is(r.target.host, "api.example.com", "and its host, whatever Host says");
	ok(!strcmp(text + r.head_len, "TLS"), "what follows is not part of the head");
}

static void test_forward(void)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct proxy_request r;

	ok(read_text("POST http://Example.com:8080/a?b HTTP/1.1\r\nHost: evil\r\nAccept: x\r\n"
		     "Proxy-Authorization: Basic c2VjcmV0\r\nConnection: keep-alive, X-Hop ,y\r\n"
		     "X-Hop: 1\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\nContent-Length: 12\r\n"
		     "Proxy-Connection: keep-alive\r\nX-Last:  two words \r\n\r\n",
		   &r) == REQUEST_GOOD &&
			!r.tunnel && r.body == 12,
		"a request for a URL");
	request_forward(&r, &out);
	is(out.data,
		"POST /a?b HTTP/1.1\r\nHost: example.com:8080\r\nConnection: close\r\nAccept: x\r\n"
		"Content-Length: 12\r\nX-Last: two words\r\n\r\n",
		"goes on in origin form, without what was meant for the proxy");
	buf_clear(&out);
	ok(read_text("GET http://example.com?q HTTP/1.0\r\n\r\n", &r) == REQUEST_GOOD, "no path");
	request_forward(&r, &out);
	is(out.data, "GET /?q HTTP/1.0\r\nHost: example.com\r\nConnection: close\r\n\r\n",
		"gets one, and port 80 is not said");
	buf_clear(&out);
	ok(read_text(
		   "GET http://[2606:4700::1]:81 HTTP/1.1\r\nConnection: content-length\r\nContent-Length: 1\r\n\r\n",
		   &r) == REQUEST_GOOD,
		"an address");
	request_forward(&r, &out);
	is(out.data,
		"GET / HTTP/1.1\r\nHost: [2606:4700::1]:81\r\nConnection: close\r\nContent-Length: 1\r\n\r\n",
		"in brackets; a length is not to be taken away");
}

static const struct {
	const char *name, *text;
} garbage[] = {
	{"nothing", "\r\n\r\n"},
	{"origin form", "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"},
	{"another scheme", "GET https://example.com/ HTTP/1.1\r\n\r\n"},
	{"ftp", "GET ftp://example.com/ HTTP/1.1\r\n\r\n"},
	{"a file", "GET file:///etc/passwd HTTP/1.1\r\n\r\n"},
	{"no host", "GET http:///x HTTP/1.1\r\n\r\n"},
	{"a user", "GET http://u:p@example.com/ HTTP/1.1\r\n\r\n"},
	{"a user with a host in it", "GET http://example.com@evil.org/ HTTP/1.1\r\n\r\n"},
	{"a fragment", "GET http://example.com/#x HTTP/1.1\r\n\r\n"},
	{"a backslash", "GET http://example.com\\@evil.org/ HTTP/1.1\r\n\r\n"},
	{"an empty port", "GET http://example.com:/ HTTP/1.1\r\n\r\n"},
	{"CONNECT without a port", "CONNECT example.com HTTP/1.1\r\n\r\n"},
	{"CONNECT with a URL", "CONNECT http://example.com:443 HTTP/1.1\r\n\r\n"},
	{"CONNECT with a path", "CONNECT example.com:443/ HTTP/1.1\r\n\r\n"},
	{"CONNECT in small letters", "connect example.com:443 HTTP/1.1\r\n\r\n"},
	{"no version", "GET http://example.com/\r\n\r\n"},
	{"HTTP/2", "PRI * HTTP/2.0\r\n\r\n"},
	{"another version", "GET http://example.com/ HTTP/1.2\r\n\r\n"},
	{"a longer version", "GET http://example.com/ HTTP/1.11\r\n\r\n"},
	{"two blanks", "GET  http://example.com/ HTTP/1.1\r\n\r\n"},
	{"a blank in the URL", "GET http://example.com/a b HTTP/1.1\r\n\r\n"},
	{"a tab", "GET\thttp://example.com/ HTTP/1.1\r\n\r\n"},
	{"a long method", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA http://example.com/ HTTP/1.1\r\n\r\n"},
	{"a method of signs", "G(T http://example.com/ HTTP/1.1\r\n\r\n"},
	{"no method", " http://example.com/ HTTP/1.1\r\n\r\n"},
	{"a control character", "GET http://example.com/\x01 HTTP/1.1\r\n\r\n"},
	{"bytes beyond ASCII", "GET http://example.com/\xff HTTP/1.1\r\n\r\n"},
	{"a bare LF", "GET http://example.com/ HTTP/1.1\nX: y\r\n\r\n"},
	{"a bare LF in a header", "GET http://example.com/ HTTP/1.1\r\nX: y\nZ: z\r\n\r\n"},
	{"a bare CR", "GET http://example.com/ HTTP/1.1\r\nX: y\rZ: z\r\n\r\n"},
	{"a folded header", "GET http://example.com/ HTTP/1.1\r\nX: y\r\n z\r\n\r\n"},
	{"a blank before the colon", "GET http://example.com/ HTTP/1.1\r\nX : y\r\n\r\n"},
	{"a header without a colon", "GET http://example.com/ HTTP/1.1\r\nX\r\n\r\n"},
	{"a header without a name", "GET http://example.com/ HTTP/1.1\r\n: y\r\n\r\n"},
	{"two lengths",
		"POST http://example.com/ HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n"},
	{"a list of lengths", "POST http://example.com/ HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n"},
	{"a negative length", "POST http://example.com/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n"},
	{"a signed length", "POST http://example.com/ HTTP/1.1\r\nContent-Length: +1\r\n\r\n"},
	{"a length in hexadecimal",
		"POST http://example.com/ HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n"},
	{"no length", "POST http://example.com/ HTTP/1.1\r\nContent-Length:\r\n\r\n"},
	{"a length past all",
		"POST http://example.com/ HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n"},
	{"chunks", "POST http://example.com/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{"chunks and a length",
		"POST http://example.com/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{"TLS", "\x16\x03\x01\x02\r\n\r\n"},
	{"SOCKS", "\x05\x01\r\n\r\n"},
};

static void test_garbage(void)
{
	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		struct proxy_request r;

		ok(read_text(garbage[i].text, &r) == REQUEST_BAD && r.wrong && r.status >= 400,
			"refused: %s", garbage[i].name);
	}
}

/* Cut anywhere it is not yet a request, and no byte past the end is looked at. */
static void test_parts(void)
{
	static const char text[] = "CONNECT example.com:443 HTTP/1.1\r\nA: b\r\n\r\n";
	size_t whole = strlen(text), more = 0;
	struct proxy_request r;

	for (size_t len = 0; len < whole; len++) {
		char *part = xcalloc(1, len + 1); /* for the sanitizer: as long as it is */

		memcpy(part, text, len);
		more += request_read(part, len, &r) == REQUEST_MORE;
		free(part);
	}
	ok(more == whole, "a part of a head asks for more (%zu of %zu)", more, whole);
	ok(request_read(text, whole, &r) == REQUEST_GOOD && r.head_len == whole,
		"the whole does not");
}

static void test_bombs(void)
{
	CLEANUP(buf_release) struct buf head = BUF_INIT;
	struct proxy_request r;

	buf_puts(&head, "GET http://example.com/ HTTP/1.1\r\n");
	for (int i = 0; i < REQUEST_HEADERS_MAX; i++)
		buf_printf(&head, "X-%d: y\r\n", i);
	buf_puts(&head, "\r\n");
	ok(request_read(head.data, head.len, &r) == REQUEST_GOOD, "many headers");
	buf_splice(&head, head.len - 2, 0, "Z: z\r\n", 6);
	ok(request_read(head.data, head.len, &r) == REQUEST_BAD && r.status == 431, "too many");
	buf_clear(&head);
	buf_puts(&head, "GET http://example.com/");
	while (head.len < REQUEST_HEAD_MAX - 1)
		buf_putc(&head, 'a');
	ok(request_read(head.data, head.len, &r) == REQUEST_MORE, "a long line");
	buf_putc(&head, 'a');
	ok(request_read(head.data, head.len, &r) == REQUEST_BAD && r.status == 431, "too long");
	buf_puts(&head, " HTTP/1.1\r\n\r\n");
	ok(request_read(head.data, head.len, &r) == REQUEST_BAD,
		"even when its end has come along");
}

static void test_secret(void)
{
	static const struct {
		const char *header;
		bool good;
	} cases[] = {
		{"Proxy-Authorization: Basic Z2l0LWFnZW50OjAxMjM0NTY3",
			true}, /* git-agent:01234567 */
		{"proxy-authorization: bAsIc  Z2l0LWFnZW50OjAxMjM0NTY3 ", true},
		{"Proxy-Authorization: Basic Z2l0LWFnZW50OjAxMjM0NTY4", false},
		{"Proxy-Authorization: Basic Z2l0LWFnZW50OjAxMjM0NTY", false},
		{"Proxy-Authorization: Basic Z2l0LWFnZW50OjAxMjM0NTY3Z", false},
		{"Proxy-Authorization: Basic", false},
		{"Proxy-Authorization: Basic ", false},
		{"Proxy-Authorization:", false},
		{"Proxy-Authorization: Bearer Z2l0LWFnZW50OjAxMjM0NTY3", false},
		{"Authorization: Basic Z2l0LWFnZW50OjAxMjM0NTY3", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_release) struct buf head = BUF_INIT;
		struct proxy_request r;

		buf_printf(&head, "CONNECT a.example:1 HTTP/1.1\r\n%s\r\n\r\n", cases[i].header);
		ok(request_read(head.data, head.len, &r) == REQUEST_GOOD &&
				request_has_secret(&r, "git-agent", "01234567") == cases[i].good,
			"%s: '%s'", cases[i].good ? "let in" : "kept out", cases[i].header);
	}
}

int main(void)
{
	test_addresses();
	test_carried();
	test_targets();
	test_list();
	test_items();
	test_names_address();
	test_tunnel();
	test_forward();
	test_garbage();
	test_parts();
	test_bombs();
	test_secret();
	return tap_done();
}
