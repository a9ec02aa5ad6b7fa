/* sku.h: the names of things on the shelves. */
#ifndef SKU_H
#define SKU_H

#include <stdbool.h>

#define SKU_MAX 15

/* 1 to SKU_MAX upper case letters, digits and dashes; the first is a letter. */
bool sku_valid(const char *text);

#endif
