/*
 * judge_watch: shows a gate at work: a live line while stages run, a tick or a cross per stage.
 */
#ifndef FLOW_JUDGE_WATCH_H
#define FLOW_JUDGE_WATCH_H

#include "core/gate.h"

struct gate_watch judge_watch(void);

/* One line about a stage's result. */
void judge_mark(const struct gate_result *r);

#endif
