#include "port/proxy_request.h"
#include "base/alloc.h"

#include <string.h>
#include <strings.h>

#define METHOD_MAX  32
#define BODY_DIGITS 15
#define PORT_HTTP   80

/* Headers between two ends of a connection alone (RFC 9110, 7.6.1), and what request_forward says itself. */
static const char *const dropped[] = {"connection", "host", "keep-alive", "proxy-authenticate",
	"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"};

static enum request_state bad(struct proxy_request *r, int status, const char *wrong)
{
	r->status = status;
	r->wrong = wrong;
	return REQUEST_BAD;
}

/* RFC 9110, 5.6.2 */
static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    (c && strchr("!#$%&'*+-.^_`|~", c))))
			return false;
	}
	return s.len > 0;
}

static bool is_visible(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] <= ' ' || (unsigned char)s.at[i] >= 0x7f)
			return false;
	return s.len > 0;
}

static bool is_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool same_word(struct span s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.at, word, s.len);
}

static struct span trimmed(struct span s)
{
	while (s.len && (s.at[0] == ' ' || s.at[0] == '\t'))
		s.at++, s.len--;
	while (s.len && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Up to `stop`, taken off the front with it; false: there is none. */
static bool cut(struct span *rest, const char *stop, struct span *out)
{
	const char *found = memmem(rest->at, rest->len, stop, strlen(stop));

	if (!found)
		return false;
	*out = (struct span){rest->at, (size_t)(found - rest->at)};
	rest->len -= out->len + strlen(stop);
	rest->at = found + strlen(stop);
	return true;
}

static enum request_state read_absolute(struct span url, struct proxy_request *r)
{
	static const char scheme[] = "http://";
	size_t skip = strlen(scheme), len;

	if (url.len < skip || strncasecmp(url.at, scheme, skip) != 0)
		return bad(r, 400, "this is a proxy: it takes CONNECT and absolute http:// URLs");
	url.at += skip;
	url.len -= skip;
	for (len = 0; len < url.len && !strchr("/?#", url.at[len]); len++)
		;
	if (memchr(url.at, '#', url.len) || target_parse(url.at, len, &r->target) < 0)
		return bad(r, 400, "no such URL");
	if (!r->target.port)
		r->target.port = PORT_HTTP;
	r->path = (struct span){url.at + len, url.len - len};
	return REQUEST_GOOD;
}

static enum request_state read_line(struct span line, struct proxy_request *r)
{
	struct span url;

	if (!cut(&line, " ", &r->method) || !cut(&line, " ", &url) || !is_token(r->method) ||
		r->method.len > METHOD_MAX || !is_visible(url))
		return bad(r, 400, "no request line");
	if (line.len != 8 || (memcmp(line.at, "HTTP/1.1", 8) && memcmp(line.at, "HTTP/1.0", 8)))
		return bad(r, 505, "HTTP/1.1 is spoken here");
	r->version = line;
	r->tunnel = r->method.len == 7 && !memcmp(r->method.at, "CONNECT", 7);
	if (!r->tunnel)
		return read_absolute(url, r);
	if (target_parse(url.at, url.len, &r->target) < 0 || !r->target.port)
		return bad(r, 400, "no such host and port");
	return REQUEST_GOOD;
}

static enum request_state read_length(struct span value, struct proxy_request *r)
{
	uint64_t length = 0;

	if (!value.len || value.len > BODY_DIGITS)
		return bad(r, 400, "no such length");
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return bad(r, 400, "no such length");
		length = length * 10 + (uint64_t)(value.at[i] - '0');
	}
	r->body = length;
	return REQUEST_GOOD;
}

static enum request_state read_header(struct span line, struct proxy_request *r)
{
	struct request_header *h = &r->headers[r->headers_len];

	if (r->headers_len == REQUEST_HEADERS_MAX)
		return bad(r, 431, "too many headers");
	if (!cut(&line, ":", &h->name) || !is_token(h->name) || !is_value(line))
		return bad(r, 400, "no such header");
	h->value = trimmed(line);
	for (size_t i = 0; i < r->headers_len; i++)
		if (same_word(h->name, "content-length") &&
			same_word(r->headers[i].name, "content-length"))
			return bad(r, 400, "two lengths");
	r->headers_len++;
	if (r->tunnel)
		return REQUEST_GOOD;
	if (same_word(h->name, "transfer-encoding"))
		return bad(r, 411, "a body needs its length here");
	return same_word(h->name, "content-length") ? read_length(h->value, r) : REQUEST_GOOD;
}

enum request_state request_read(const char *bytes, size_t len, struct proxy_request *out)
{
	size_t shown = len < REQUEST_HEAD_MAX ? len : REQUEST_HEAD_MAX;
	const char *end = memmem(bytes, shown, "\r\n\r\n", 4);
	struct span rest, line;
	enum request_state state;

