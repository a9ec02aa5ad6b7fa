#include "check.h"
#include "sku.h"

int main(void)
{
	CHECK(sku_valid("A"));
	CHECK(sku_valid("BOLT-M6"));
	CHECK(sku_valid("ABCDEFGHIJKLMNO"));
	CHECK(!sku_valid("ABCDEFGHIJKLMNOP"));
	CHECK(!sku_valid(""));
	CHECK(!sku_valid("6-BOLT"));
	CHECK(!sku_valid("-BOLT"));
	CHECK(!sku_valid("bolt"));
	CHECK(!sku_valid("BOLT M6"));
	CHECK(!sku_valid("BOLT_M6"));
	return checks_done("sku");
}
