#include "port/clock.h"

#include <stdbool.h>
#include <string.h>

#define STAMP_LAST \
	INT64_C(253402300799) /* 9999-12-31T23:59:59Z: later ones have five-digit years */

static int64_t read_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_slept_ms(void)
{
	return read_ms(CLOCK_BOOTTIME) - read_ms(CLOCK_MONOTONIC);
}

int64_t clock_order(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void clock_stamp(char out[CLOCK_STAMP_SIZE])
{
	clock_stamp_at(out, time(NULL));
}

void clock_stamp_at(char out[CLOCK_STAMP_SIZE], time_t when)
{
	struct tm parts;

	if (when < 0)
		when = 0;
	if (when > STAMP_LAST)
		when = STAMP_LAST;
	gmtime_r(&when, &parts);
	strftime(out, CLOCK_STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* `digits` decimal digits at *at, which moves past them; -1: they are not there. */
static int take_number(const char **at, int digits)
{
	int number = 0;

	for (; digits > 0; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		number = number * 10 + (**at - '0');
	}
	return number;
}

static bool take_any(const char **at, const char *of)
{
	if (!**at || !strchr(of, **at))
		return false;
	(*at)++;
	return true;
}

/* The fraction, which is dropped, and the zone, which must be UTC. */
static bool take_tail(const char *at)
{
	if (take_any(&at, ".")) {
		if (take_number(&at, 1) < 0)
			return false;
		while (take_number(&at, 1) >= 0)
			;
	}
	return !strcmp(at, "Z") || !strcmp(at, "z") || !strcmp(at, "+00:00") ||
	       !strcmp(at, "-00:00");
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

time_t clock_parse(const char *stamp)
{
	static const struct {
		int digits, least, most;
		const char *after;
	} fields[] = {
		{4, 0, 9999, "-"},
		{2, 1, 12, "-"},
		{2, 1, 31, "Tt"},
		{2, 0, 23, ":"},
		{2, 0, 59, ":"},
		{2, 0, 60, NULL},
	};
	int value[6];
	struct tm parts = {0};

	for (size_t i = 0; i < 6; i++) {
		value[i] = take_number(&stamp, fields[i].digits);
		if (value[i] < fields[i].least || value[i] > fields[i].most)
			return -1;
		if (fields[i].after && !take_any(&stamp, fields[i].after))
			return -1;
	}
	if (value[2] > days_in(value[0], value[1]) || !take_tail(stamp))
		return -1;
	parts.tm_year = value[0] - 1900;
	parts.tm_mon = value[1] - 1;
	parts.tm_mday = value[2];
	parts.tm_hour = value[3];
	parts.tm_min = value[4];
	parts.tm_sec = value[5];
	return timegm(&parts);
}
