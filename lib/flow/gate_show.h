/*
 * gate_show: shows a gate at work: a live line while stages run, a tick or a cross per stage.
 */
#ifndef FLOW_GATE_SHOW_H
#define FLOW_GATE_SHOW_H

#include "core/gate.h"

struct gate_watch gate_show(void);

/* One line about a stage's result. */
void gate_show_mark(const struct gate_result *r);

#endif
