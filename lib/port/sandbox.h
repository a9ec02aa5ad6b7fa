/*
 * sandbox: the one door through which anything an agent wrote is run: the agent itself, its leftovers' commit, the
 * packing of its objects, setup commands and gate stages. What a process may touch is data, `struct box`.
 *
 * Level `none` is what this file reaches today: an environment built from nothing, no inherited descriptors, a private HOME and
 * TMPDIR, limits, and a keeper that kills every process of the box at its end. It does not
 * keep a process from reading or writing what its user may.
 */
#ifndef PORT_SANDBOX_H
#define PORT_SANDBOX_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/proc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_level { SANDBOX_NONE, SANDBOX_EXTERNAL, SANDBOX_PARTIAL, SANDBOX_FULL };

enum sandbox_network { NETWORK_NONE, NETWORK_PROXY, NETWORK_OPEN };

struct box {
	struct vec argv;
	const char *dir;       /* working directory */
	const char *home;      /* private HOME; created by the caller */
	const char *tmp;       /* private TMPDIR */
	const char *gitconfig; /* what git reads as the person's own configuration; NULL: nothing */
	struct vec read;       /* beyond the system's own */
	struct vec write;
	struct vec pass; /* names of variables taken from the launching environment */
	struct vec set;  /* "NAME=value" on top */
	enum sandbox_network network;
	const void *input; /* standard input, borrowed until the end */
	size_t input_len;
	int in_fd;  /* as proc_spec */
	int out_fd; /* standard output; -1: captured and, with log_fd, logged */
	int log_fd;
	bool merge; /* standard error joins standard output; else it goes to log_fd */
	int64_t wall_ms, idle_ms;
	size_t output_max, keep_max;
};

void box_init(struct box *box);
void box_release(struct box *box);

/* The strongest level this machine gives now. */
enum sandbox_level sandbox_reach(void);

const char *sandbox_level_name(enum sandbox_level level);
int sandbox_level_parse(const char *word, enum sandbox_level *out); /* -1: no such level */
const char *sandbox_network_name(enum sandbox_network network);
int sandbox_network_parse(const char *word, enum sandbox_network *out);

/*
 * Refuses (EXIT_REFUSED, with the reason and the fix) where the machine reaches less than `require`; else *reached is the level in
 * force.
 */
int sandbox_require(enum sandbox_level require, enum sandbox_level *reached, struct fault *why);

/* The environment a process in the box gets, one "NAME=value" each, sorted. */
void sandbox_env(const struct box *box, struct vec *env);

/* Starts the box's command; the caller polls the child with proc_poll and frees it. */
int sandbox_start(const struct box *box, struct proc **out, struct fault *why);

/* sandbox_start and wait for the end. */
int sandbox_run(const struct box *box, struct proc **out, struct fault *why);

/* Where a toolchain's root variables are read from; set once by main. NULL: the installed share/toolchains.ini. */
void sandbox_set_toolchains(const char *path);

#endif
