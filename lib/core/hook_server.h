/*
 * hook_server: the hooks of a repository that others push to, where the program that serves it looks for them. One row of
 * data per such program: the directory, the variable in which it names who pushes, and the one by which it says that it merges.
 */
#ifndef CORE_HOOK_SERVER_H
#define CORE_HOOK_SERVER_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/repo.h"

#include <stdbool.h>

struct hook_server;

/* "plain", "http", "gitolite", "gitea", "forgejo", "gitlab"; ends in NULL. */
extern const char *const hook_server_names[];

/* By its name; NULL asks the repository's own directories. */
const struct hook_server *hook_server_find(const struct repo *repo, const char *name);
const char *hook_server_name(const struct hook_server *server);

/*
 * Puts our `hook` (pre-receive or update) from the directory `binaries` where the server runs it, after one that is there, and sets in
 * the repository's configuration what is not set yet of agent.server.who and agent.server.merge. *lines gets a line per thing done; with
 * `dry_run` that would be done.
 */
int hook_server_install(const struct hook_server *server, const struct repo *repo,
	const char *binaries, const char *hook, bool dry_run, struct vec *lines, struct fault *why);

/*
 * Finds the hook that is live: *path is the file's and *hook "pre-receive" or "update". 1: none is, and *problem says what is wrong
 * with it. The caller frees.
 */
int hook_server_live(const struct hook_server *server, const struct repo *repo, char **path,
	const char **hook, char **problem);

#endif
