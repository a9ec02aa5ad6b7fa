#include "flow/simulation.h"

#define DEMO_TIMEOUT_MS 60000

static const struct gate_stage stage = {.name = (char *)"demo",
	.run = (char *)"sh git-agent-demo/test-discount.sh",
	.dir = (char *)"",
	.timeout_ms = DEMO_TIMEOUT_MS,
	.when = VEC_INIT,
	.env = VEC_INIT};

const struct gate_stage *simulation_stage(void)
{
	return &stage;
}
