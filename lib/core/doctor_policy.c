/* What the repository says: its kind, the hooks, the policy in force and who has seen it. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/doctor.h"
#include "core/hook_install.h"
#include "core/policy_load.h"
#include "core/trust.h"

#include <string.h>

static void look_repository(struct doctor *d, const char *name)
{
	const struct repo *r = d->repo;

	doctor_find(d, HEALTH_OK, name, "%s%s%s%s%s%s", r->work_tree ? r->work_tree : r->git_dir,
		r->bare ? ", bare" : "",
		strcmp(r->git_dir, r->common_dir) != 0 ? ", a linked worktree" : "",
		r->shallow ? ", shallow" : "", r->partial ? ", partial" : "",
		r->sparse ? ", sparse" : "");
	if (d->head[0])
		return;
	doctor_find(d, HEALTH_BROKEN, name, "there is no commit yet, so nothing to start from");
	doctor_mend(d, "git add . && git commit");
}

/* The line ends in ": <command>". */
static void look_hooks(struct doctor *d, const char *name)
{
	CLEANUP(buf_release) struct buf problem = BUF_INIT;
	char *colon;

	if (hook_check(d->repo, &problem)) {
		doctor_find(d, HEALTH_OK, name, "pre-push is installed and runs first");
		return;
	}
	colon = strrchr(problem.data, ':');
	if (colon)
		*colon = '\0';
	doctor_find(d, HEALTH_BROKEN, name, "%s", problem.data);
	if (colon)
		doctor_mend(d, "%s", colon + strspn(colon + 1, " ") + 1);
}

static void look_policy(struct doctor *d, const char *name)
{
	if (!d->head[0])
		return;
	if (d->policy_fault.message[0]) {
		doctor_fault(d, HEALTH_BROKEN, name, &d->policy_fault);
		return;
	}
	if (d->policy.stages_len) {
		doctor_find(d, HEALTH_OK, name, "%s; stages: %zu, values from elsewhere: %zu",
			d->policy.origin, d->policy.stages_len, d->policy.overrides.len);
	} else {
		doctor_find(d, HEALTH_BROKEN, name, "%s has no gate stage: nothing would be judged",
			d->policy.origin);
		doctor_mend(d, "git agent init");
	}
	for (size_t i = 0; i < d->policy.warnings.len; i++) {
		doctor_find(d, HEALTH_WEAK, name, "%s", d->policy.warnings.items[i]);
		doctor_mend(d, "write it as %s is told in gitagent(5)", d->policy.file);
	}
}

/* What lies in the working tree and differs is not in force. */
static void look_uncommitted(struct doctor *d, const char *name)
{
	CLEANUP(buf_release) struct buf present = BUF_INIT, word = BUF_INIT;
	struct fault ignored = FAULT_INIT;

	if (!d->head[0] || d->policy_fault.message[0] || d->policy.local || !d->policy.blob ||
		policy_present(d->repo, d->policy.file, &present, &ignored) != 0 ||
		!strcmp(present.data, d->policy.blob))
		return;
	text_put_shell_word(&word, d->policy.file);
	doctor_find(d, HEALTH_WEAK, name,
		"'%s' has changes that are not committed: they are not in force", d->policy.file);
	doctor_mend(d, "git commit %s", word.data);
}

static void look_trust(struct doctor *d, const char *name)
{
	CLEANUP(vec_release) struct vec commands = VEC_INIT;
	struct fault why = FAULT_INIT;
	int seen;

	if (!d->head[0] || d->policy_fault.message[0])
		return;
	seen = trust_check(d->store.dir, &d->policy, &why);
	policy_commands(&d->policy, &commands);
	if (seen < 0) {
		doctor_fault(d, HEALTH_BROKEN, name, &why);
	} else if (seen) {
		doctor_find(d, HEALTH_WEAK, name, "the policy's %zu commands are not approved",
			commands.len);
		doctor_mend(d, "git agent trust");
	} else {
		doctor_find(d, HEALTH_OK, name, "none to be approved of %zu", commands.len);
	}
}

const struct check doctor_policy[] = {
	{"repository", look_repository},
	{"hooks", look_hooks},
	{"policy", look_policy},
	{"policy", look_uncommitted},
	{"trust", look_trust},
	{NULL, NULL},
};
