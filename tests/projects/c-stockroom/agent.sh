#!/bin/sh
# shellcheck disable=SC2016
# A scripted agent: run in a checkout of the project, the prompt on standard input or in a file named as its argument.
# Works as many do: in steps, with commits of its own, and leaves the last step uncommitted.
set -eu

prompt=$(cat -- "${1:--}")
case $prompt in
*"tell what the shelves are worth"*) ;;
*)
	echo "agent: nothing to do: the prompt names no task of this project" >&2
	exit 3
	;;
esac

# insert_after <file> <line>: puts standard input behind the first line that is exactly this.
insert_after() {
	cat >.agent-insert
	awk -v want="$2" -v from=.agent-insert '
		{ print }
		!done && $0 == want { while ((getline text < from) > 0) print text; done = 1 }
		END { exit !done }' "$1" >.agent-new
	cat .agent-new >"$1"
	rm .agent-insert .agent-new
}

tab=$(printf '\t')
echo "agent: reading src/stock.c"
grep -n 'on_hand' src/stock.c

echo "agent: the stock keeps the value of what is on hand"
insert_after src/stock.h "${tab}long on_hand;" <<'E'
	int64_t value; /* in cents, of all that is on hand */
E
awk '/^const char \*stock_apply/ {
	print "/*"
	print " * What `quantity` of what is on hand costs: its share of the value, to the nearest cent, halves up. Whole units"
	print " * and the remainder are multiplied apart, so that no product leaves 64 bits."
	print " */"
	print "static int64_t share_of(const struct stock_item *item, long quantity)"
	print "{"
	print "\tint64_t each = item->value / item->on_hand;"
	print "\tint64_t rest = item->value % item->on_hand * quantity;"
	print ""
	print "\treturn each * quantity + (2 * rest + item->on_hand) / (2 * (int64_t)item->on_hand);"
	print "}"
	print ""
}
{ print }' src/stock.c >src/stock.c.new
mv src/stock.c.new src/stock.c
insert_after src/stock.c "${tab}case MOVE_IN:" <<'E'
		item->value += move->quantity * move->unit_cost;
E
insert_after src/stock.c "${tab}case MOVE_OUT:" <<'E'
		item->value -= share_of(item, move->quantity);
E

cat >tests/test_value.c <<'E'
#include "check.h"
#include "money.h"
#include "stock.h"

static void in(struct stock *stock, long quantity, int64_t unit_cost)
{
	struct movement move = {.kind = MOVE_IN, .sku = "NUT", .quantity = quantity, .unit_cost = unit_cost};

	CHECK(!stock_apply(stock, &move));
}

static void out(struct stock *stock, long quantity)
{
	struct movement move = {.kind = MOVE_OUT, .sku = "NUT", .quantity = quantity};

	CHECK(!stock_apply(stock, &move));
}

static int64_t value(const struct stock *stock)
{
	return stock_find(stock, "NUT")->value;
}

static void test_sums(void)
{
	struct stock stock = {0};

	in(&stock, 1, 10);
	in(&stock, 2, 11);
	CHECK(value(&stock) == 32);
	out(&stock, 1); /* 10.67 */
	CHECK(value(&stock) == 21);
	out(&stock, 1); /* 10.5: halves go up */
	CHECK(value(&stock) == 10);
	out(&stock, 1);
	CHECK(value(&stock) == 0);
	stock_free(&stock);
}

static void test_at_once(void)
{
	for (int64_t cost = 1; cost < 40; cost++) {
		struct stock once = {0}, steps = {0};
		int64_t apart;

		in(&once, 3, cost);
		in(&once, 4, cost + 1);
		in(&steps, 3, cost);
		in(&steps, 4, cost + 1);
		out(&once, 3);
		for (int i = 0; i < 3; i++)
			out(&steps, 1);
		apart = value(&once) - value(&steps);
		CHECK(apart >= -1 && apart <= 1);
		out(&once, 4);
		out(&steps, 4);
		CHECK(value(&once) == 0 && value(&steps) == 0);
		stock_free(&once);
		stock_free(&steps);
	}
}

