#include "sku.h"

#include <string.h>

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

bool sku_valid(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > SKU_MAX || !is_upper(text[0]))
		return false;
	for (size_t i = 1; i < length; i++) {
		char c = text[i];

		if (!is_upper(c) && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}
