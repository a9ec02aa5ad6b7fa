#include "flow/attempt_box.h"
#include "base/alloc.h"
#include "base/text.h"
#include "core/agent_own.h"
#include "core/login.h"
#include "core/opened.h"
#include "core/settings.h"
#include "core/setup.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int attempt_box_check(const struct attempt *a, const struct agent *agent, struct fault *why)
{
	CLEANUP(vec_release) struct vec closed = VEC_INIT;

	if (!agent->login.len && !agent->read.len)
		return 0;
	return opened_never(a->repo, &a->policy, &closed, why) < 0
		       ? -1
		       : agent_own_check(agent, &closed, why);
}

/* Files the command names are what the person runs: "sh /my/agent.sh". */
static void push_files(struct vec *exec, const struct agent *agent)
{
	struct stat st;

	for (size_t i = 0; i < agent->words.len; i++)
		if (agent->words.items[i][0] == '/' && stat(agent->words.items[i], &st) == 0 &&
			S_ISREG(st.st_mode))
			vec_push(exec, agent->words.items[i]);
}

/* One for all passes. Where no kernel holds the box to it, that is said. */
static int open_network(
	struct attempt *a, const struct agent *agent, struct box *box, struct fault *why)
{
	CLEANUP(str_free) char *log = attempt_network(a);
	CLEANUP(vec_release) struct vec hosts = VEC_INIT;

	box->network = agent_mode(agent, &a->policy);
	if (box->network != NETWORK_PROXY)
		return 0;
	agent_hosts(agent, &a->policy, &hosts);
	if (settings_hosts(agent, &hosts, why) < 0)
		return -1;
	if (!a->agent_proxy && proxy_new(&a->agent_proxy, "agent", &hosts, log, why) < 0)
		return -1;
	box->proxy = a->agent_proxy;
	if (box->level <= SANDBOX_EXTERNAL)
		run_flag(&a->run,
			"network: at sandbox level '%s' the proxy is advice: a program need not go through it",
			sandbox_level_name(box->level));
	return 0;
}

int attempt_box(struct attempt *a, const struct agent *agent, const struct buf *prompt,
	const char *prompt_path, struct box *box, struct fault *why)
{
	setup_box(box, &a->checkout, &a->workspace, a->repo, NETWORK_OPEN);
	if (open_network(a, agent, box, why) < 0)
		return -1;
	vec_push(&box->read, a->workspace.in);
	setup_caches(box, &a->checkout, &a->workspace);
	layer_show(&a->checkout, box);
	push_files(&box->exec, agent);
	if (!agent_command(agent, a->level != SANDBOX_NONE, prompt_path, &box->argv)) {
		box->input = prompt->data;
		box->input_len = prompt->len;
	}
	vec_push_all(&box->pass, (const char *const *)agent->pass.items);
	vec_push_all(&box->pass, (const char *const *)agent->keys.items);
	vec_push_all(&box->set, (const char *const *)agent->set.items);
	vec_pushf(&box->set, "GIT_AGENT_RUN=%s", a->run.id);
	box->wall_ms = a->policy.wall_ms;
	box->idle_ms = a->policy.idle_ms;
	box->output_max = (size_t)a->policy.output_bytes;
	return opened_give(box, &a->policy, why) < 0 ? -1 : agent_own_read(agent, box, why);
}

/* --- for people ------------------------------------------------------------------------------- */

static void describe_own(const struct agent *agent, struct buf *out)
{
	CLEANUP(vec_release) struct vec missing = VEC_INIT;
	const char *key = agent_key(agent);

	logins_missing(agent, &missing);
	for (size_t i = 0; i < agent->login.len; i++) {
		const char *file = agent->login.items[i];

		buf_printf(out, "login: %s", file);
		if (key)
			buf_printf(out, " (not shared: %s is set)", key);
		else if (vec_has(&missing, file))
			buf_puts(out, " (not there)");
		buf_putc(out, '\n');
	}
	if (agent->settings)
		buf_printf(out, "settings: %s:", agent->settings);
	for (size_t i = 0; i < agent->carry.len; i++)
		buf_printf(out, "%s %s", i ? "," : "", agent->carry.items[i]);
	if (agent->settings)
		buf_putc(out, '\n');
}

/* Only places that are there are shown. */
static int make_places(struct attempt *a, const char *name, struct fault *why)
{
	struct checkout *c = &a->checkout;
	CLEANUP(str_free) char *link = NULL;

	if (workspace_create(&a->workspace, a->repo, &a->policy, name, why) < 0)
		return -1;
	a->workspace.level = a->level;
	checkout_name(c, &a->workspace, "");
	link = fs_join(c->tree, ".git");
	if (fs_mkdirs(c->tree, 0700, why) < 0 || fs_mkdirs(c->git, 0700, why) < 0 ||
		fs_mkdirs(c->home, 0700, why) < 0 || fs_mkdirs(c->tmp, 0700, why) < 0)
		return -1;
	return fs_write_derived(link, "", 0, why);
}

/* What setup leaves is made once; whether it would have to run. */
static int describe_layer(struct attempt *a, struct buf *out, struct fault *why)
{
	CLEANUP(layer_release) struct layer l;

	layer_init(&l);
	if (!a->policy.setup.len)
		return 0;
	if (layer_name(&l, &a->workspace, a->repo, &a->policy, a->run.base_oid, why) < 0)
		return -1;
	if (!l.key[0])
		buf_puts(out, "layer: none, setup runs in each checkout\n");
	else
		buf_printf(out, "layer: %s (%s, %s)\n", strrchr(l.path, '/') + 1,
			fs_is_dir(l.path) ? "made already" : "not made yet",
			l.copy_on_write ? "copy-on-write" : "copied");
	return 0;
}

static int describe(
	struct attempt *a, const struct agent *agent, struct buf *out, struct fault *why)
{
	CLEANUP(box_release) struct box box;
	struct buf none = BUF_INIT;

	box_init(&box);
	workspace_copies(&a->workspace);
	str_replace(&a->run.id, "<run>");
	if (attempt_box(a, agent, &none, "", &box, why) < 0)
		return -1;
	box_describe(&box, out);
	text_replace(out, a->workspace.path, "<run>");
	if (describe_layer(a, out, why) < 0)
		return -1;
	describe_own(agent, out);
	return 0;
}

int attempt_box_describe(
	struct attempt *a, const struct agent *agent, struct buf *out, struct fault *why)
{
	struct fault ignored = FAULT_INIT;
	char name[48];
	int done;

	snprintf(name, sizeof name, ".dry-run-%ld", (long)getpid());
	done = make_places(a, name, why);
	if (!done)
		done = describe(a, agent, out, why);
	if (a->workspace.path)
		fs_remove(a->workspace.path, &ignored);
	return done;
}