static void test_large(void)
{
	struct stock stock = {0};

	for (int i = 0; i < 1000; i++)
		in(&stock, QUANTITY_MAX, MONEY_MAX_CENTS - i % 2);
	CHECK(value(&stock) == 1000LL * QUANTITY_MAX * MONEY_MAX_CENTS - 500LL * QUANTITY_MAX);
	for (int i = 0; i < 999; i++)
		out(&stock, QUANTITY_MAX);
	CHECK(value(&stock) > 0);
	CHECK(value(&stock) <= (int64_t)QUANTITY_MAX * MONEY_MAX_CENTS);
	out(&stock, QUANTITY_MAX);
	CHECK(value(&stock) == 0);
	stock_free(&stock);
}

int main(void)
{
	test_sums();
	test_at_once();
	test_large();
	return checks_done("value");
}
E
make test
git add -A
git commit -q -m 'stock: keep the value of what is on hand

In whole cents per SKU; what is taken costs its share of the value, so that
nothing is lost to rounding.'

echo "agent: the command"
awk '/^static void answer_history/ {
	while ((getline text < "/dev/stdin") > 0) print text
}
{ print }' src/command.c >src/command.c.new <<'E'
static void answer_value(struct question *question, FILE *out)
{
	struct table table = {.columns = 3};
	char on_hand[TABLE_CELL], value[MONEY_TEXT];
	int64_t total = 0;

	table_row(&table, (const char *[]){"SKU", "ON HAND", "VALUE"});
	for (size_t i = 0; i < question->stock.count; i++) {
		const struct stock_item *item = &question->stock.items[i];

		if (item->on_hand == 0)
			continue;
		table_row(&table, (const char *[]){item->sku, number(item->on_hand, on_hand),
						   money_format(item->value, value)});
		total += item->value;
	}
	table_row(&table, (const char *[]){"TOTAL", "", money_format(total, value)});
	table_print(&table, out);
	table_free(&table);
}

E
mv src/command.c.new src/command.c
insert_after src/command.c '#include "date.h"' <<'E'
#include "money.h"
E
insert_after src/command.c "$(grep '{"low", false' src/command.c)" <<'E'
	{"value", false, answer_value, "what the shelves are worth"},
E
cat >tests/data/shop.value <<'E'
SKU      ON HAND  VALUE
BOLT-M6       75   9.94
NUT-M6        90   4.50
TOTAL             14.44
E
cat >tests/data/empty.value <<'E'
SKU    ON HAND  VALUE
TOTAL            0.00
E
printf '# nothing yet\n' >tests/data/empty.journal
insert_after tests/cli.sh 'expect 0 shop.low "$data/shop.journal" low' <<'E'
expect 0 shop.value "$data/shop.journal" value
expect 0 empty.value "$data/empty.journal" value
E
insert_after tests/cli.sh 'expect 2 - "$data/shop.journal" list BOLT-M6' <<'E'
expect 2 - "$data/shop.journal" value BOLT-M6
E
chmod +x tests/cli.sh
sed 's|@sh tests/cli.sh|@tests/cli.sh|' Makefile >Makefile.new
mv Makefile.new Makefile
make test
git add -A
git commit -q -m 'value: a command for what the shelves are worth

tests/cli.sh is executable now, and run as it is.'

echo "agent: documentation"
git rm -q contrib/value.awk
git mv docs/USAGE docs/usage.md
cat >docs/usage.md <<'E'
# Usage

    stockroom <journal> <command> [<sku>]

## Commands

| command | answers |
| --- | --- |
| `list` | what is on hand, by SKU |
| `low` | what is below its minimum |
| `value` | what the shelves are worth, by SKU and in total |
| `history <sku>` | every movement of one SKU, with the running count |
| `check` | reads the journal and says nothing if it is sound |

The value of a SKU is what was paid for it. What is taken costs its share of the value there is, to the nearest cent.

## Exit status

| status | meaning |
| --- | --- |
| 0 | done |
| 1 | the journal has an error (file, line and reason are printed) |
| 2 | wrong usage |
E
sed -e '/contrib\/value.awk/d' -e 's|\[docs/USAGE\](docs/USAGE)|[docs/usage.md](docs/usage.md)|' README.md >README.new
mv README.new README.md
insert_after CHANGES.md '# Changes' <<'E'

## 0.4

- `value`: what the shelves are worth, at the weighted average of what was paid.
E
make lint
echo "agent: done"
