/* check.h: CHECK(condition) counts and names what does not hold; main returns checks_done(). */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int checks_run, checks_failed;

#define CHECK(condition)                                                                 \
	do {                                                                             \
		checks_run++;                                                            \
		if (!(condition)) {                                                      \
			checks_failed++;                                                 \
			printf("%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
		}                                                                        \
	} while (0)

#define CHECK_TEXT(got, want)                                                                \
	do {                                                                                 \
		const char *got_ = (got), *want_ = (want);                                   \
		checks_run++;                                                                \
		if (strcmp(got_, want_) != 0) {                                              \
			checks_failed++;                                                     \
			printf("%s:%d: got \"%s\", want \"%s\"\n", __FILE__, __LINE__, got_, want_); \
		}                                                                            \
	} while (0)

static int checks_done(const char *name)
{
	printf("%-8s %d checks, %d failed\n", name, checks_run, checks_failed);
	return checks_failed != 0;
}

#endif
