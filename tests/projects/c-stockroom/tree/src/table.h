/* table.h: text in columns; the first is aligned left, the others right. */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS 5
#define TABLE_CELL 32

struct table {
	int columns;
	size_t rows, room;
	char (*cells)[TABLE_CELL];
};

/* Adds a row of table->columns cells; too long ones are cut. Out of memory: the row is left out, false. */
int table_row(struct table *table, const char *const *cells);

void table_print(const struct table *table, FILE *out);
void table_free(struct table *table);

#endif
