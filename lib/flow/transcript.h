/*
 * transcript: a run as a person reads it: its transitions, what the agent printed, what the gate's stages printed, in
 * the order they came.
 */
#ifndef FLOW_TRANSCRIPT_H
#define FLOW_TRANSCRIPT_H

#include "base/fault.h"
#include "core/store.h"

#include <stdbool.h>

/* Prints it; with `follow` until the run is over. With `json` the events alone, one per line. */
int transcript_print(
	struct store *store, const char *id, bool follow, bool json, struct fault *why);

#endif
