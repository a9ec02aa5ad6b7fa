#include "core/guard_made.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "core/guard_git.h"
#include "core/guard_tip.h"
#include "core/policy.h"
#include "port/clock.h"
#include "port/git.h"
#include "port/json.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUSH_MS (10 * 60 * 1000) /* after which a push in the background is given up */

struct made {
	const struct gitdir *dir;
	const char *ref;
	const char *agent; /* the run whose process made it; NULL: a person */
	struct store store;
	struct run run; /* whose branch it is on; id NULL: nobody's */
	struct buf commit;
	bool notes, push;
};

static void made_release(struct made *m)
{
	store_release(&m->store);
	run_release(&m->run);
	buf_release(&m->commit);
}

static int find_commit(struct made *m, struct fault *why)
{
	struct git_call call = {.git_dir = m->dir->git_dir};

	if (git_do(&call, &m->commit, why, "rev-parse", "--verify", "-q", "HEAD", NULL))
		return -1;
	buf_rtrim(&m->commit);
	return 0;
}

static int write_journal(struct made *m, struct fault *why)
{
	CLEANUP(str_free) char *path = fs_join(m->store.dir, "journal.ndjson");
	CLEANUP(json_free) struct json *json = json_object();
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	char stamp[CLOCK_STAMP_SIZE];

	if (!fs_is_dir(m->store.dir))
		return 0; /* no `git agent` was ever used here */
	clock_stamp(stamp);
	json_set_text(json, "time", stamp);
	json_set_text(json, "event", "commit");
	json_set_text(json, "commit", m->commit.data);
	json_set_text(json, "ref", m->ref);
	json_set_text(json, "run", m->run.id);
	json_set_text(json, "by", m->agent ? "agent" : "person");
	if (m->agent)
		json_set_text(json, "agent_run", m->agent);
	json_write(json, false, &line);
	return fs_append_line_derived(path, line.data, why);
}

/* --- what a person asked for in git config ---------------------------------------------------- */

static int read_choices(struct made *m, struct fault *why)
{
	struct git_call call = {.git_dir = m->dir->git_dir, .keep_config = true};
	CLEANUP(policy_release) struct policy policy;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *end;
	int none;

	policy_init(&policy);
	none = git_ask(
		&call, &text, why, "config", "-z", "--get-regexp", "^agent\\.propose\\.", NULL);
	end = text.data + text.len;
	for (const char *entry = text.data; !none && entry < end; entry += strlen(entry) + 1) {
		size_t len = strcspn(entry, "\n");
		CLEANUP(str_free) char *key = xstrndup(entry, len);

		if (policy_config(&policy, key, entry[len] ? entry + len + 1 : "true", why))
			none = -1;
	}
	m->notes = policy.notes;
	m->push = policy.auto_push;
	return none < 0 ? -1 : 0;
}

static int add_note(struct made *m, struct fault *why)
{
	struct git_call call = {.git_dir = m->dir->git_dir};
	CLEANUP(buf_release) struct buf note = BUF_INIT;

	buf_printf(&note, "Agent-Run: %s\nMade-by: %s", m->run.id, m->agent ? "agent" : "person");
	if (!m->agent && m->run.head_oid[0] && strcmp(m->run.head_oid, m->commit.data) != 0)
		buf_printf(&note, "\nJudged: %s", m->run.head_oid);
	return git_do(&call, NULL, why, "notes", "--ref=agent", "add", "-f", "-m", note.data,
		m->commit.data, NULL);
}

/* In a process of its own, which nobody waits for; what it prints is kept. */
static void push(struct made *m, int log)
{
	static const char *const argv[] = {"git", "-c", "push.default=current", "push", "-q", NULL};
	struct proc_spec spec = PROC_SPEC_INIT;
	CLEANUP(proc_free) struct proc *child = NULL;
	struct fault ignored = FAULT_INIT;

	/* git waits for whoever holds what its hook was given. */
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	spec.argv = argv;
	spec.out_fd = log;
	spec.err_fd = log;
	spec.wall_ms = PUSH_MS;
	(void)m;
	proc_run(&spec, &child, &ignored);
	_exit(0);
}

static int start_push(struct made *m, struct fault *why)
{
	CLEANUP(str_free) char *path = store_path(&m->store, m->run.id, "push.log");
	CLEANUP(fd_close) int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	pid_t pid;

	if (log < 0)
		return fault_errno(why, "cannot write '%s'", path);
	pid = proc_background(why);
	if (pid == 0)
		push(m, log);
	return pid < 0 ? -1 : 0;
}

static int note_all(struct made *m, struct fault *why)
{
	if (find_commit(m, why) || write_journal(m, why))
		return -1;
	if (!m->run.id)
		return 0;
	if (read_choices(m, why) || (m->notes && add_note(m, why)))
		return -1;
	return m->push ? start_push(m, why) : 0;
}

int guard_made(const struct gitdir *dir, const char *ref, struct fault *why)
{
	CLEANUP(made_release)
	struct made m = {
		.dir = dir, .ref = ref, .agent = getenv("GIT_AGENT_RUN"), .commit = BUF_INIT};
	int none = 1;

	run_init(&m.run);
	store_init(&m.store, dir->common_dir);
	if (strncmp(ref, "refs/heads/", 11) == 0)
		none = guard_tip_run(&m.store, ref + 11, &m.run, why);
	if (none < 0)
		return -1;
	if (none && !m.agent)
		return 1;
	return note_all(&m, why);
}
