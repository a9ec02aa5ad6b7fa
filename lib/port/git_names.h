/*
 * git_names: the environment variables that tell git which repository is meant, as tables that end in NULL.
 */
#ifndef PORT_GIT_NAMES_H
#define PORT_GIT_NAMES_H

/* What `git rev-parse --local-env-vars` prints, in the versions from 2.30 on, and what else bends
 * what a path, a ref or a diff means. */
extern const char *const git_local_names[];

/* Beginnings of names: the numbered companions of GIT_CONFIG_COUNT. */
extern const char *const git_local_starts[];

/* What git_env sets itself. */
extern const char *const git_own_names[];

#endif
