#include "command.h"

#include <stdbool.h>
#include <string.h>

#include "date.h"
#include "stock.h"
#include "table.h"

struct question {
	struct stock stock;
	const char *sku;
	struct table history;
};

static const char *number(long value, char *text)
{
	snprintf(text, TABLE_CELL, "%ld", value);
	return text;
}

static void answer_list(struct question *question, FILE *out)
{
	struct table table = {.columns = 2};
	char on_hand[TABLE_CELL];

	table_row(&table, (const char *[]){"SKU", "ON HAND"});
	for (size_t i = 0; i < question->stock.count; i++) {
		const struct stock_item *item = &question->stock.items[i];

		if (item->on_hand > 0)
			table_row(&table, (const char *[]){item->sku, number(item->on_hand, on_hand)});
	}
	table_print(&table, out);
	table_free(&table);
}

static void answer_low(struct question *question, FILE *out)
{
	struct table table = {.columns = 3};
	char on_hand[TABLE_CELL], minimum[TABLE_CELL];

	table_row(&table, (const char *[]){"SKU", "ON HAND", "MINIMUM"});
	for (size_t i = 0; i < question->stock.count; i++) {
		const struct stock_item *item = &question->stock.items[i];

		if (item->on_hand < item->minimum)
			table_row(&table, (const char *[]){item->sku, number(item->on_hand, on_hand),
							   number(item->minimum, minimum)});
	}
	table_print(&table, out);
	table_free(&table);
}

static void answer_history(struct question *question, FILE *out)
{
	table_print(&question->history, out);
}

static const struct {
	const char *name;
	bool needs_sku;
	void (*answer)(struct question *question, FILE *out);
	const char *help;
} commands[] = {
	{"list", false, answer_list, "what is on hand, by SKU"},
	{"low", false, answer_low, "what is below its minimum"},
	{"history", true, answer_history, "every movement of one SKU"},
	{"check", false, NULL, "reads the journal and says nothing if it is sound"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void note_history(struct question *question, const struct movement *move)
{
	const struct stock_item *item = stock_find(&question->stock, move->sku);
	char day[DATE_TEXT], change[TABLE_CELL], on_hand[TABLE_CELL];

	if (move->kind == MOVE_MIN || strcmp(move->sku, question->sku) != 0)
		return;
	if (question->history.rows == 0)
		table_row(&question->history, (const char *[]){"DATE", "CHANGE", "ON HAND"});
	snprintf(change, sizeof(change), "%+ld", move->kind == MOVE_IN ? move->quantity : -move->quantity);
	table_row(&question->history,
		  (const char *[]){date_format(move->day, day), change, number(item->on_hand, on_hand)});
}

static const char *take(void *data, const struct movement *move)
{
	struct question *question = data;
	const char *why = stock_apply(&question->stock, move);

	if (!why && question->sku)
		note_history(question, move);
	return why;
}

int command_run(const char *name, FILE *journal, const char *journal_name, const char *sku, FILE *out,
		FILE *err)
{
	struct question question = {.sku = sku, .history = {.columns = 3}};
	size_t i = 0;
	bool sound;

	while (i < COMMANDS && strcmp(commands[i].name, name) != 0)
		i++;
	if (i == COMMANDS) {
		fprintf(err, "stockroom: no command '%s'\n", name);
		return EXIT_USAGE;
	}
	if (commands[i].needs_sku != (sku != NULL)) {
		fprintf(err, "stockroom: '%s' %s\n", name, sku ? "takes no SKU" : "needs a SKU");
		return EXIT_USAGE;
	}
	sound = journal_read(journal, journal_name, err, take, &question);
	if (sound && commands[i].answer)
		commands[i].answer(&question, out);
	table_free(&question.history);
	stock_free(&question.stock);
	return sound ? 0 : EXIT_JOURNAL;
}

void command_usage(FILE *out)
{
	fprintf(out, "usage: stockroom <journal> <command> [<sku>]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
}
