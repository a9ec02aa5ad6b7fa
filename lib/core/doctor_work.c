/* What a run would need: the programs of the gate, the agent and its login, the work root; and what runs have left. */
#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"
#include "core/agent.h"
#include "core/doctor.h"
#include "core/login.h"
#include "core/workspace.h"
#include "port/sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_OLD_S 600 /* no git command holds one for so long */
#define NAMED_MAX  3   /* runs that are named */

static bool is_readable(const struct doctor *d)
{
	return d->head[0] && !d->policy_fault.message[0];
}

/* --- the gate --------------------------------------------------------------------------------- */

/* Words of the shell itself, and those after which another program comes: what follows is not looked at. */
static const char *const shell_words[] = {"!", ".", ":", "[", "cd", "command", "echo", "env",
	"eval", "exec", "export", "false", "for", "if", "printf", "set", "test", "time", "trap",
	"true", "ulimit", "umask", "unset", "until", "while"};

static bool is_shell_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(shell_words); i++)
		if (!strcmp(shell_words[i], word))
			return true;
	return false;
}

/* Past "NAME=value " at the beginning. */
static const char *skip_assignments(const char *line)
{
	for (;;) {
		size_t len;

		line += strspn(line, " \t");
		len = strcspn(line, " \t=\"'$`\\;&|()<>");
		if (line[len] != '=' || !len)
			return line;
		len += strcspn(line + len, " \t\"'$`\\;&|()<>");
		if (line[len] != ' ' && line[len] != '\t')
			return line;
		line += len;
	}
}

/* The program a line of shell begins with; NULL: a shell alone can tell. The caller frees. */
static char *first_program(const char *line)
{
	size_t len;
	char *word;

	line = skip_assignments(line);
	len = strcspn(line, " \t;&|()<>");
	word = xstrndup(line, len);
	if (len && !strpbrk(word, "\"'$`\\*?[{~=") && !is_shell_word(word))
		return word;
	free(word);
	return NULL;
}

static bool is_program(const char *path)
{
	return access(path, X_OK) == 0 && !fs_is_dir(path);
}

static char *find_program(const char *name)
{
	CLEANUP(str_free) char *path = xstrdup(getenv("PATH") ? getenv("PATH") : "");
	char *rest = NULL;

	for (char *dir = strtok_r(path, ":", &rest); dir; dir = strtok_r(NULL, ":", &rest)) {
		char *full = fs_join(dir, name);

		if (dir[0] == '/' && is_program(full))
			return full;
		free(full);
	}
	return NULL;
}

/* A program of the checkout: it is looked for in the working tree, where the setup commands may not have run. */
static void look_inside(
	struct doctor *d, const char *name, const struct gate_stage *stage, const char *program)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	if (!d->repo->work_tree)
		return;
	buf_printf(&path, "%s/%s/%s", d->repo->work_tree, stage->dir ? stage->dir : "", program);
	if (is_program(path.data)) {
		doctor_find(d, HEALTH_OK, name, "%s, in the working tree", program);
		return;
	}
	doctor_find(d, d->policy.setup.len ? HEALTH_WEAK : HEALTH_BROKEN, name,
		"'%s' is %s in the working tree", program,
		fs_exists(path.data) ? "not executable" : "not");
	if (fs_exists(path.data))
		doctor_mend(d, "git update-index --chmod=+x, and commit");
	else
		doctor_mend(d, "commit it, let worktree.setup make it, or change 'run'");
}

static void look_stage(struct doctor *d, const struct gate_stage *stage)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	CLEANUP(str_free) char *program = first_program(stage->run);
	CLEANUP(str_free) char *full = NULL;

	buf_printf(&name, "gate %s", stage->name);
	if (program && program[0] != '/' && strchr(program, '/')) {
		look_inside(d, name.data, stage, program);
		return;
	}
	if (!program) {
		doctor_find(d, HEALTH_OK, name.data, "%s", stage->run);
		return;
	}
	full = program[0] == '/' && is_program(program) ? xstrdup(program) : find_program(program);
	if (full) {
		doctor_find(d, HEALTH_OK, name.data, "%s", full);
		return;
	}
	doctor_find(d, HEALTH_BROKEN, name.data, "the program '%s' was not found", program);
	doctor_mend(d, "install %s, or change 'run' of [gate \"%s\"] in %s", program, stage->name,
		d->policy.file);
}

