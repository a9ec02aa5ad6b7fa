/*
 * git: runs git. Every call is made without the variables of `git rev-parse --local-env-vars`, so
 * that it speaks of the repository it names and of no other; the user's own configuration holds.
 */
#ifndef PORT_GIT_H
#define PORT_GIT_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/vec.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct proc;

struct git_call {
	const char *git_dir;    /* GIT_DIR; NULL: discovered from `dir` */
	const char *work_tree;  /* GIT_WORK_TREE; NULL: none is named */
	const char *index;      /* GIT_INDEX_FILE; NULL: the repository's */
	const char *dir;        /* working directory; NULL: the parent's */
	const char *const *env; /* more "NAME=value", ends in NULL; NULL: none */
	const void *input;      /* standard input; NULL: none */
	size_t input_len;
	int socket; /* standard input and output both; 0: none; borrowed until git is started */
	size_t output_max;   /* 0: 1 GiB */
	uint64_t memory_max; /* bytes of its own, for what somebody else made; 0: no limit */
	int64_t unattended_ms; /* ends it after so long, and it has no terminal to ask at; 0: neither */
	bool finish; /* it ends its work, a ref's update, even where this process is killed meanwhile: no lock stays */
	bool keep_env;    /* leave the caller's GIT_* as they are (discovery, configuration) */
	bool keep_config; /* leave what `git -c` passes, and nothing else of what keep_env does */
};

/*
 * Runs `git <args>` and appends its standard output to *out (NULL: dropped). `*code` NULL: an exit other
 * than 0 is a fault with git's own error line. Else it gets the exit status and the call is 0; *err
 * (NULL: dropped) gets standard error.
 */
int git_run(const struct git_call *call, const struct vec *args, struct buf *out, struct buf *err,
	int *code, struct fault *why);

/* The same with the arguments in a row, ended by NULL; an exit other than 0 is a fault. */
int git_do(const struct git_call *call, struct buf *out, struct fault *why, ...)
	__attribute__((sentinel));

/* The same; returns 1 if git exits with 1 or, for "no such thing", 128; what it printed is dropped. */
int git_ask(const struct git_call *call, struct buf *out, struct fault *why, ...)
	__attribute__((sentinel));

/*
 * The same in two halves, so that something else can be done while git works: git_finish waits and judges; an exit other than
 * 0 is a fault. git_child_proc is for proc_poll beside others.
 */
struct git_child;
int git_start(const struct git_call *call, const struct vec *args, bool capture,
	struct git_child **out, struct fault *why);
int git_finish(struct git_child **child, struct buf *out, struct fault *why);
struct proc *git_child_proc(struct git_child *child);

/* A git that still works is killed. For CLEANUP. */
void git_child_free(struct git_child **child);

/*
 * Until one of the descriptors is ready, or (clock_now_ms; 0: as long as it takes) the time is over: a fault whose reason is
 * "timed_out". A signal may end it early.
 */
int git_wait(struct pollfd *set, size_t count, int64_t until, struct fault *why);

/* Of what git printed, which is cleaned and cut up: the first line marked as an error, without the mark (what follows
 * it only tells what could not be done therefore), else the last that is no hint; "" where git said nothing. Lives as
 * long as `errors`. */
const char *git_complaint(struct buf *errors);

/* The id of the tree with nothing in it, which git knows everywhere, among ids of so many hex digits. */
const char *git_empty_tree(size_t oid_len);

/* Replaces *env by the parent's environment without git's local variables, then those of the call. */
void git_env(const struct git_call *call, struct vec *env);

#endif
