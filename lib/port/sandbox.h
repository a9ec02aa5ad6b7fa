/*
 * sandbox: the one door through which anything an agent wrote is run: the agent itself, its leftovers' commit, the
 * packing of its objects, setup commands and gate stages. What a process may touch is data, `struct box`.
 *
 * At every level: an environment built from nothing, no inherited descriptors, a private HOME and TMPDIR, limits, and a
 * keeper that kills every process of the box at its end. The kernel's layers come on top, each in a file of its own:
 *
 *     sandbox_ns        user, mount, pid, ipc and net namespaces; a root directory that holds only what the box may see
 *     sandbox_landlock  rights per file hierarchy, TCP, signals and abstract sockets
 *     sandbox_seccomp   system calls nothing in a box needs
 *     sandbox_net       in a network namespace: loopback, and the proxy's doors
 *     sandbox_limits    rlimits, and the number of processes
 *
 * full: all of them. partial: namespaces and seccomp, or Landlock (ABI 6 or newer) and seccomp. external: a person says
 * that a container is the box. none: nothing of the kernel's; a process may do what its user may.
 */
#ifndef PORT_SANDBOX_H
#define PORT_SANDBOX_H

#include "base/fault.h"
#include "base/vec.h"
#include "port/proc.h"
#include "port/proxy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

enum sandbox_level { SANDBOX_NONE, SANDBOX_EXTERNAL, SANDBOX_PARTIAL, SANDBOX_FULL };

enum sandbox_network { NETWORK_NONE, NETWORK_PROXY, NETWORK_OPEN };

/* Each 0: as the launching process has it. Per process, but for `processes`. */
struct box_limits {
	uint64_t memory;    /* bytes of private writable memory */
	uint64_t file_size; /* bytes */
	uint64_t cpu;       /* seconds */
	uint64_t disk;      /* bytes that stay free where `dir` is: with less it is killed */
	uint64_t
		processes; /* threads count; of the whole box, never less than 301 where only the pid namespace keeps count */
};

/* A directory seen at another path inside. Where there are no namespaces it stays where it is. */
struct box_place {
	char *named, *real; /* outside: as given, and with links resolved */
	char *at;
};

/*
 * A directory given copy-on-write, which needs namespaces: `lower` shows through, and what is written goes to `upper` (which may be
 * the very directory that is at `at` outside). `work` is the kernel's own, on the file system of `upper`, one per `upper`.
 */
struct box_cow {
	char *at, *lower, *upper, *work;
};

/* Paths are those outside; see box_place for where they are inside. */
struct box {
	enum sandbox_level level; /* what it is made of; more than the machine gives is a fault */
	struct vec argv;
	const char *dir;  /* working directory */
	const char *home; /* private HOME; created by the caller */
	const char *tmp;  /* private TMPDIR */
	const char *
		gitconfig; /* what git reads as the person's own configuration, and the machine's; NULL: nothing */
	/* Absolute paths, beyond the system's own, the toolchains, and the directories of PATH. What is not there is left out,
	 * but each of `write` must be. */
	struct vec read;
	struct vec exec;  /* read and run */
	struct vec write; /* read, run and write */
	struct vec pin;   /* below one of `write`, and read-only all the same (needs namespaces) */
	struct vec hide;  /* below one that may be read, and not to be seen */
	struct vec
		over; /* pairs: a file, and where it is seen instead of what is there (needs namespaces) */
	struct box_place *places; /* from box_add_place */
	size_t places_len, places_cap;
	struct box_cow *cows; /* from box_add_cow */
	size_t cows_len, cows_cap;
	/*
	 * The caches that tools keep in the person's HOME (share/toolchains.ini) are given copy-on-write, with what is written to them
	 * in a directory each below `cache`; what lies there in directories of the same names below `cache_over` is seen above the
	 * person's. NULL: the tools have what they find in the box's HOME.
	 */
	const char *cache, *cache_over;
	struct vec pass; /* names of variables taken from the launching environment */
	struct vec set;  /* "NAME=value" on top */
	enum sandbox_network network;
	struct proxy *
		proxy; /* NETWORK_PROXY: see port/proxy.h; borrowed; NULL: nothing can be reached */
	bool ptrace; /* its processes may trace each other; without effect where they have no pid namespace */
	struct box_limits limits;
	const void *input; /* standard input, borrowed until the end */
	size_t input_len;
	int in_fd;  /* as proc_spec */
	int out_fd; /* standard output; -1: captured and, with log_fd, logged */
	int log_fd;
	int (*log)(void *state, const char *bytes, size_t len); /* as proc_spec; NULL: none */
	void *log_state;
	bool merge; /* standard error joins standard output; else it goes to log_fd */
	int64_t wall_ms, idle_ms;
	size_t output_max, keep_max;
	bool job; /* as proc_spec */
	int tty_fd;
	bool background;
};

