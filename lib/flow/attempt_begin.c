/* The workspace of a run, new or the one it had, and all that has to be there before an agent starts. */
#include "base/alloc.h"
#include "base/term.h"
#include "core/filtered.h"
#include "core/spare.h"
#include "flow/attempt.h"
#include "flow/attempt_place.h"
#include "flow/layers.h"
#include "port/clock.h"

#include <time.h>

static int pin_base(struct attempt *a, struct fault *why)
{
	CLEANUP(buf_release) struct buf ref = BUF_INIT;

	buf_printf(&ref, "refs/agent/base/%s", a->run.id);
	return repo_ref_set(a->repo, ref.data, a->run.base_oid, NULL, "agent: base", why) < 0 ? -1
											      : 0;
}

static void flag_level(struct attempt *a)
{
	if (a->level == SANDBOX_NONE)
		run_flag(&a->run, "sandbox: none: the agent and the gate ran with your own rights");
	if (a->level == SANDBOX_EXTERNAL)
		run_flag(&a->run,
			"sandbox: external: GIT_AGENT_SANDBOX says a container around it is the box");
	if (a->policy.ptrace && !sandbox_can_trace(a->level))
		run_flag(&a->run,
			"sandbox.ptrace: without effect, since this machine gives no namespaces");
	if (a->policy.local)
		run_flag(&a->run,
			"policy: .git/agent/policy of this clone, not yet committed as %s",
			a->policy.file);
	if (a->repo->sparse)
		run_flag(&a->run,
			"sparse: the agent and the gate saw the files of this sparse checkout, the gate those changed too");
}

void attempt_flag_filters(struct attempt *a)
{
	if (a->workspace.filters.unfiltered)
		run_flag(&a->run,
			"filters: some files were as they are stored: their driver (such as LFS) did not run, or failed");
}

/* Directories of kept runs whose time is over (agent.keepFor) go, whatever becomes of this run. */
static void prune_kept(struct attempt *a)
{
	CLEANUP(buf_release) struct buf root = BUF_INIT;
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	struct fault ignored = FAULT_INIT;

	if (workspace_root(a->repo, &a->policy, &root, &ignored) < 0 ||
		fs_list(root.data, &names, &ignored))
		return;
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *path = fs_join(root.data, names.items[i]);
		CLEANUP(run_release) struct run old;
		time_t ended;

		if (store_read(a->store, names.items[i], &old, &ignored) || !run_is_over(old.state))
			continue;
		ended = clock_parse(old.finished);
		if (ended >= 0 && (int64_t)(time(NULL) - ended) * 1000 > a->policy.keep_for_ms)
			fs_remove(path, &ignored);
	}
	layer_prune(root.data, a->policy.keep_for_ms);
	spare_prune(root.data, a->policy.keep_for_ms);
}

/* The tree fills while the layer is found, or made. */
static int make_ready(struct attempt *a, struct fault *why)
{
	CLEANUP(str_free) char *log = store_path(a->store, a->run.id, "setup.log");
	struct checkout *c = &a->checkout;

	if (layers_take(&a->layer, &a->workspace, a->repo, &a->policy, a->run.base_oid, log, why) <
			0 ||
		checkout_finish(c, why) < 0)
		return -1;
	/* Nothing of git's is written once more where somebody has worked, nor read. */
	if (a->kept)
		return layer_apply(&a->layer, c, &a->workspace, a->repo, &a->policy, log, why);
	if (filtered_write(c, &a->workspace, a->repo, why) < 0)
		return -1;
	attempt_flag_filters(a);
	term_detail("checkout: %s", c->tree);
	return layer_apply(&a->layer, c, &a->workspace, a->repo, &a->policy, log, why) < 0
		       ? -1
		       : checkout_ignore(c, &a->workspace, &a->layer.loose, why);
}

/* What runs in the workspace can use from here on. */
static int equip(struct attempt *a, struct fault *why)
{
	CLEANUP(str_free) char *network = attempt_network(a);

	if (proxy_new(&a->gate_proxy, "gate", &a->policy.hosts, network, why) < 0)
		return -1;
	a->workspace.level = a->level;
	a->workspace.proxy = a->gate_proxy;
	str_replace(&a->run.work_dir, a->workspace.path);
	return 0;
}

int attempt_begin(struct attempt *a, bool checkout, struct fault *why)
{
	const char *from = a->from[0] ? a->from : a->run.base_oid;

	if (attempt_place_await(a, why) < 0 ||
		workspace_create(&a->workspace, a->repo, &a->policy, a->run.id, why) < 0 ||
		equip(a, why) < 0)
		return -1;
	if (!checkout)
		return 0;
	if (spare_wanted(a->repo, &a->policy) && spare_take(&a->workspace, a->repo, from, why) < 0)
		return -1;
	if (checkout_start(&a->checkout, &a->workspace, a->repo, "", from, a->run.branch, why) < 0)
		return -1;
	return a->from[0] ? checkout_point(&a->checkout, a->run.branch, a->run.base_oid, why) : 0;
}

int attempt_rejoin(struct attempt *a, struct fault *why)
{
	CLEANUP(str_free) char *path = xstrdup(a->run.work_dir);

	if (attempt_place_await(a, why) < 0)
		return -1;
	if (workspace_reopen(&a->workspace, a->repo, &a->policy, path, why) < 0 ||
		equip(a, why) < 0)
		return -1;
	checkout_name(&a->checkout, &a->workspace, "");
	a->kept = true;
	if (checkout_borrow(&a->checkout, a->repo, why) < 0)
		return -1;
	return a->level == SANDBOX_PARTIAL ? checkout_relink(&a->checkout, why) : 0;
}

int attempt_prepare(struct attempt *a, struct fault *why)
{
	flag_level(a);
	if (store_apply(a->store, &a->run, RUN_EV_PREPARE, NULL, why) < 0 || pin_base(a, why) < 0 ||
		attempt_picture(a, why) < 0)
		return -1;
	attempt_announce(a);
	prune_kept(a);
	return a->checkout.path ? make_ready(a, why) : 0;
}
