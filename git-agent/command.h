/*
 * command: what one git-agent-<name> binary is. Each file in this folder defines `command`; main.c,
 * linked into every binary, does the rest: options, usage, repository, errors, exit code.
 */
#ifndef GIT_AGENT_COMMAND_H
#define GIT_AGENT_COMMAND_H

#include "base/fault.h"
#include "base/opt.h"
#include "base/vec.h"
#include "core/store.h"
#include "port/repo.h"

#include <stdbool.h>

struct command_line {
	struct repo *repo;  /* open, unless the command needs none; NULL */
	struct store store; /* the repository's runs */
	struct vec args;    /* what is left after the options */
	bool json;
	int verbosity; /* -1 with -q, more with each -v */
};

enum command_repo {
	REPO_NONE, /* works anywhere */
	REPO_MAYBE, /* works anywhere; where there is a repository it is opened. What is said of its hooks is not */
	REPO_STATE, /* needs the runs of a repository alone: found without git where that is sure (repo_glance) */
	REPO_ANY,      /* needs a repository, bare or not */
	REPO_WORKTREE, /* needs one with a working tree */
};

struct command {
	const char *name;     /* "issue" */
	const char *synopsis; /* "[<options>] <brief>" */
	const char *summary;  /* one line for lists */
	const struct opt *options;
	enum opt_complete argument; /* what completion offers for arguments */
	const char *const *first;   /* what the first of them can be; NULL: as the others */
	int min_args, max_args;     /* max -1: any number */
	bool front;                 /* options end at the first word that is none */
	int failure;                /* the exit code of every fault; 0: the fault's own */
	enum command_repo needs;
	const struct repo_reader *reader; /* preferred; NULL: plumbing */

	/* Does it. Returns the exit code, or -1 with *why. */
	int (*run)(struct command_line *line, struct fault *why);
};

extern const struct command command;

#endif
