#include "core/secret_text.h"

#include <stdint.h>
#include <string.h>

static void put_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

bool secret_text16(const char *bytes, size_t len, struct buf *out)
{
	const unsigned char *b = (const unsigned char *)bytes;
	size_t even = 0, odd = 0, look = len < 4096 ? len : 4096;
	bool little;

	for (size_t i = 0; i + 1 < look; i += 2) {
		even += !b[i];
		odd += !b[i + 1];
	}
	if (len < 4)
		return false;
	if ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))
		little = b[0] == 0xff;
	else if (odd > look / 5 && even < look / 50)
		little = true;
	else if (even > look / 5 && odd < look / 50)
		little = false;
	else
		return false;
	for (size_t i = 0; i + 1 < len; i += 2)
		put_utf8(out,
			little ? b[i] | (uint32_t)b[i + 1] << 8 : b[i + 1] | (uint32_t)b[i] << 8);
	return true;
}

void secret_text(const char *bytes, size_t len, struct buf *out)
{
	if (!memchr(bytes, '\0', len)) {
		buf_add(out, bytes, len);
	} else if (!secret_text16(bytes, len, out)) {
		size_t start = out->len;

		buf_add(out, bytes, len);
		for (size_t i = start; i < out->len; i++)
			if (!out->data[i])
				out->data[i] = '\n';
	}
}
