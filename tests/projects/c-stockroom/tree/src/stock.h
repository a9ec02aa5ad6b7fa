/* stock.h: what is on the shelves after some movements. */
#ifndef STOCK_H
#define STOCK_H

#include <stddef.h>

#include "journal.h"

struct stock_item {
	char sku[SKU_MAX + 1];
	long on_hand;
	long minimum;
};

struct stock {
	struct stock_item *items; /* sorted by SKU */
	size_t count;
	size_t room;
};

void stock_free(struct stock *stock);

/* Applies one movement. NULL, or why it is impossible; the stock is then as before. */
const char *stock_apply(struct stock *stock, const struct movement *move);

/* NULL where there has never been any. */
const struct stock_item *stock_find(const struct stock *stock, const char *sku);

#endif
