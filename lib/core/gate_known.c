#include "core/gate_known.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/gate_reports.h"
#include "core/verdict.h"

int gate_known(struct gate *g, struct gate_result *r, struct fault *why)
{
	CLEANUP(verdict_release) struct verdict known = {0};
	CLEANUP(str_free) char *reports = gate_reports_path(r->log);
	int found =
		g->verdicts ? verdict_find(g->verdicts, r->stage, r->log, reports, &known, why) : 1;

	if (found)
		return found;
	r->status = known.green ? GATE_GREEN : GATE_RED;
	r->cached = true;
	str_replace(&r->detail, known.detail);
	r->started_ms = 1;
	r->ended_ms = 1 + known.ms;
	return 0;
}

void gate_keep(const struct gate *g)
{
	struct fault ignored = FAULT_INIT;
	bool any = false;

	/* What some file's driver did not filter is not what the tree says. */
	if (!g->verdicts || g->workspace->filters.unfiltered)
		return;
	for (size_t i = 0; i < g->len; i++) {
		const struct gate_result *r = &g->results[i];
		struct verdict v = {.green = r->status == GATE_GREEN,
			.detail = r->detail,
			.ms = r->ended_ms - r->started_ms};
		CLEANUP(str_free) char *reports = gate_reports_path(r->log);

		if (r->cached || r->flaky || (!v.green && !(r->status == GATE_RED && r->certain)))
			continue;
		any = true;
		verdict_keep(g->verdicts, r->stage, &v, r->log, reports, &ignored);
	}
	if (any)
		verdicts_prune(
			g->verdicts->state, g->policy->cache_for_ms, g->policy->cache_bytes, false);
}
