#include "core/policy_load.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define POLICY_FILE "agent.policyfile"
#define POLICY_MAX  (1024 * 1024)

const char *policy_file(const struct repo *repo)
{
	const char *file = repo_config(repo, POLICY_FILE);

	return file && *file ? file : ".gitagent";
}

int policy_committed(struct repo *repo, const char *commit, const char *file, struct buf *text,
	char **name, struct fault *why)
{
	CLEANUP(str_free) char *inside = fs_join(file, "policy");
	int found = repo_blob(repo, commit, file, text, why);

	if (found <= 0) {
		str_replace(name, file);
		return found;
	}
	str_replace(name, inside);
	return repo_blob(repo, commit, inside, text, why);
}

int policy_present(const struct repo *repo, const char *name, struct buf *text, struct fault *why)
{
	CLEANUP(str_free) char *path = NULL, *inside = NULL;

	if (!repo->work_tree)
		return 1;
	path = fs_join(repo->work_tree, name);
	inside = fs_join(path, "policy");
	if (fs_is_dir(path))
		return fs_read(inside, text, POLICY_MAX, why);
	return fs_read(path, text, POLICY_MAX, why);
}

static int refuse_uncommitted(const char *name, struct fault *why)
{
	fault_set(why, EXIT_FATAL,
		"'%s' is not committed: the base commit decides, and it has no policy", name);
	return fault_hint(why, "git add %s && git commit -m \"Add %s\"", name, name);
}

/* .git/agent/policy stands in until the file is committed; the two must not differ, or an edit would be passed
 * over in silence. */
static int read_local(struct policy *p, struct repo *repo, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(repo->common_dir, "agent/policy");
	CLEANUP(buf_release) struct buf local = BUF_INIT, present = BUF_INIT;
	int have_local = fs_read(path, &local, POLICY_MAX, why);
	int have_present = have_local < 0 ? -1 : policy_present(repo, p->file, &present, why);

	if (have_local < 0 || have_present < 0)
		return -1;
	if (have_local == 1) {
		str_replace(&p->origin, "built-in policy");
		return have_present == 1 ? 0 : refuse_uncommitted(p->file, why);
	}
	if (have_present == 0 && strcmp(local.data, present.data) != 0)
		return refuse_uncommitted(p->file, why);
	p->local = true;
	str_replace(&p->origin, ".git/agent/policy");
	str_replace(&p->blob, local.data);
	return policy_read(p, local.data, local.len, ".git/agent/policy", why);
}

static int read_base(struct policy *p, struct repo *repo, const char *commit, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT, origin = BUF_INIT;
	CLEANUP(str_free) char *name = NULL;
	char id[OID_MAX];
	int found = policy_committed(repo, commit, p->file, &text, &name, why);

	if (found < 0)
		return -1;
	if (found == 1)
		return read_local(p, repo, why);
	repo_short(commit, id);
	buf_printf(&origin, "%s at %s", name, id);
	str_replace(&p->origin, origin.data);
	str_replace(&p->blob, text.data);
	return policy_read(p, text.data, text.len, name, why);
}

/* Where nothing better is known. */
static int hint(struct fault *why, const char *text)
{
	return why->hint[0] ? -1 : fault_hint(why, "%s", text);
}

int policy_load(struct policy *p, struct repo *repo, const char *commit,
	const struct policy_override *flags, struct fault *why)
{
	str_replace(&p->file, policy_file(repo));
	if (read_base(p, repo, commit, why) < 0)
		return hint(why,
			"mend the file and commit it: what counts is the one in the base commit");
	for (size_t i = 0; i < repo->config_len; i++) {
		const struct repo_entry *e = &repo->config[i];
		const char *value = e->implicit ? "true" : e->value;

		if (!strncmp(e->key, "agent.", 6) && policy_config(p, e->key, value, why) < 0)
			return hint(why,
				"git config --show-origin --get-all names the file that sets it");
	}
	if (policy_environ(p, (const char *const *)environ, why) < 0)
		return hint(why, "unset the variable, or give it another value");
	for (; flags && flags->key; flags++)
		if (flags->value && policy_flag(p, flags->key, flags->value, flags->flag, why) < 0)
			return -1;
	return policy_seal(p, why) < 0
		       ? hint(why,
				 "mend it where it is set: the policy file, git config agent.*, GIT_AGENT_*")
		       : 0;
}

int policy_load_committed(
	struct policy *p, struct repo *repo, const char *commit, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(str_free) char *name = NULL;
	int none = policy_committed(repo, commit, policy_file(repo), &text, &name, why);

	if (none < 0)
		return -1;
	if (none)
		return policy_seal(p, why) ? -1 : 1;
	return policy_load(p, repo, commit, NULL, why);
}

void policy_now(struct policy *p, const struct repo *repo, const char *key)
{
	const char *set = repo_config(repo, key);
	struct fault ignored = FAULT_INIT;

	policy_init(p);
	if (set)
		policy_config(p, key, set, &ignored);
	policy_environ(p, (const char *const *)environ, &ignored);
}
