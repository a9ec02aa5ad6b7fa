/*
 * spawn: how long it takes to start a program and see its end, from one process that does it many times, as a supervisor does.
 * usage: spawn <directory> <program> [<argument>...]; it runs in <directory>/tree. Reads lines "<way> <times>", answers each with the
 * median in milliseconds.
 *
 *     plain   nothing around it
 *     none    in a box of level `none`: the environment, the keeper
 *     full    in a box of level `full`, with what an agent gets
 *     bwrap   by bubblewrap: the same namespaces, mounts and system call filter, and nothing for the rest
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "port/sandbox_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TIMES_MAX 1000

struct bench {
	struct box box;
	struct vec env, bwrap;
	int filter; /* a file with the system call filter, for bwrap's standard input */
};

static _Noreturn void give_up(const char *what, const struct fault *why)
{
	fprintf(stderr, "spawn: %s: %s\n", what, why->message);
	exit(1);
}

/* As core/setup.c makes it for an agent. */
static void make_box(struct bench *b, const char *dir, char **program)
{
	static const char *const parts[] = {"tree", "git", "home", "tmp"};
	struct fault why = FAULT_INIT;
	char *paths[4];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		paths[i] = fs_join(dir, parts[i]);
		if (fs_mkdirs(paths[i], 0700, &why) < 0)
			give_up(paths[i], &why);
	}
	box_init(&b->box);
	for (; *program; program++)
		vec_push(&b->box.argv, *program);
	vec_push(&b->box.write, paths[0]);
	vec_push(&b->box.write, paths[1]);
	b->box.dir = paths[0];
	b->box.home = paths[2];
	b->box.tmp = paths[3];
}

static void push(struct vec *args, const char *option, const char *what, const char *where)
{
	vec_push(args, option);
	if (what)
		vec_push(args, what);
	vec_push(args, where);
}

/* A directory that is shown brings what lies below it. */
static bool comes_along(const struct view *v, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (v->items[j].kind == VIEW_SHOW && path_is_in(v->items[i].at, v->items[j].at))
			return true;
	return false;
}

static void push_view(struct vec *args, const struct view *v)
{
	for (size_t i = 0; i < v->len; i++) {
		const struct view_item *item = &v->items[i];

		if (!strcmp(item->at, "/proc"))
			push(args, "--proc", NULL, item->at);
		else if (item->kind == VIEW_HIDE)
			push(args, "--tmpfs", NULL, item->at);
		else if (item->kind == VIEW_DEVICE)
			push(args, "--dev-bind", item->real, item->at);
		else if (item->kind == VIEW_WRITE)
			push(args, "--bind", item->real, item->at);
		else if (!comes_along(v, i))
			push(args, "--ro-bind", item->real, item->at);
	}
	for (size_t i = 0; i < v->links.len; i++)
		if (!strchr(v->links.items[i] + 1, '/') && !vec_has(args, v->links.items[i]))
			push(args, "--symlink", v->targets.items[i], v->links.items[i]);
}

static void make_bwrap(struct bench *b)
{
	static const char *const start[] = {"bwrap", "--unshare-user", "--unshare-pid",
		"--unshare-net", "--unshare-ipc", "--die-with-parent", "--new-session", "--seccomp",
		"0", NULL};
	CLEANUP(cell_release) struct cell cell = {.view = VIEW_INIT};
	CLEANUP(toolchains_release) struct toolchains tools = TOOLCHAINS_INIT;
	struct layers layers;
	struct fault why = FAULT_INIT;

	if (!cell_layers(SANDBOX_FULL, &layers) ||
		sandbox_build_env(&b->box, &b->env, &tools, &why) < 0 ||
		cell_make(&cell, &b->box, &layers, &b->env, &tools, &why) < 0)
		give_up("no full box", &why);
	vec_push_all(&b->bwrap, start);
	push_view(&b->bwrap, &cell.view);
	push(&b->bwrap, "--chdir", NULL, b->box.dir);
	vec_push(&b->bwrap, "--");
	vec_push_all(&b->bwrap, (const char *const *)b->box.argv.items);
	b->filter = memfd_create("filter", MFD_CLOEXEC);
	if (b->filter < 0 || fs_write_fd(b->filter, cell.filter->filter,
				     cell.filter->len * sizeof(struct sock_filter)) < 0) {
		fault_errno(&why, "cannot be written");
		give_up("filter", &why);
	}
}

static int spawn_boxed(
	struct bench *b, enum sandbox_level level, struct proc **p, struct fault *why)
{
	b->box.level = level;
	return sandbox_run(&b->box, p, why);
}

static int spawn_bare(
	struct bench *b, const struct vec *argv, int in, struct proc **p, struct fault *why)
{
	struct proc_spec spec = PROC_SPEC_INIT;

	spec.argv = (const char *const *)argv->items;
	spec.dir = b->box.dir;
	spec.capture = true;
	spec.env = (const char *const *)b->env.items;
	spec.in_fd = in;
	spec.err_fd = PROC_INHERIT;
	if (in >= 0)
		lseek(in, 0, SEEK_SET);
	return proc_run(&spec, p, why);
}

static int spawn(struct bench *b, const char *way, struct proc **p, struct fault *why)
{
	if (!strcmp(way, "plain"))
		return spawn_bare(b, &b->box.argv, -1, p, why);
	if (!strcmp(way, "none"))
		return spawn_boxed(b, SANDBOX_NONE, p, why);
	if (!strcmp(way, "full"))
		return spawn_boxed(b, SANDBOX_FULL, p, why);
	if (!strcmp(way, "bwrap"))
		return spawn_bare(b, &b->bwrap, b->filter, p, why);
	return fault_set(why, EXIT_USAGE, "no such way");
}

static double spawn_ms(struct bench *b, const char *way)
{
	CLEANUP(proc_free) struct proc *p = NULL;
	struct fault why = FAULT_INIT;
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	if (spawn(b, way, &p, &why) < 0 || !p)
		give_up(way, &why);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (p->end != PROC_EXITED || p->code) {
		fault_set(&why, EXIT_FATAL, "it ended with %d", p->code);
		give_up(way, &why);
	}
	return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of(struct bench *b, const char *way, int times)
{
	double ms[TIMES_MAX] = {0};

	for (int i = 0; i < times; i++)
		ms[i] = spawn_ms(b, way);
	qsort(ms, (size_t)times, sizeof *ms, by_value);
	return ms[times / 2];
}

int main(int argc, char **argv)
{
	struct bench b = {.env = VEC_INIT, .bwrap = VEC_INIT, .filter = -1};
	char way[32];
	int times;

	if (argc < 3)
		return 2;
	make_box(&b, argv[1], argv + 2);
	make_bwrap(&b);
	while (scanf("%31s %d", way, &times) == 2 && times > 0 && times <= TIMES_MAX) {
		printf("%.4f\n", median_of(&b, way, times));
		fflush(stdout);
	}
	return 0;
}