	*out = (struct proxy_request){0};
	if (!end)
		return len < REQUEST_HEAD_MAX ? REQUEST_MORE : bad(out, 431, "too long a head");
	out->head_len = (size_t)(end - bytes) + 4;
	rest = (struct span){bytes, out->head_len - 2};
	state = cut(&rest, "\r\n", &line) ? read_line(line, out) : bad(out, 400, "no request line");
	while (state == REQUEST_GOOD && cut(&rest, "\r\n", &line))
		state = read_header(line, out);
	return state;
}

/* RFC 4648 */
static void put_base64(struct buf *out, const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t left = strlen(text); left; text += 3) {
		unsigned long group = (unsigned long)(unsigned char)text[0] << 16;

		group |= left > 1 ? (unsigned long)(unsigned char)text[1] << 8 : 0;
		group |= left > 2 ? (unsigned long)(unsigned char)text[2] : 0;
		buf_putc(out, digits[group >> 18 & 63]);
		buf_putc(out, digits[group >> 12 & 63]);
		buf_putc(out, left > 1 ? digits[group >> 6 & 63] : '=');
		buf_putc(out, left > 2 ? digits[group & 63] : '=');
		if (left <= 3)
			return;
		left -= 3;
	}
}

static bool same_secret(struct span got, const struct buf *want)
{
	unsigned char differ = got.len != want->len;

	for (size_t i = 0; i < got.len && i < want->len; i++)
		differ |= (unsigned char)(got.at[i] ^ want->data[i]);
	return !differ;
}

bool request_has_secret(const struct proxy_request *r, const char *user, const char *secret)
{
	CLEANUP(buf_release) struct buf plain = BUF_INIT, want = BUF_INIT;

	buf_printf(&plain, "%s:%s", user, secret);
	put_base64(&want, plain.data);
	for (size_t i = 0; i < r->headers_len; i++) {
		struct span value = r->headers[i].value, scheme;

		if (same_word(r->headers[i].name, "proxy-authorization") &&
			cut(&value, " ", &scheme) && same_word(scheme, "basic"))
			return same_secret(trimmed(value), &want);
	}
	return false;
}

/* Of headers that `Connection` names none is for the server either. */
static bool is_dropped(const struct proxy_request *r, struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(dropped); i++)
		if (same_word(name, dropped[i]))
			return true;
	if (same_word(name, "content-length"))
		return false;
	for (size_t i = 0; i < r->headers_len; i++) {
		struct span list = r->headers[i].value, item;

		if (!same_word(r->headers[i].name, "connection"))
			continue;
		while (list.len) {
			if (!cut(&list, ",", &item)) {
				item = list;
				list.len = 0;
			}
			item = trimmed(item);
			if (item.len == name.len && !strncasecmp(item.at, name.at, name.len))
				return true;
		}
	}
	return false;
}

void request_forward(const struct proxy_request *r, struct buf *out)
{
	char host[TARGET_TEXT_MAX];

	target_text(&r->target, host);
	if (r->target.port == PORT_HTTP)
		*strrchr(host, ':') = '\0';
	buf_add(out, r->method.at, r->method.len);
	buf_puts(out, r->path.len && r->path.at[0] == '/' ? " " : " /");
	buf_add(out, r->path.at, r->path.len);
	buf_putc(out, ' ');
	buf_add(out, r->version.at, r->version.len);
	buf_printf(out, "\r\nHost: %s\r\nConnection: close\r\n", host);
	for (size_t i = 0; i < r->headers_len; i++) {
		const struct request_header *h = &r->headers[i];

		if (is_dropped(r, h->name))
			continue;
		buf_add(out, h->name.at, h->name.len);
		buf_puts(out, ": ");
		buf_add(out, h->value.at, h->value.len);
		buf_puts(out, "\r\n");
	}
	buf_puts(out, "\r\n");
}
