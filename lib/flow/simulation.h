/*
 * simulation: the check of its own that a simulated run is judged by, beside the repository's stages: what the scripted agent of
 * share/simulate/ writes must print what it should.
 */
#ifndef FLOW_SIMULATION_H
#define FLOW_SIMULATION_H

#include "core/gate.h"

const struct gate_stage *simulation_stage(void);

#endif
