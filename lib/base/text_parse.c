#include "base/alloc.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_slug_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z');
}

void text_slug(struct buf *out, const char *text, size_t max)
{
	size_t start = out->len, end = start;
	bool gap = false;

	for (; *text; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;

		if (!is_slug_char(c)) {
			gap = true;
			continue;
		}
		if (end + (gap && end > start) + 1 - start > max)
			break;
		if (gap && end > start)
			buf_putc(out, '-');
		buf_putc(out, c);
		gap = false;
		end = out->len;
	}
}

/* --- numbers with units --------------------------------------------------------------------- */

struct unit {
	const char *name;
	int64_t factor;
};

static int64_t with_unit(const char *text, const struct unit *units)
{
	int64_t number = 0;

	if (!is_digit(*text))
		return -1;
	for (; is_digit(*text); text++)
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, *text - '0', &number))
			return -1;
	for (; units->name; units++)
		if (!strcmp(text, units->name))
			return __builtin_mul_overflow(number, units->factor, &number) ? -1 : number;
	return -1;
}

int64_t text_duration(const char *text)
{
	static const struct unit units[] = {
		{"", 1000},
		{"ms", 1},
		{"s", 1000},
		{"m", 60 * 1000},
		{"h", 60 * 60 * 1000},
		{"d", 24 * 60 * 60 * 1000},
		{NULL, 0},
	};

	return with_unit(text, units);
}

int64_t text_size(const char *text)
{
	static const struct unit units[] = {
		{"", 1},
		{"k", 1 << 10},
		{"K", 1 << 10},
		{"m", 1 << 20},
		{"M", 1 << 20},
		{"g", 1 << 30},
		{"G", 1 << 30},
		{NULL, 0},
	};

	return with_unit(text, units);
}

void text_put_duration(struct buf *out, int64_t ms)
{
	long long tenths = ms > 0 ? ms / 100 : 0, seconds = tenths / 10, minutes = seconds / 60;

	if (seconds < 10)
		buf_printf(out, "%lld.%llds", seconds, tenths % 10);
	else if (minutes < 1)
		buf_printf(out, "%llds", seconds);
	else if (minutes < 60)
		buf_printf(out, "%lldm%02llds", minutes, seconds % 60);
	else if (minutes < 48 * 60)
		buf_printf(out, "%lldh%02lldm", minutes / 60, minutes % 60);
	else
		buf_printf(out, "%lldd", minutes / 60 / 24);
}

int text_bool(const char *text)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcasecmp(text, words[i]))
			return (int)(i % 2);
	return *text ? -1 : 0;
}

/* --- words ---------------------------------------------------------------------------------- */

/* Appends the word at *at, quotes taken off, and moves *at behind it. */
static int take_word(const char *text, const char **at, struct buf *word, struct fault *why)
{
	const char *s = *at;
	char quote = '\0';

	for (; *s && (quote || !strchr(" \t\r\n", *s)); s++) {
		bool escapes = quote == '"' ? s[1] == '"' || s[1] == '\\' : !quote;

		if (*s == '\\' && escapes) {
			if (!*++s)
				return fault_set(why, EXIT_FATAL,
					"nothing follows the backslash at the end of '%s'", text);
			buf_putc(word, *s);
		} else if (quote ? *s == quote : *s == '\'' || *s == '"') {
			quote = quote ? '\0' : *s;
		} else {
			buf_putc(word, *s);
		}
	}
	if (quote)
		return fault_set(why, EXIT_FATAL, "a %s quote is never closed in '%s'",
			quote == '"' ? "double" : "single", text);
	*at = s;
	return 0;
}

int text_split_words(const char *text, struct vec *words, struct fault *why)
{
	CLEANUP(buf_release) struct buf word = BUF_INIT;
	const char *at = text;

	for (;;) {
		at += strspn(at, " \t\r\n");
		if (!*at)
			return 0;
		buf_clear(&word);
		if (take_word(text, &at, &word, why) < 0)
			return -1;
		vec_push(words, word.data);
	}
}

void text_put_shell_word(struct buf *out, const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_@%+:,./-=";

	/* A leading '=' means something to zsh. */
	if (*word && *word != '=' && !word[strspn(word, safe)]) {
		buf_puts(out, word);
		return;
	}
	buf_putc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *word);
	}
	buf_putc(out, '\'');
}
