/*
 * attempt_place: the place a run has among those at work (limits.concurrent).
 */
#ifndef FLOW_ATTEMPT_PLACE_H
#define FLOW_ATTEMPT_PLACE_H

#include "flow/attempt.h"

/* Takes one if one is free and nobody waits. Where none is, --no-wait is EXIT_BUSY, and else nothing is done yet. */
int attempt_place_try(struct attempt *a, struct fault *why);

/* Waits in line until it has one, saying once for whom. */
int attempt_place_await(struct attempt *a, struct fault *why);

#endif