static void look_gate(struct doctor *d, const char *name)
{
	(void)name;
	for (size_t i = 0; is_readable(d) && i < d->policy.stages_len; i++)
		look_stage(d, &d->policy.stages[i]);
}

/* --- the agent -------------------------------------------------------------------------------- */

static void look_login(struct doctor *d, const struct agent *a)
{
	CLEANUP(vec_release) struct vec missing = VEC_INIT;
	const char *key = agent_key(a);

	if (key) {
		doctor_find(d, HEALTH_OK, "login", "%s is set", key);
		return;
	}
	if (!a->login.len && !a->keys.len)
		return;
	logins_missing(a, &missing);
	if (missing.len < a->login.len) {
		doctor_find(d, HEALTH_OK, "login", "by its files in your home");
		return;
	}
	doctor_find(d, HEALTH_BROKEN, "login", "%s is not logged in: no key is set%s%s", a->name,
		missing.len ? ", and there is no " : "", missing.len ? missing.items[0] : "");
	if (a->login_command)
		doctor_mend(d, "%s", a->login_command);
	else if (a->keys.len)
		doctor_mend(d, "export %s=<key>", a->keys.items[0]);
}

static void look_agent(struct doctor *d, const char *name)
{
	const struct agent_choice none = {0};
	const char *command = getenv("AGENT_CMD");
	struct agent a;
	struct fault why = FAULT_INIT;

	if (!is_readable(d))
		return;
	agent_init(&a);
	if (agent_find(&a, &none, &d->policy, &why) == 0) {
		doctor_find(d, HEALTH_OK, name, "%s: %s", a.name, a.words.items[0]);
		look_login(d, &a);
	} else {
		bool named = (command && *command) || d->policy.command || d->policy.backend;

		doctor_fault(d, named ? HEALTH_BROKEN : HEALTH_WEAK, name, &why);
	}
	agent_release(&a);
}

/* --- the work root ---------------------------------------------------------------------------- */

/* The directory itself, or the first above it that is there. The caller frees. */
static char *nearest(const char *path)
{
	char *dir = xstrdup(path);

	while (!fs_is_dir(dir) && strcmp(dir, "/") != 0) {
		char *above = fs_dirname(dir);

		free(dir);
		dir = above;
	}
	return dir;
}

static void look_disk(struct doctor *d, const char *name, const char *root, const char *dir)
{
	int64_t room = fs_free_bytes(dir);
	bool low = room >= 0 && room < d->policy.disk_bytes;

	doctor_find(d, low ? HEALTH_BROKEN : HEALTH_OK, name,
		"%s, %lld MiB free, limits.disk asks for %lld", root, (long long)(room >> 20),
		(long long)(d->policy.disk_bytes >> 20));
	if (low)
		doctor_mend(d, "git agent drop --all, or lower limits.disk");
}

static void look_root(struct doctor *d, const char *name)
{
	CLEANUP(buf_release) struct buf root = BUF_INIT;
	CLEANUP(str_free) char *dir = NULL;
	struct fault why = FAULT_INIT;

	if (workspace_root(d->repo, &d->policy, &root, &why) < 0) {
		doctor_fault(d, HEALTH_BROKEN, name, &why);
		return;
	}
	dir = nearest(root.data);
	if (access(dir, W_OK | X_OK) == 0) {
		look_disk(d, name, root.data, dir);
		return;
	}
	doctor_find(d, HEALTH_BROKEN, name, "'%s' cannot be written", dir);
	doctor_mend(d, "git config agent.workRoot <a directory of yours>");
}

