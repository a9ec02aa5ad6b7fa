#include "flow/uninstall.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/term.h"
#include "base/text.h"
#include "core/hook_install.h"
#include "core/policy_load.h"
#include "core/workspace.h"
#include "port/git.h"
#include "port/json.h"

#include <string.h>
#include <unistd.h>

#define POLICY_MAX ((size_t)1 << 20)

struct removal {
	struct repo *repo;
	struct store *store;
	struct vec hooks; /* what hook_uninstall says */
	struct vec refs;  /* full names below refs/agent/ */
	struct vec paths; /* directories and files of ours, absolute */
	struct vec keeps; /* what stays, one line each */
};

static void removal_release(struct removal *r)
{
	struct vec *lists[] = {&r->hooks, &r->refs, &r->paths, &r->keeps};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		vec_release(lists[i]);
}

/* The index may be behind: the record says whether the run's owner still lives. */
static int check_run(struct store *store, const struct store_line *line, struct fault *why)
{
	CLEANUP(json_free) struct json *json = NULL;
	CLEANUP(run_release) struct run r;
	struct fault ignored = FAULT_INIT;
	const char *id;
	int found;

	run_init(&r);
	if (run_is_over(line->state) || json_parse(line->json, line->len, &json, &ignored) < 0)
		return 0;
	id = json_text(json, "id", "");
	if (!run_name_valid(id))
		return 0;
	run_release(&r);
	found = store_read(store, id, &r, &ignored);
	if (found || run_is_over(r.state))
		return 0;
	fault_set(why, EXIT_BUSY, "run '%s' is %s", id, run_state_name(r.state));
	return fault_hint(why, "git agent stop %s", id);
}

