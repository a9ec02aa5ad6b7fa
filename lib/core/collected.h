/*
 * collected: how many tests a stage ran, from what their runner printed: the rows of share/evidence.ini know the usual ones, and what speaks
 * TAP or JUnit's XML is read as such. What an agent's tests print is no proof; what they fail to print is telling.
 */
#ifndef CORE_COLLECTED_H
#define CORE_COLLECTED_H

#include "core/evidence.h"

#include <stddef.h>

/* Tests that ran, skipped ones left out; -1: nothing in the log tells. */
long collected_read(struct evidence_rules *rules, const char *log, size_t len);

/* The same of a stream in the Test Anything Protocol (its own lines, not those of subtests); -1: it is none. */
long collected_tap(const char *text, size_t len);

/* The same of XML as JUnit writes it: test cases without a <skipped/>; -1: it holds no test suite. */
long collected_junit(const char *text, size_t len);

#endif
