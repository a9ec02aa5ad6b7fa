#include "flow/init_policy.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/install.h"
#include "core/detect.h"
#include "core/policy_draft.h"
#include "core/policy_load.h"
#include "port/git.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY_MAX ((size_t)1 << 20)
#define LOOK_MAX   (1 << 20) /* bytes of a file that is looked into */

void init_policy_start(struct init_policy *p)
{
	*p = (struct init_policy){.text = BUF_INIT, .local = BUF_INIT, .unused = VEC_INIT};
	policy_init(&p->policy);
}

void init_policy_release(struct init_policy *p)
{
	str_free(&p->file);
	buf_release(&p->text);
	buf_release(&p->local);
	vec_release(&p->unused);
	policy_release(&p->policy);
}

const char *init_source_name(enum init_source source)
{
	static const char *const names[] = {
		"HEAD", "working tree", ".git/agent/policy", "detected"};

	return names[source];
}

/* --- the files that count --------------------------------------------------------------------- */

struct looking {
	struct repo *repo;
	const char *head;
};

/* As it lies in the working tree; a path that is not there (sparse, deleted) as HEAD has it. */
static int read_tracked(void *state, const char *path, struct buf *out)
{
	struct looking *l = state;
	CLEANUP(str_free) char *whole = fs_join(l->repo->work_tree, path);
	struct fault ignored = FAULT_INIT;
	struct stat st;

	if (stat(whole, &st) == 0)
		return S_ISREG(st.st_mode) && st.st_size <= LOOK_MAX
			       ? fs_read(whole, out, LOOK_MAX, &ignored)
			       : 1;
	return *l->head ? repo_blob(l->repo, l->head, path, out, &ignored) : 1;
}

/* What is tracked, so that ignored junk does not count; before the first commit also what could be. */
static int list_files(const struct repo *repo, bool unborn, struct vec *paths, struct fault *why)
{
	struct git_call call = {
		.git_dir = repo->git_dir, .work_tree = repo->work_tree, .dir = repo->work_tree};
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	if (git_do(&call, &out, why, "ls-files", "-z", "--cached", unborn ? "--others" : "--cached",
		    "--exclude-standard", NULL) < 0)
		return -1;
	for (size_t at = 0; at < out.len; at += strlen(out.data + at) + 1)
		vec_push(paths, out.data + at);
	vec_sort(paths);
	return 0;
}

/* --- drafting --------------------------------------------------------------------------------- */

static int add_own(struct detect *d, const struct vec *gate, struct fault *why)
{
	for (size_t i = 0; i < gate->len; i++)
		if (detect_add(d, gate->items[i], why) < 0)
			return -1;
	return 0;
}

/* The stages a person names are the gate; of what is found only the setup is taken. */
static void keep_first(struct detect *d, size_t count)
{
	CLEANUP(detect_release)
	struct detect rest = {.setup = VEC_INIT, .evidence_paths = VEC_INIT};

	rest.stages = xcalloc(d->len - count + 1, sizeof *rest.stages);
	rest.len = d->len - count;
	memcpy(rest.stages, d->stages + count, rest.len * sizeof *rest.stages);
	d->len = count;
}

static int draft(
	struct init_policy *p, struct repo *repo, const struct vec *gate, struct fault *why)
{
	CLEANUP(detect_release) struct detect d;
	CLEANUP(str_free) char *table = install_share("detect.ini");
	struct looking looking = {repo, p->head};
	struct detect_tree tree = {.paths = VEC_INIT, .read = read_tracked, .state = &looking};
	int done;

	detect_init(&d);
	done = add_own(&d, gate, why) || list_files(repo, !*p->head, &tree.paths, why) ||
			       detect_run(&d, table, &tree, why)
		       ? -1
		       : 0;
	vec_release(&tree.paths);
	if (done)
		return -1;
	if (gate->len)
		keep_first(&d, gate->len);
	if (!d.len) {
		fault_set(why, EXIT_FATAL, "no gate: nothing in '%s' says how it is tested",
			repo->name);
		fault_reason(why, "no_gate");
		return fault_hint(why, "git agent init --gate 'tests=make test'");
	}
	policy_draft(&d, &p->text);
	return 0;
}