static int check_busy(struct store *store, struct fault *why)
{
	struct fault ignored = FAULT_INIT;
	struct store_index index;
	int done = 0;

	if (!fs_is_dir(store->runs) || store_index_open(store, &index, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < index.len && !done; i++)
		done = check_run(store, &index.lines[i], why);
	store_index_close(&index);
	return done;
}

/* --- what there is ---------------------------------------------------------------------------- */

static int find_refs(struct removal *r, struct fault *why)
{
	struct git_call call = {.git_dir = r->repo->git_dir};
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	char *line, *rest;

	if (git_do(&call, &out, why, "for-each-ref", "--format=%(refname)", "refs/agent/",
		    "refs/heads/agent/", NULL) < 0)
		return -1;
	for (line = strtok_r(out.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strncmp(line, "refs/agent/", 11))
			vec_push(&r->refs, line);
		else
			vec_pushf(&r->keeps, "branch %s", line + strlen("refs/heads/"));
	}
	return 0;
}

/* Only where runs work is asked of the person's configuration: a policy that does not parse is no reason to stay. */
static void find_work_root(struct removal *r)
{
	CLEANUP(buf_release) struct buf root = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (workspace_root_now(r->repo, &root, &ignored) == 0 && fs_exists(root.data))
		vec_push(&r->paths, root.data);
}

/* 1: git knows the path, so it is the person's. */
static int is_tracked(const struct repo *repo, const char *file, struct fault *why)
{
	struct git_call call = {
		.git_dir = repo->git_dir, .work_tree = repo->work_tree, .dir = repo->work_tree};
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	if (git_do(&call, &out, why, "--literal-pathspecs", "ls-files", "-z", "--", file, NULL) < 0)
		return -1;
	return out.len > 0;
}

/* Ours is the file as init wrote it: not added, and equal to .git/agent/policy. */
static int find_policy(struct removal *r, struct fault *why)
{
	const char *file = policy_file(r->repo);
	CLEANUP(buf_release) struct buf text = BUF_INIT, local = BUF_INIT;
	CLEANUP(str_free) char *copy = fs_join(r->store->dir, "policy"), *path = NULL;
	int tracked, found;

	if (!r->repo->work_tree)
		return 0;
	found = policy_present(r->repo, file, &text, why);
	if (found)
		return found < 0 ? -1 : 0;
	path = fs_join(r->repo->work_tree, file);
	tracked = is_tracked(r->repo, file, why);
	if (tracked < 0)
		return -1;
	if (!tracked && !fs_is_dir(path) && !fs_read(copy, &local, POLICY_MAX, why) &&
		!strcmp(local.data, text.data))
		vec_push(&r->paths, path);
	else
		vec_push(&r->keeps, file);
	return 0;
}

static int find_all(struct removal *r, struct fault *why)
{
	if (hook_uninstall(r->repo, true, &r->hooks, why) < 0 || find_refs(r, why) < 0 ||
		find_policy(r, why) < 0)
		return -1;
	find_work_root(r);
	if (fs_exists(r->store->dir))
		vec_push(&r->paths, r->store->dir);
	return 0;
}

/* --- telling and doing ------------------------------------------------------------------------ */

static bool is_empty(const struct removal *r)
{
	return !r->hooks.len && !r->refs.len && !r->paths.len;
}

/* Paths are named by others. */
static void show_list(const char *label, const struct vec *list)
{
	for (size_t i = 0; i < list->len; i++) {
		CLEANUP(str_free) char *line = text_cleaned(list->items[i]);

		term_outf("%s%s\n", label, line);
	}
}

static void show(const struct removal *r)
{
	term_outf("%s\n", is_empty(r) ? "nothing of git agent's is here" : "to remove:");
	show_list("  hooks: ", &r->hooks);
	show_list("  ", &r->refs);
	show_list("  ", &r->paths);
	show_list("kept: ", &r->keeps);
}

static void print_json(const struct removal *r, bool removed)
{
	CLEANUP(json_free) struct json *json = json_object();
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	json_set_int(json, "version", 1);
	json_set_bool(json, "removed", removed);
	json_set_list(json, "hooks", &r->hooks);
	json_set_list(json, "refs", &r->refs);
	json_set_list(json, "paths", &r->paths);
	json_set_list(json, "kept", &r->keeps);
	json_write(json, false, &text);
	term_outf("%s\n", text.data);
}

static int agree(const struct uninstall_options *o, struct fault *why)
{
	if (o->yes || term_ask("Remove it?"))
		return 0;
	fault_set(why, EXIT_FATAL, "nothing was removed");
	return fault_hint(why, "git agent init --uninstall --yes");
}

/* In one call: there are two for every run. */
static int delete_refs(const struct removal *r, struct fault *why)
{
	CLEANUP(buf_release) struct buf input = BUF_INIT;
	struct git_call call = {.git_dir = r->repo->git_dir};

	if (!r->refs.len)
		return 0;
	for (size_t i = 0; i < r->refs.len; i++)
		buf_printf(&input, "delete %s\n", r->refs.items[i]);
	call.input = input.data;
	call.input_len = input.len;
	return git_do(&call, NULL, why, "update-ref", "--no-deref", "--stdin", NULL);
}

/* .git/agent goes last: what stops halfway can be taken up again. */
static int remove_all(struct removal *r, struct fault *why)
{
	CLEANUP(vec_release) struct vec lines = VEC_INIT;

	if (hook_uninstall(r->repo, false, &lines, why) < 0 || delete_refs(r, why) < 0)
		return -1;
	for (size_t i = 0; i < r->paths.len; i++)
		if (fs_remove(r->paths.items[i], why) < 0)
			return -1;
	return 0;
}

int uninstall_run(struct repo *repo, struct store *store, const struct uninstall_options *o,
	struct fault *why)
{
	CLEANUP(removal_release)
	struct removal r = {.repo = repo,
		.store = store,
		.hooks = VEC_INIT,
		.refs = VEC_INIT,
		.paths = VEC_INIT,
		.keeps = VEC_INIT};
	bool act;

	if (check_busy(store, why) < 0 || find_all(&r, why) < 0)
		return -1;
	if (!o->json)
		show(&r);
	act = !o->dry_run && !is_empty(&r);
	if (act && (agree(o, why) < 0 || remove_all(&r, why) < 0))
		return -1;
	if (o->json)
		print_json(&r, act);
	else if (act)
		term_say("removed");
	return EXIT_DONE;
}
