/* money.h: amounts in cents. */
#ifndef MONEY_H
#define MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MONEY_MAX_CENTS 100000000 /* what one piece may cost at most */
#define MONEY_TEXT 32

/* "12", "12.5", "12.50" -> 1200, 1250, 1250. Anything else is refused. */
bool money_parse(const char *text, int64_t *cents);

/* Writes "12.50" into text, which holds MONEY_TEXT bytes, and returns it. */
char *money_format(int64_t cents, char *text);

#endif
