#include "check.h"
#include "money.h"

static int64_t cents(const char *text)
{
	int64_t value = -1;

	return money_parse(text, &value) ? value : -1;
}

int main(void)
{
	static const char *const refused[] = {"", ".", ".5", "5.", "-1", "+1", "1,5", "1.505", "1 ", " 1", "1e3", "1000001"};
	char text[MONEY_TEXT];

	CHECK(cents("0") == 0);
	CHECK(cents("12") == 1200);
	CHECK(cents("12.5") == 1250);
	CHECK(cents("12.05") == 1205);
	CHECK(cents("1000000") == MONEY_MAX_CENTS);
	CHECK(cents("1000000.01") == -1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(cents(refused[i]) == -1);
	CHECK_TEXT(money_format(0, text), "0.00");
	CHECK_TEXT(money_format(7, text), "0.07");
	CHECK_TEXT(money_format(123456, text), "1234.56");
	CHECK_TEXT(money_format(-5, text), "-0.05");
	return checks_done("money");
}
