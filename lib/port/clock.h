/*
 * clock: time. Durations come from the monotonic clock, which stands still while the machine
 * sleeps; stamps are RFC 3339 in UTC.
 */
#ifndef PORT_CLOCK_H
#define PORT_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_STAMP_SIZE 21 /* "2026-01-02T03:04:05Z" and the NUL */

/* Milliseconds on CLOCK_MONOTONIC. */
int64_t clock_now_ms(void);

/* Milliseconds this machine has slept since it booted (CLOCK_BOOTTIME less CLOCK_MONOTONIC). */
int64_t clock_slept_ms(void);

/* Nanoseconds since the boot, sleep included: what comes later has the larger number, in every process. */
int64_t clock_order(void);

/* The time now, or `when`, as RFC 3339. */
void clock_stamp(char out[CLOCK_STAMP_SIZE]);
void clock_stamp_at(char out[CLOCK_STAMP_SIZE], time_t when);

/* Seconds since the epoch of an RFC 3339 stamp in UTC; -1: not one. */
time_t clock_parse(const char *stamp);

#endif
