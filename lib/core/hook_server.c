#include "core/hook_server.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "core/hook_file.h"
#include "core/hook_install.h"
#include "port/git.h"

#include <string.h>
#include <unistd.h>

struct hook_server {
	const char *name;
	const char *dir;   /* below the repository; "%" is the hook's name; NULL: git's own place */
	const char *file;  /* NULL: the hook's name */
	const char *who;   /* agent.server.who; NULL: the user the hook runs as */
	const char *merge; /* agent.server.merge; NULL: it never merges */
};

/*
 * From their own documentation and sources: gitolite "non-standard configuration" (GL_USER; update is its own hook), Gitea and
 * Forgejo modules/repository/env.go, GitLab "Git server hooks".
 */
static const struct hook_server servers[] = {
	{"plain", NULL, NULL, NULL, NULL},
	{"http", NULL, NULL, "REMOTE_USER", NULL},
	{"gitolite", NULL, NULL, "GL_USER", NULL},
	{"gitea", "hooks/%.d", "git-agent", "GITEA_PUSHER_NAME", "GITEA_PR_ID"},
	{"forgejo", "hooks/%.d", "git-agent", "GITEA_PUSHER_NAME", "GITEA_PR_ID"},
	{"gitlab", "custom_hooks", NULL, "GL_USERNAME", "GL_PROTOCOL=web"},
};

const char *const hook_server_names[] = {
	"plain", "http", "gitolite", "gitea", "forgejo", "gitlab", NULL};

static const struct hook_server *named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(servers); i++)
		if (!strcmp(servers[i].name, name))
			return &servers[i];
	return NULL;
}

static bool has_dir(const struct repo *repo, const char *name)
{
	CLEANUP(str_free) char *path = fs_join(repo->git_dir, name);

	return fs_is_dir(path);
}

const struct hook_server *hook_server_find(const struct repo *repo, const char *name)
{
	if (name)
		return named(name);
	if (has_dir(repo, "hooks/pre-receive.d"))
		return named("gitea");
	return named(has_dir(repo, "custom_hooks") ? "gitlab" : "plain");
}

const char *hook_server_name(const struct hook_server *server)
{
	return server->name;
}

/* Where the server looks for the hook. */
static char *place(const struct hook_server *server, const struct repo *repo, const char *hook)
{
	CLEANUP(buf_release) struct buf dir = BUF_INIT;

	if (!server->dir)
		return hook_dir(repo);
	for (const char *c = server->dir; *c; c++)
		if (*c == '%')
			buf_puts(&dir, hook);
		else
			buf_putc(&dir, *c);
	return fs_join(repo->git_dir, dir.data);
}

static int set(const struct repo *repo, const char *key, const char *value, bool dry_run,
	struct vec *lines, struct fault *why)
{
	struct git_call call = {.git_dir = repo->git_dir};

	if (!value || repo_config(repo, key))
		return 0;
	vec_pushf(lines, "set %s = %s", key, value);
	return dry_run ? 0 : git_do(&call, NULL, why, "config", "--local", key, value, NULL);
}

static int check_own(const struct hook_server *server, const char *hook, struct fault *why)
{
	if (strcmp(server->name, "gitolite") != 0 || strcmp(hook, "update") != 0)
		return 0;
	fault_set(why, EXIT_FATAL, "the hook 'update' is gitolite's own");
	return fault_hint(why, "git agent guard server install --for gitolite");
}

int hook_server_install(const struct hook_server *server, const struct repo *repo,
	const char *binaries, const char *hook, bool dry_run, struct vec *lines, struct fault *why)
{
	CLEANUP(str_free) char *dir = place(server, repo, hook);
	const char *name = server->file ? server->file : hook;

	if (check_own(server, hook, why) ||
		hook_install_copy(binaries, dir, name, hook, dry_run, lines, why) ||
		set(repo, "agent.server.who", server->who, dry_run, lines, why))
		return -1;
	return set(repo, "agent.server.merge", server->merge, dry_run, lines, why);
}

static const char *wrong(const char *path, const char *hook)
{
	switch (hook_file_kind(path, hook)) {
	case HOOK_FILE_CURRENT:
		return access(path, X_OK) == 0 ? NULL : "may not be executed";
	case HOOK_FILE_OURS:
		return "is of another version";
	case HOOK_FILE_OTHER:
		return "is not ours";
	case HOOK_FILE_NONE:
		break;
	}
	return "is not there";
}

int hook_server_live(const struct hook_server *server, const struct repo *repo, char **path,
	const char **hook, char **problem)
{
	static const char *const hooks[] = {"pre-receive", "update"};

	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		CLEANUP(str_free) char *dir = place(server, repo, hooks[i]);
		CLEANUP(str_free)
		char *file = fs_join(dir, server->file ? server->file : hooks[i]);
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		const char *how = wrong(file, hooks[i]);

		if (!how) {
			str_replace(path, file);
			*hook = hooks[i];
			return 0;
		}
		buf_printf(&text, "'%s' %s", file, how);
		if (!*problem || hook_file_kind(file, hooks[i]) == HOOK_FILE_OURS)
			str_replace(problem, text.data);
	}
	return 1;
}
