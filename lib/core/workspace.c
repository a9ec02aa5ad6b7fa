#include "core/workspace.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "core/policy_load.h"
#include "port/hash.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 40 /* of the repository's name in the work root */

static const char gitconfig_text[] = "[safe]\n\tdirectory = *\n[advice]\n\tdetachedHead = false\n";

/* Test runners such as jest ignore whatever lies below a `.git`, and a person deletes it without looking. */
static int check_root(const char *root, struct fault *why)
{
	CLEANUP(str_free) char *slashed = fs_join(root, "");

	if (root[0] != '/') {
		fault_set(why, EXIT_FATAL, "agent.workRoot '%s' is not an absolute path", root);
		return fault_hint(why, "git config agent.workRoot ~/.local/state/git-agent");
	}
	if (!strstr(slashed, "/.git/"))
		return 0;
	fault_set(why, EXIT_FATAL, "the work root '%s' lies below a .git directory", root);
	return fault_hint(why, "git config agent.workRoot <a directory elsewhere>");
}

int workspace_state(struct buf *out, struct fault *why)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		buf_printf(out, "%s/git-agent", state);
	else if (home && home[0] == '/')
		buf_printf(out, "%s/.local/state/git-agent", home);
	else {
		fault_set(why, EXIT_FATAL, "HOME is not set: no place for the agent's checkout");
		return fault_hint(why, "git config agent.workRoot <an absolute path>");
	}
	return 0;
}

/* The repository's name as a part of paths that every build tool can live with. */
static void put_plain_name(const char *name, struct buf *out)
{
	for (size_t i = 0; name[i] && i < NAME_MAX_BYTES; i++) {
		unsigned char c = (unsigned char)name[i];

		buf_putc(out, (c < 128 && isalnum(c)) || strchr("._-", c) ? (char)c : '-');
	}
}

int workspace_root(
	const struct repo *repo, const struct policy *p, struct buf *out, struct fault *why)
{
	char hash[HASH_HEX_SIZE];
	size_t start = out->len;

	if (p->work_root && p->work_root[0] == '~' && p->work_root[1] == '/' && getenv("HOME"))
		buf_printf(out, "%s%s", getenv("HOME"), p->work_root + 1);
	else if (p->work_root && p->work_root[0])
		buf_puts(out, p->work_root);
	else if (workspace_state(out, why) < 0)
		return -1;
	if (check_root(out->data + start, why) < 0)
		return -1;
	hash_hex(repo->common_dir, strlen(repo->common_dir), hash);
	buf_putc(out, '/');
	put_plain_name(repo->name, out);
	buf_printf(out, "-%.8s", hash);
	return 0;
}

int workspace_root_now(const struct repo *repo, struct buf *out, struct fault *why)
{
	CLEANUP(policy_release) struct policy p;

	policy_now(&p, repo, "agent.workroot");
	return workspace_root(repo, &p, out, why);
}

void workspace_at(struct workspace *w, const char *path)
{
	CLEANUP(str_free) char *root = fs_dirname(path), *real = fs_real(root);

	*w = (struct workspace){.filters = FILTERS_INIT,
		.path = xstrdup(path),
		.inner = fs_join(real ? real : root, "work"),
		.in = fs_join(path, "in"),
		.gitconfig = fs_join(path, "gitconfig")};
}

void workspace_release(struct workspace *w)
{
	char **owned[] = {&w->path, &w->in, &w->inner, &w->gitconfig, &w->refs};

	for (size_t i = 0; i < ARRAY_LEN(owned); i++)
		str_free(owned[i]);
	filters_release(&w->filters);
}

bool workspace_copies(struct workspace *w)
{
	if (!w->copies)
		w->copies = sandbox_can_cow(w->level, w->path) ? 1 : -1;
	return w->copies > 0;
}

static int check_disk(const char *root, const struct policy *p, struct fault *why)
{
	int64_t room = fs_free_bytes(root);

	if (room < 0 || room >= p->disk_bytes)
		return 0;
	fault_set(why, EXIT_FATAL, "only %lld MiB are free on '%s', limits.disk asks for %lld",
		(long long)(room >> 20), root, (long long)(p->disk_bytes >> 20));
	fault_reason(why, "disk_full");
	return fault_hint(why, "git agent drop --all, or lower limits.disk");
}

static int make_root(
	const struct repo *repo, const struct policy *p, struct buf *root, struct fault *why)
{
	if (workspace_root(repo, p, root, why) < 0)
		return -1;
	if (fs_mkdirs(root->data, 0700, why) == 0 && access(root->data, W_OK | X_OK) == 0) {
		fs_spread(root->data);
		return check_disk(root->data, p, why);
	}
	if (!why->message[0])
		fault_errno(why, "cannot write in the work root '%s'", root->data);
	return fault_hint(why, "git config agent.workRoot <a directory of yours>");
}

int workspace_check(const struct repo *repo, const struct policy *p, struct fault *why)
{
	CLEANUP(buf_release) struct buf root = BUF_INIT;

	return make_root(repo, p, &root, why);
}

/* Half of what has to be free before a run may begin has to stay free. */
static void set_limits(struct box_limits *limits, const struct policy *p)
{
	*limits = (struct box_limits){.processes = (uint64_t)p->processes,
		.memory = (uint64_t)p->memory_bytes,
		.file_size = (uint64_t)p->file_bytes,
		.disk = (uint64_t)p->disk_bytes / 2};
}

int workspace_reopen(struct workspace *w, struct repo *repo, const struct policy *p,
	const char *path, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	workspace_at(w, path);
	set_limits(&w->limits, p);
	filters_find(&w->filters, repo, p->filters);
	if (fs_list(path, &names, why))
		return why->message[0] ? -1 : fault_set(why, EXIT_FATAL, "'%s' is gone", path);
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *old = fs_join(path, names.items[i]);

		if (!strncmp(names.items[i], "gate-", 5) && fs_remove(old, why) < 0)
			return -1;
	}
	return fs_mkdirs(w->in, 0700, why);
}

int checkout_point(
	const struct checkout *c, const char *branch, const char *commit, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT, text = BUF_INIT;
	CLEANUP(str_free) char *dir = NULL;

	/* A loose ref comes before one that is packed. */
	buf_printf(&path, "%s/refs/heads/%s", c->git, branch);
	buf_printf(&text, "%s\n", commit);
	dir = fs_dirname(path.data);
	return fs_mkdirs(dir, 0700, why) < 0
		       ? -1
		       : fs_write_derived(path.data, text.data, text.len, why);
}

int workspace_create(struct workspace *w, struct repo *repo, const struct policy *p,
	const char *name, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;

	if (make_root(repo, p, &path, why) < 0)
		return -1;
	buf_printf(&path, "/%s", name);
	if (mkdir(path.data, 0700) < 0)
		return fault_errno(why, "cannot create '%s'", path.data);
	workspace_at(w, path.data);
	set_limits(&w->limits, p);
	filters_find(&w->filters, repo, p->filters);
	if (fs_mkdirs(w->in, 0700, why) < 0)
		return -1;
	return fs_write_derived(w->gitconfig, gitconfig_text, sizeof gitconfig_text - 1, why);
}
