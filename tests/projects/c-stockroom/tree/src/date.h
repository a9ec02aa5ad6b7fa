/* date.h: calendar days as YYYY-MM-DD. */
#ifndef DATE_H
#define DATE_H

#include <stdbool.h>

#define DATE_TEXT 11

/* The day as the number YYYYMMDD, which sorts; false where there is no such day. */
bool date_parse(const char *text, int *day);

/* Writes "2024-03-01" into text, which holds DATE_TEXT bytes, and returns it. */
char *date_format(int day, char *text);

#endif
