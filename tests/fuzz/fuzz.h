/* fuzz: what the targets share. A target takes any bytes; what holds for whatever was read is asserted with must(). */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

/* Faults are for people: one line, of clean text. */
static inline void must_be_plain(const struct fault *why)
{
	must(!strchr(why->message, '\n'));
}

#endif
