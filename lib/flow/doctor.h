/*
 * doctor: looks at the machine, and at the repository where there is one, and prints what is found.
 */
#ifndef FLOW_DOCTOR_H
#define FLOW_DOCTOR_H

#include "base/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct doctor_options {
	int64_t timeout_ms; /* for each remote's answer, all of them at the same time */
	bool json;
};

/* Returns EXIT_DONE, or 1 where something is broken. */
int doctor_run(const struct doctor_options *o, struct fault *why);

#endif
