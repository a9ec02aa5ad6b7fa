/* What agents print, on its way to a terminal, a report, a name or a list of words. */
#include "fuzz.h"

/* No control character but newline and tab, valid UTF-8, and clean is clean. */
static void check_clean(const char *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, again = BUF_INIT;

	buf_add(&text, bytes, len);
	text_clean(&text);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		must((c >= ' ' && c != 0x7f) || c == '\n' || c == '\t');
		must(c != 0xc2 || (unsigned char)text.data[i + 1] >= 0xa0);
	}
	must(text_is_utf8(text.data, text.len));
	buf_add(&again, text.data, text.len);
	text_clean(&again);
	must(again.len == text.len && !memcmp(again.data, text.data, text.len));
	text_cut_middle(&again, 64);
	must(again.len <= 256 || text.len <= 256);
}

static void check_words(const char *text)
{
	CLEANUP(vec_release) struct vec words = VEC_INIT, again = VEC_INIT;
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	struct fault why = FAULT_INIT;

	if (text_split_words(text, &words, &why) < 0)
		return;
	for (size_t i = 0; i < words.len; i++) {
		if (i)
			buf_putc(&line, ' ');
		text_put_shell_word(&line, words.items[i]);
	}
	must(text_split_words(line.len ? line.data : "", &again, &why) == 0);
	must(again.len == words.len);
	for (size_t i = 0; i < words.len; i++)
		must(!strcmp(again.items[i], words.items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_release) struct buf slug = BUF_INIT;
	CLEANUP(str_free) char *text = xstrndup((const char *)bytes, len);

	check_clean((const char *)bytes, len);
	check_words(text);
	text_slug(&slug, text, 40);
	must(slug.len <= 40 &&
		strspn(slug.data, "abcdefghijklmnopqrstuvwxyz0123456789-") == slug.len);
	must(text_duration(text) >= -1 && text_size(text) >= -1);
	text_bool(text);
	return 0;
}
