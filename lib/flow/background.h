/*
 * background: a run goes on without the terminal it was started from.
 */
#ifndef FLOW_BACKGROUND_H
#define FLOW_BACKGROUND_H

#include "flow/attempt.h"

/*
 * 1: in the process that was started by the person, whose part is done and said; 0: in the one that goes on, whose output is the run's
 * supervisor.log.
 */
int background_go(struct attempt *a, struct fault *why);

#endif
