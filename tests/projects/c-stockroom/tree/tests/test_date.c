#include "check.h"
#include "date.h"

static int day_of(const char *text)
{
	int day = 0;

	return date_parse(text, &day) ? day : 0;
}

int main(void)
{
	char text[DATE_TEXT];

	CHECK(day_of("2024-03-01") == 20240301);
	CHECK(day_of("2024-02-29") == 20240229);
	CHECK(day_of("2000-02-29") == 20000229);
	CHECK(day_of("2023-02-29") == 0);
	CHECK(day_of("1900-02-29") == 0);
	CHECK(day_of("2024-04-31") == 0);
	CHECK(day_of("2024-13-01") == 0);
	CHECK(day_of("2024-00-10") == 0);
	CHECK(day_of("2024-3-1") == 0);
	CHECK(day_of("2024-03-01x") == 0);
	CHECK(day_of("2024/03/01") == 0);
	CHECK(day_of("") == 0);
	CHECK_TEXT(date_format(20240301, text), "2024-03-01");
	return checks_done("date");
}
