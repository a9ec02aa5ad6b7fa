#include "date.h"

#include <stdio.h>
#include <string.h>

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* The number in text[from..from + count), or -1. */
static int number_at(const char *text, int from, int count)
{
	int value = 0;

	for (int i = from; i < from + count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

bool date_parse(const char *text, int *day)
{
	int year, month, date;

	if (strlen(text) != DATE_TEXT - 1 || text[4] != '-' || text[7] != '-')
		return false;
	year = number_at(text, 0, 4);
	month = number_at(text, 5, 2);
	date = number_at(text, 8, 2);
	if (year < 1900 || month < 1 || month > 12 || date < 1 || date > days_in(year, month))
		return false;
	*day = year * 10000 + month * 100 + date;
	return true;
}

char *date_format(int day, char *text)
{
	unsigned int n = (unsigned int)day;

	snprintf(text, DATE_TEXT, "%04u-%02u-%02u", n / 10000 % 10000, n / 100 % 100, n % 100);
	return text;
}
