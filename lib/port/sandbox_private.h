/*
 * sandbox_private: what the files of the sandbox share: the layers in force, what a box may see as one list that every layer
 * reads, and a cell, the box made ready for its layers.
 */
#ifndef PORT_SANDBOX_PRIVATE_H
#define PORT_SANDBOX_PRIVATE_H

#include "base/fs.h"
#include "port/proxy.h"
#include "port/sandbox.h"
#include "port/toolchain.h"

#include <linux/filter.h>

/* Each layer as this machine gives it, or as one box gets it. */
struct layers {
	bool ns;
	int landlock; /* ABI; 0: none */
	bool seccomp;
};

enum view_kind {
	VIEW_SHOW, /* there for the namespaces; Landlock gives rights to single entries below it */
	VIEW_READ,
	VIEW_EXEC, /* read and run */
	VIEW_WRITE,
	VIEW_DEVICE, /* read, write and control */
	VIEW_PIN,    /* below a VIEW_WRITE: read and run */
	VIEW_COW,    /* as VIEW_WRITE, on a copy */
	VIEW_HIDE,   /* below any: neither seen nor read */
};

struct view_item {
	char *real; /* where it is outside, links resolved */
	char *at;   /* where it is inside */
	/* Of a VIEW_COW, whose `real` is what lies below; `over`, above that, may be NULL. */
	char *over, *upper, *work;
	enum view_kind kind;
	bool is_dir;
};

/* What there is in a box, by `at`, parents first, each place once. */
struct view {
	struct view_item *items;
	size_t len, cap;
	struct vec links, targets; /* names that lead to a place through a link, and that place */
	bool tmp_moved;            /* box->tmp is at /tmp */
	const struct box *
		placed; /* whose places say where things are; NULL: all are where they are outside */
};

#define VIEW_INIT                                           \
	{                                                   \
		NULL, 0, 0, VEC_INIT, VEC_INIT, false, NULL \
	}

/* The system's own places; a path may hold a `*` for a version. */
struct system_place {
	const char *path;
	enum view_kind kind;
};
extern const struct system_place system_places[];
extern const size_t system_places_len;
/* Never to be seen, even by root. */
extern const char *const system_secrets[];
extern const size_t system_secrets_len;

void view_release(struct view *v);

/* The system's own table, the toolchains, PATH and what the box names. -1: one of box->write is not there. */
int view_make(struct view *v, const struct box *box, const struct vec *env,
	const struct toolchains *tools, const struct layers *layers, struct fault *why);

const char *view_kind_name(enum view_kind kind);

void places_release(struct box *box);

/* What can be read, if it is there; a directory to write, at another place. */
void view_add_read(struct view *v, const char *path);
void view_add_write(struct view *v, const char *path, const char *at);

/* A VIEW_COW; all but `real`, which is the view's from here on, are copied. */
void view_add_cow(struct view *v, char *real, const char *at, const char *over, const char *upper,
	const char *work);

/* The caches of the toolchains: a place each in the view, and the directories that take what is written to them. */
int cache_dirs(const struct box *box, const struct toolchains *tools, struct fault *why);
void cache_show(struct view *v, const struct box *box, const struct toolchains *tools);

/* Where the box's places put a path, in a box with namespaces; the caller frees. */
char *place_inside(const struct box *box, const char *path);

/* The environment, and the toolchains it names. */
int sandbox_build_env(
	const struct box *box, struct vec *env, struct toolchains *tools, struct fault *why);
/* Its TMPDIR is /tmp. */
void sandbox_move_tmp(const struct box *box, struct vec *env);

#define LANDLOCK_SCOPES 6 /* the ABI that can keep signals in */

struct cell {
	struct layers layers;
	struct view view;
	enum sandbox_network network;
	bool own_net;         /* a network namespace with nothing in it but loopback */
	struct proxy_way way; /* to the proxy; wire -1: there is none */
	struct box_limits limits;
	const struct sock_fprog *filter;
	char uid_map[64], gid_map[64];
	int ruleset; /* Landlock's; made in the keeper */
	struct proc_confine confine;
};

void cell_release(struct cell *c);

/* Makes a cell of these layers; `why` says what kept it. Its `confine` is ready for proc_start. */
int cell_make(struct cell *c, const struct box *box, const struct layers *layers,
	const struct vec *env, const struct toolchains *tools, struct fault *why);

/* The layers of a level on this machine; false: it does not give them. */
bool cell_layers(enum sandbox_level level, struct layers *out);

/* What this machine gives, found out once, and what kept the rest. */
const struct layers *probe_layers(void);
const char *probe_reasons(void);

/*
 * The layers themselves. In the keeper and in the child: -1 with errno set and `what` written.
 */

/* Builds the root directory, enters it; the keeper is pid 1. */
int ns_enter(const struct cell *c, char what[PROC_WHAT_MAX]);

/* A mount, not yet anywhere, of a VIEW_COW: its descriptor. */
int overlay_open(const struct view_item *item, char what[PROC_WHAT_MAX]);

/* In a network namespace of the box: loopback, and the doors of the proxy. */
int net_enter(const struct cell *c, char what[PROC_WHAT_MAX]);

/*
 * Opens the place `at` (absolute, as seen from inside) below the root directory `base`, made where it is not there; -1 with errno
 * set. Something of an agent's may be on the way, and a link of its making would lead to the machine's own files: no link is
 * followed (ELOOP).
 */
int point_open(int base, const char *at, bool is_dir);

/* The ABI of this kernel; 0 with errno set: there is none. */
int landlock_abi(void);
/* Keeps the keeper's signals in, so that it can kill what it keeps at once: for boxes without a pid namespace. */
int landlock_scope(const struct cell *c, char what[PROC_WHAT_MAX]);
/* c->ruleset from the view. */
int landlock_prepare(struct cell *c, char what[PROC_WHAT_MAX]);
int landlock_seal(const struct cell *c, char what[PROC_WHAT_MAX]);

/* What a filter depends on. */
struct seccomp_kind {
	bool ns;       /* other processes, queues and socket files are out of sight */
	bool own_net;  /* so are all sockets of the machine, those with abstract names too */
	bool open_net; /* the machine's network is open to it */
	bool scoped;   /* Landlock keeps it from abstract sockets */
	bool trace;    /* ptrace is let through */
};

/* The filter for a box, made once per process and kind; NULL: libseccomp cannot make it. */
const struct sock_fprog *seccomp_filter(const struct seccomp_kind *kind);
int seccomp_seal(const struct cell *c, char what[PROC_WHAT_MAX]);

/* In the keeper, while it may still write to /proc/sys: the number of processes of its pid namespace. */
void limits_enter(const struct cell *c);
int limits_seal(const struct cell *c, char what[PROC_WHAT_MAX]);
/* No capability, now or by any program. */
int limits_drop_caps(char what[PROC_WHAT_MAX]);

/* Writes what failed; returns -1, errno as it was. */
int layer_failed(char what[PROC_WHAT_MAX], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
