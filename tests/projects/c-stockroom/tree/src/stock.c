#include "stock.h"

#include <stdlib.h>
#include <string.h>

/* No count can go beyond this, so that sums of products stay in 64 bits. */
#define ON_HAND_MAX 1000000000L

void stock_free(struct stock *stock)
{
	free(stock->items);
	memset(stock, 0, sizeof(*stock));
}

/* Where the SKU is, or where it would have to be. */
static size_t place_of(const struct stock *stock, const char *sku)
{
	size_t low = 0, high = stock->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(stock->items[middle].sku, sku) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct stock_item *stock_find(const struct stock *stock, const char *sku)
{
	size_t place = place_of(stock, sku);

	if (place < stock->count && strcmp(stock->items[place].sku, sku) == 0)
		return &stock->items[place];
	return NULL;
}

static struct stock_item *find_or_add(struct stock *stock, const char *sku)
{
	size_t place = place_of(stock, sku);

	if (place < stock->count && strcmp(stock->items[place].sku, sku) == 0)
		return &stock->items[place];
	if (stock->count == stock->room) {
		size_t room = stock->room ? stock->room * 2 : 16;
		struct stock_item *items = realloc(stock->items, room * sizeof(*items));

		if (!items)
			return NULL;
		stock->items = items;
		stock->room = room;
	}
	memmove(&stock->items[place + 1], &stock->items[place],
		(stock->count - place) * sizeof(*stock->items));
	stock->count++;
	memset(&stock->items[place], 0, sizeof(*stock->items));
	strcpy(stock->items[place].sku, sku);
	return &stock->items[place];
}

const char *stock_apply(struct stock *stock, const struct movement *move)
{
	const struct stock_item *known = stock_find(stock, move->sku);
	struct stock_item *item;

	if (move->kind == MOVE_OUT && (!known || known->on_hand < move->quantity))
		return "more is taken than there is";
	if (move->kind == MOVE_IN && known && known->on_hand > ON_HAND_MAX - move->quantity)
		return "more than the shelves can hold";
	item = find_or_add(stock, move->sku);
	if (!item)
		return "out of memory";
	switch (move->kind) {
	case MOVE_IN:
		item->on_hand += move->quantity;
		break;
	case MOVE_OUT:
		item->on_hand -= move->quantity;
		break;
	case MOVE_MIN:
		item->minimum = move->quantity;
		break;
	}
	return NULL;
}