void box_init(struct box *box);
void box_release(struct box *box);

/* Adds one; the strings are copied. `at` is absolute. */
void box_add_place(struct box *box, const char *real, const char *at);
void box_add_cow(
	struct box *box, const char *at, const char *lower, const char *upper, const char *work);

/* A path as it is inside the box, for its arguments and variables; the caller frees. */
char *box_inside(const struct box *box, const char *path);

/*
 * The strongest level this machine gives, found out by making a box once per process; `external` where a person says so and the
 * machine gives nothing more.
 */
enum sandbox_level sandbox_reach(void);

/* A box of that level has namespaces: it holds `pin` and `over`, and directories are where box_add_place puts them. */
bool sandbox_has_places(enum sandbox_level level);

/* What the machine gives sandboxes to be made of. */
struct sandbox_machine {
	bool namespaces, seccomp;
	int landlock; /* ABI; 0: none */
};
void sandbox_look(struct sandbox_machine *out);

/* Why the machine does not give "namespaces", "Landlock" or "seccomp", or gives less of it; NULL: nothing is known. Borrowed. */
const char *sandbox_reason(const char *layer);

/* Appends the command by which the machine's owner gives it more; nothing where none is known. */
void sandbox_mend(struct buf *out);

/* Of libseccomp. */
const char *sandbox_library(void);

/* Appends why it is not `full`, "; " between: "user namespaces: Operation not permitted". */
void sandbox_explain(struct buf *out);

/*
 * Whether boxes of this level can give directories copy-on-write that lie where `dir` is: tried out, in a directory made there and
 * removed again.
 */
bool sandbox_can_cow(enum sandbox_level level, const char *dir);

const char *sandbox_level_name(enum sandbox_level level);
int sandbox_level_parse(const char *word, enum sandbox_level *out); /* -1: no such level */
const char *sandbox_network_name(enum sandbox_network network);
int sandbox_network_parse(const char *word, enum sandbox_network *out);

/*
 * Refuses (EXIT_REFUSED, with the reason and the fix) where the machine reaches less than `require`; else *reached is the level in
 * force: the strongest there is, or, where `none` is all that is asked for, `none` (a person's word).
 */
int sandbox_require(enum sandbox_level require, enum sandbox_level *reached, struct fault *why);

/* Whether `ptrace` is of any use in a box of a level: to trace there must be processes that are the box's alone. */
bool sandbox_can_trace(enum sandbox_level level);

/* What a path, as a process of the box names it, is to that process. */
enum box_sight {
	BOX_HIDDEN, /* what has that name outside cannot be read; there may be something of the box's own */
	BOX_READ,
	BOX_WRITE,
};
enum box_sight sandbox_sight(const struct box *box, const char *path);

/* Whether servers can be started and reached in it; not so without a network where the machine gives no network namespaces. */
bool sandbox_has_loopback(const struct box *box);

/* The environment a process in the box gets, one "NAME=value" each, sorted. */
void sandbox_env(const struct box *box, struct vec *env);

/* Appends what the box may touch, one "word: what" a line, as --dry-run prints it. */
void box_describe(const struct box *box, struct buf *out);

/* The same as JSON: {"version", "level", "layers", "network", "hosts", "limits", "env", "view"}; the caller frees. */
struct json *box_to_json(const struct box *box);

/* Starts the box's command; the caller polls the child with proc_poll and frees it. */
int sandbox_start(const struct box *box, struct proc **out, struct fault *why);

/* sandbox_start and wait for the end. */
int sandbox_run(const struct box *box, struct proc **out, struct fault *why);

/* Appends what the toolchains are recognised by that a box sees: the same text, the same tools. */
int sandbox_tools(struct buf *out, struct fault *why);

/* Where a toolchain's root variables are read from; set once by main. NULL: the installed share/toolchains.ini. */
void sandbox_set_toolchains(const char *path);

#endif
