#include "check.h"
#include "stock.h"

static const char *move(struct stock *stock, enum movement_kind kind, const char *sku, long quantity)
{
	struct movement movement = {.kind = kind, .day = 20240301, .quantity = quantity};
	const char *why;

	strcpy(movement.sku, sku);
	why = stock_apply(stock, &movement);
	return why ? why : "";
}

static void test_counts(void)
{
	struct stock stock = {0};

	CHECK(!stock_find(&stock, "NUT"));
	CHECK_TEXT(move(&stock, MOVE_IN, "NUT", 10), "");
	CHECK_TEXT(move(&stock, MOVE_IN, "BOLT", 5), "");
	CHECK_TEXT(move(&stock, MOVE_OUT, "NUT", 10), "");
	CHECK_TEXT(move(&stock, MOVE_MIN, "NUT", 3), "");
	CHECK(stock.count == 2);
	CHECK_TEXT(stock.items[0].sku, "BOLT");
	CHECK(stock_find(&stock, "NUT")->on_hand == 0);
	CHECK(stock_find(&stock, "NUT")->minimum == 3);
	stock_free(&stock);
}

static void test_impossible(void)
{
	struct stock stock = {0};

	CHECK_TEXT(move(&stock, MOVE_OUT, "NUT", 1), "more is taken than there is");
	CHECK(stock.count == 0);
	move(&stock, MOVE_IN, "NUT", 2);
	CHECK_TEXT(move(&stock, MOVE_OUT, "NUT", 3), "more is taken than there is");
	CHECK(stock_find(&stock, "NUT")->on_hand == 2);
	stock_free(&stock);
}

static void test_many(void)
{
	struct stock stock = {0};
	char sku[SKU_MAX + 1];

	for (int i = 0; i < 500; i++) {
		snprintf(sku, sizeof(sku), "S%d", i * 7 % 500);
		CHECK_TEXT(move(&stock, MOVE_IN, sku, 1), "");
	}
	CHECK(stock.count == 500);
	for (size_t i = 1; i < stock.count; i++)
		CHECK(strcmp(stock.items[i - 1].sku, stock.items[i].sku) < 0);
	stock_free(&stock);
}

int main(void)
{
	test_counts();
	test_impossible();
	test_many();
	return checks_done("stock");
}
