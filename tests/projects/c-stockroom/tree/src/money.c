#include "money.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool money_parse(const char *text, int64_t *cents)
{
	int64_t whole = 0;
	int decimals = 0;

	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++) {
		whole = whole * 10 + (*text - '0');
		if (whole > MONEY_MAX_CENTS / 100)
			return false;
	}
	whole *= 100;
	if (*text == '.') {
		int unit = 10;

		for (text++; is_digit(*text) && decimals < 2; text++, decimals++) {
			whole += (*text - '0') * unit;
			unit /= 10;
		}
		if (decimals == 0)
			return false;
	}
	if (*text != '\0' || whole > MONEY_MAX_CENTS)
		return false;
	*cents = whole;
	return true;
}

char *money_format(int64_t cents, char *text)
{
	const char *sign = cents < 0 ? "-" : "";
	int64_t size = cents < 0 ? -cents : cents;

	snprintf(text, MONEY_TEXT, "%s%" PRId64 ".%02" PRId64, sign, size / 100, size % 100);
	return text;
}
