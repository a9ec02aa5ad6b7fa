#include "flow/judging.h"
#include "base/alloc.h"
#include "base/term.h"
#include "core/flaky.h"
#include "core/opened.h"
#include "flow/gate_show.h"
#include "flow/layers.h"

#include <stdio.h>
#include <unistd.h>

void judging_release(struct judging *j)
{
	struct fault ignored = FAULT_INIT;

	gate_release(&j->gate);
	proxy_free(&j->workspace.proxy);
	if (j->workspace.path)
		fs_remove(j->workspace.path, &ignored);
	workspace_release(&j->workspace);
	layer_release(&j->layer);
	verdicts_release(&j->verdicts);
	str_free(&j->log_dir);
}

/* What a stage needs: a place, a box, what setup leaves. */
static int run_stages(struct judging *j, struct fault *why)
{
	struct workspace *w = &j->workspace;
	CLEANUP(str_free) char *log = fs_join(j->log_dir, "setup.log");
	CLEANUP(str_free) char *network = fs_join(j->log_dir, "network.ndjson");
	char name[32];

	/* A name nobody else has: two gates at once never disturb each other. */
	snprintf(name, sizeof name, "gate-%ld", (long)getpid());
	if (workspace_create(w, j->repo, j->policy, name, why) < 0 ||
		opened_check(j->repo, j->policy, why) < 0)
		return -1;
	w->level = j->level < 0 ? sandbox_reach() : (enum sandbox_level)j->level;
	j->verdicts.level = (int)w->level;
	j->layer.foreign = j->foreign;
	if (proxy_new(&w->proxy, "gate", &j->policy->hosts, network, why) < 0 ||
		layers_take(&j->layer, w, j->repo, j->policy, j->commit, log, why) < 0 ||
		gate_run(&j->gate, why) < 0)
		return -1;
	proxy_free(&w->proxy);
	return 0;
}

static int note_flakes(const struct judging *j, struct fault *why)
{
	for (size_t i = 0; i < j->gate.len; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		if (!j->gate.results[i].flaky)
			continue;
		if (flaky_note(j->store->dir, &j->gate.results[i], j->commit, &text, why) < 0)
			return -1;
		term_warn("flaky: %s", text.data);
	}
	return 0;
}

int judging_run(struct judging *j, struct fault *why)
{
	CLEANUP(str_free) char *network = NULL;
	CLEANUP(buf_release) struct buf dir = BUF_INIT;
	size_t left = 0;
	int done = 0;

	layer_init(&j->layer);
	j->verdicts = (struct verdicts)VERDICTS_INIT;
	/* One's own HEAD needs no level, but a person said `none`. */
	if (j->policy->require == SANDBOX_NONE)
		j->level = SANDBOX_NONE;
	buf_printf(&dir, "%s/gate/%s", j->store->dir, j->commit);
	j->log_dir = buf_take(&dir);
	j->gate = (struct gate){.repo = j->repo,
		.policy = j->policy,
		.workspace = &j->workspace,
		.name = "gate",
		.commit = j->commit,
		.log_dir = j->log_dir,
		.layer = &j->layer,
		.extra = j->extra,
		.changes = j->changes,
		.verdicts = &j->verdicts,
		.watch = gate_show()};
	network = fs_join(j->log_dir, "network.ndjson");
	j->verdicts.fresh = j->no_cache;
	j->verdicts.level = j->level;
	if (fs_remove(network, why) < 0 ||
		verdicts_open(&j->verdicts, j->repo, j->policy, j->store->dir, j->commit, why) <
			0 ||
		gate_recall(&j->gate, &left, why) < 0)
		return -1;
	if (left)
		done = run_stages(j, why);
	term_live_end();
	return done < 0 ? -1 : note_flakes(j, why);
}