/* --- finding ---------------------------------------------------------------------------------- */

static int find_head(struct init_policy *p, struct repo *repo, struct fault *why)
{
	int found = repo_commit(repo, "HEAD", p->head, why);

	if (found == 1)
		p->head[0] = '\0';
	return found < 0 ? -1 : 0;
}

/* A directory of the file's name holds it as `policy`. */
static int name_file(struct init_policy *p, const struct repo *repo, struct fault *why)
{
	const char *file = policy_file(repo);
	CLEANUP(str_free)
	char *path = fs_join(repo->work_tree, file), *inside = fs_join(file, "policy");

	str_replace(&p->file, fs_is_dir(path) ? inside : file);
	if (!fs_exists(path) || access(path, F_OK) == 0)
		return 0;
	fault_set(why, EXIT_FATAL, "'%s' is a link to nothing", file);
	return fault_hint(why, "rm %s", file);
}

static int read_local(struct init_policy *p, const struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(repo->common_dir, "agent/policy");
	int found = fs_read(path, &p->local, POLICY_MAX, why);

	p->has_local = !found;
	return found < 0 ? -1 : 0;
}

/* 1: there is no policy yet. */
static int find_text(struct init_policy *p, struct repo *repo, struct fault *why)
{
	const char *file = policy_file(repo);
	CLEANUP(str_free) char *name = NULL;
	int found = *p->head ? policy_committed(repo, p->head, file, &p->text, &name, why) : 1;

	p->source = INIT_HEAD;
	if (!found)
		str_replace(&p->file, name);
	if (found == 1) {
		p->source = INIT_FILE;
		found = policy_present(repo, file, &p->text, why);
	}
	if (found == 1 && p->has_local) {
		p->source = INIT_LOCAL;
		buf_add(&p->text, p->local.data, p->local.len);
		found = 0;
	}
	return found;
}

/* Before the first commit there is none to load a policy of, but the layers are the same. */
static int check(struct init_policy *p, const struct repo *repo, struct fault *why)
{
	struct policy *policy = &p->policy;

	str_replace(&policy->blob, p->text.data);
	str_replace(&policy->origin, p->file);
	if (policy_read(policy, p->text.data, p->text.len,
		    p->source == INIT_NEW ? "the policy to be written" : p->file, why) < 0)
		return -1;
	for (size_t i = 0; i < repo->config_len; i++) {
		const struct repo_entry *e = &repo->config[i];

		if (!strncmp(e->key, "agent.", 6) &&
			policy_config(policy, e->key, e->implicit ? "true" : e->value, why) < 0)
			return -1;
	}
	if (policy_environ(policy, (const char *const *)environ, why) < 0)
		return -1;
	return policy_seal(policy, why);
}

static bool has_run(const struct policy *p, const char *run)
{
	for (size_t i = 0; i < p->stages_len; i++)
		if (p->stages[i].run && !strcmp(p->stages[i].run, run))
			return true;
	return false;
}

static int find_unused(struct init_policy *p, const struct vec *gate, struct fault *why)
{
	CLEANUP(detect_release) struct detect d;

	detect_init(&d);
	if (add_own(&d, gate, why) < 0)
		return -1;
	for (size_t i = 0; i < d.len; i++)
		if (!has_run(&p->policy, d.stages[i].run))
			vec_push(&p->unused, d.stages[i].run);
	return 0;
}

int init_policy_find(
	struct init_policy *p, struct repo *repo, const struct vec *gate, struct fault *why)
{
	int found;

	if (find_head(p, repo, why) < 0 || name_file(p, repo, why) < 0 ||
		read_local(p, repo, why) < 0)
		return -1;
	found = find_text(p, repo, why);
	if (found == 1) {
		p->source = INIT_NEW;
		found = draft(p, repo, gate, why);
	}
	if (found < 0 || check(p, repo, why) < 0)
		return -1;
	return p->source == INIT_NEW ? 0 : find_unused(p, gate, why);
}
