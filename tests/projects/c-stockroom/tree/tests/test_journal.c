#include "check.h"
#include "journal.h"

static const char *reason(const char *line)
{
	struct movement move;
	const char *why = "";

	return journal_line(line, &move, &why) == LINE_ERROR ? why : "";
}

static void test_movements(void)
{
	struct movement move;
	const char *why = NULL;

	CHECK(journal_line("2024-03-01 in  BOLT-M6 100 0.12\n", &move, &why) == LINE_MOVEMENT);
	CHECK(move.kind == MOVE_IN && move.day == 20240301 && move.quantity == 100 && move.unit_cost == 12);
	CHECK_TEXT(move.sku, "BOLT-M6");
	CHECK(journal_line("2024-03-01\tout\tNUT\t7\r\n", &move, &why) == LINE_MOVEMENT);
	CHECK(move.kind == MOVE_OUT && move.quantity == 7 && move.unit_cost == 0);
	CHECK(journal_line("2024-03-01 min NUT 0", &move, &why) == LINE_MOVEMENT);
	CHECK(move.kind == MOVE_MIN && move.quantity == 0);
	CHECK(journal_line("", &move, &why) == LINE_NOTHING);
	CHECK(journal_line("  \t\n", &move, &why) == LINE_NOTHING);
	CHECK(journal_line("# 2024-03-01 in NUT 1 1\n", &move, &why) == LINE_NOTHING);
}

static void test_errors(void)
{
	char longer[400];

	CHECK_TEXT(reason("2024-03-01"), "a movement is expected after the date");
	CHECK_TEXT(reason("2024-03-01 give NUT 1"), "a movement is in, out or min");
	CHECK_TEXT(reason("2024-03-01 in NUT 1"), "wrong number of fields");
	CHECK_TEXT(reason("2024-03-01 out NUT 1 2"), "wrong number of fields");
	CHECK_TEXT(reason("2024-02-30 out NUT 1"), "no such date");
	CHECK_TEXT(reason("2024-03-01 out nut 1"), "not a SKU");
	CHECK_TEXT(reason("2024-03-01 out NUT 0"), "not a quantity");
	CHECK_TEXT(reason("2024-03-01 out NUT 1000001"), "not a quantity");
	CHECK_TEXT(reason("2024-03-01 out NUT -1"), "not a quantity");
	CHECK_TEXT(reason("2024-03-01 in NUT 1 free"), "not a cost");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	CHECK_TEXT(reason(longer), "the line is too long");
}

int main(void)
{
	test_movements();
	test_errors();
	return checks_done("journal");
}
