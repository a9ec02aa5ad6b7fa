/*
 * attempt_failure: what the end of an agent's process says about its pass: by how it ended, and by what it printed last.
 */
#ifndef FLOW_ATTEMPT_FAILURE_H
#define FLOW_ATTEMPT_FAILURE_H

#include "base/fault.h"
#include "core/agent.h"
#include "port/proc.h"

/*
 * 0: it ended well. Else a fault of EXIT_AGENT (EXIT_INTERRUPTED where it is not the agent's doing) with its reason: exit_<n>,
 * signal_<n>, timed_out, stalled, output_limit, not_found, rate_limited, auth_failed, or agent_failed: the last line says so
 * while the exit status is 0.
 */
int attempt_agent_ended(const struct agent *agent, const struct proc *p, struct fault *why);

#endif
