#include "table.h"

#include <stdlib.h>
#include <string.h>

int table_row(struct table *table, const char *const *cells)
{
	size_t columns = (size_t)table->columns;

	if (table->rows == table->room) {
		size_t room = table->room ? table->room * 2 : 16;
		char(*grown)[TABLE_CELL] = realloc(table->cells, room * columns * TABLE_CELL);

		if (!grown)
			return 0;
		table->cells = grown;
		table->room = room;
	}
	for (size_t i = 0; i < columns; i++) {
		char *cell = table->cells[table->rows * columns + i];

		strncpy(cell, cells[i], TABLE_CELL - 1);
		cell[TABLE_CELL - 1] = '\0';
	}
	table->rows++;
	return 1;
}

void table_print(const struct table *table, FILE *out)
{
	size_t columns = (size_t)table->columns;
	int width[TABLE_COLUMNS] = {0};

	for (size_t i = 0; i < table->rows * columns; i++) {
		int length = (int)strlen(table->cells[i]);

		if (length > width[i % columns])
			width[i % columns] = length;
	}
	for (size_t row = 0; row < table->rows; row++) {
		fprintf(out, "%-*s", width[0], table->cells[row * columns]);
		for (size_t i = 1; i < columns; i++)
			fprintf(out, "  %*s", width[i], table->cells[row * columns + i]);
		fputc('\n', out);
	}
}

void table_free(struct table *table)
{
	free(table->cells);
	memset(table, 0, sizeof(*table));
}