/* Where it is not to be had, everything is copied. */
static void look_cow(struct doctor *d, const char *name)
{
	CLEANUP(buf_release) struct buf root = BUF_INIT;
	CLEANUP(str_free) char *dir = NULL;
	struct fault ignored = FAULT_INIT;

	if (workspace_root(d->repo, &d->policy, &root, &ignored) < 0)
		return;
	dir = nearest(root.data);
	if (access(dir, W_OK | X_OK) < 0)
		return;
	if (sandbox_can_cow(d->level, dir)) {
		doctor_find(d, HEALTH_OK, name, "dependencies are shared with each checkout");
		return;
	}
	doctor_find(d, HEALTH_WEAK, name, "dependencies are copied to each checkout");
	doctor_mend(d, "a sandbox with namespaces, on a file system that overlayfs takes");
}

/* --- what is left ----------------------------------------------------------------------------- */

static bool was_interrupted(struct store *store, const struct store_line *line, struct buf *names)
{
	CLEANUP(json_free) struct json *json = NULL;
	CLEANUP(run_release) struct run r;
	struct fault ignored = FAULT_INIT;
	bool gone;

	run_init(&r);
	if (json_parse(line->json, line->len, &json, &ignored) < 0)
		return false;
	gone = store_read(store, json_text(json, "id", ""), &r, &ignored) == 0 &&
	       r.state == RUN_INTERRUPTED;
	if (gone)
		buf_printf(names, " %s", r.id);
	return gone;
}

/* Runs whose owner is gone; the index alone cannot tell. */
static void look_runs(struct doctor *d, const char *name)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	struct store_index index;
	struct fault why = FAULT_INIT;
	size_t gone = 0;

	if (!fs_is_dir(d->store.runs))
		return;
	if (store_index_open(&d->store, &index, &why) < 0) {
		doctor_fault(d, HEALTH_BROKEN, name, &why);
		return;
	}
	for (size_t i = index.len; i > 0 && gone < NAMED_MAX; i--)
		if (!run_is_over(index.lines[i - 1].state) ||
			index.lines[i - 1].state == RUN_INTERRUPTED)
			gone += was_interrupted(&d->store, &index.lines[i - 1], &names);
	doctor_find(d, gone ? HEALTH_WEAK : HEALTH_OK, name, "%zu recorded%s%s", index.len,
		gone ? ", interrupted:" : ", none interrupted", names.data);
	if (gone)
		doctor_mend(d, "git agent drop%s", names.data);
	store_index_close(&index);
}

/* A git command that was killed leaves its lock, and the next one refuses to work. */
static void look_locks(struct doctor *d, const char *name)
{
	static const char *const locks[] = {"HEAD.lock", "config.lock", "index.lock",
		"packed-refs.lock", "refs/heads/main.lock", "refs/heads/master.lock",
		"shallow.lock"};
	const char *dirs[] = {d->repo->git_dir, d->repo->common_dir};

	for (size_t i = 0; i < ARRAY_LEN(dirs) * ARRAY_LEN(locks); i++) {
		CLEANUP(str_free)
		char *path = fs_join(dirs[i / ARRAY_LEN(locks)], locks[i % ARRAY_LEN(locks)]);
		CLEANUP(buf_release) struct buf word = BUF_INIT;
		struct stat st;

		if ((i >= ARRAY_LEN(locks) && !strcmp(dirs[0], dirs[1])) || lstat(path, &st) < 0 ||
			time(NULL) - st.st_mtime < LOCK_OLD_S)
			continue;
		text_put_shell_word(&word, path);
		doctor_find(d, HEALTH_BROKEN, name, "'%s' was left by a git that is gone", path);
		doctor_mend(d, "rm %s", word.data);
	}
}

const struct check doctor_work[] = {
	{"gate", look_gate},
	{"agent", look_agent},
	{"work root", look_root},
	{"copy-on-write", look_cow},
	{"runs", look_runs},
	{"locks", look_locks},
	{NULL, NULL},
};
