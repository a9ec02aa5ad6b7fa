/* What there is in a box: one list, made before anything is started, from which namespaces, Landlock and people read. */
#include "base/alloc.h"
#include "base/install.h"
#include "port/sandbox_private.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const kind_names[] = {
	[VIEW_SHOW] = "there",
	[VIEW_READ] = "read",
	[VIEW_EXEC] = "run",
	[VIEW_WRITE] = "write",
	[VIEW_DEVICE] = "device",
	[VIEW_PIN] = "keep",
	[VIEW_COW] = "copy-on-write",
	[VIEW_HIDE] = "hide",
};

const char *view_kind_name(enum view_kind kind)
{
	return kind_names[kind];
}

static void item_release(struct view_item *item)
{
	str_free(&item->real);
	str_free(&item->at);
	str_free(&item->over);
	str_free(&item->upper);
	str_free(&item->work);
}

void view_release(struct view *v)
{
	for (size_t i = 0; i < v->len; i++)
		item_release(&v->items[i]);
	free(v->items);
	vec_release(&v->links);
	vec_release(&v->targets);
	*v = (struct view)VIEW_INIT;
}

static void push(struct view *v, const char *path, char *real, bool is_dir, enum view_kind kind)
{
	char *at = v->placed ? place_inside(v->placed, real) : xstrdup(real);

	GROW(v->items, v->len, v->cap);
	if (strcmp(path, real) != 0 && !strcmp(at, real) && kind != VIEW_HIDE) {
		vec_push(&v->links, path);
		vec_push(&v->targets, real);
	}
	v->items[v->len++] =
		(struct view_item){.real = real, .at = at, .kind = kind, .is_dir = is_dir};
}

/* Adds what is there; -1 with errno set where it is not. */
static int add(struct view *v, const char *path, enum view_kind kind)
{
	struct stat st;
	char *real = path[0] == '/' ? fs_real(path) : NULL;

	if (!real)
		return -1;
	if (stat(real, &st) < 0) {
		free(real);
		return -1;
	}
	push(v, path, real, S_ISDIR(st.st_mode), kind);
	return 0;
}

/* A place that does not change while a process runs. */
struct known {
	char *path, *real; /* `real` NULL: there is no such place */
	bool is_dir;
};

/* Looks a place up, once. */
static const struct known *look_up(const char *path)
{
	static struct known *known;
	static size_t len, cap, next;
	struct stat st;

	/* What is asked for comes in the same order each time. */
	for (size_t tried = 0; tried < len; tried++, next++)
		if (!strcmp(known[next % len].path, path)) {
			next %= len;
			return &known[next++];
		}
	GROW(known, len, cap);
	known[len] = (struct known){
		.path = xstrdup(path), .real = path[0] == '/' ? fs_real(path) : NULL};
	known[len].is_dir =
		known[len].real && stat(known[len].real, &st) == 0 && S_ISDIR(st.st_mode);
	next = len + 1;
	return &known[len++];
}

static void add_known(struct view *v, const char *path, enum view_kind kind)
{
	const struct known *place = look_up(path);

	if (place->real)
		push(v, path, xstrdup(place->real), place->is_dir, kind);
}

static void add_all(struct view *v, const struct vec *paths, enum view_kind kind)
{
	for (size_t i = 0; i < paths->len; i++)
		add(v, paths->items[i], kind);
}

/* Names with a version in them are looked for once. */
static void add_pattern(struct view *v, const char *pattern, enum view_kind kind)
{
	static struct vec patterns = VEC_INIT, found = VEC_INIT; /* side by side */
	glob_t names;

	if (!vec_has(&patterns, pattern)) {
		if (glob(pattern, GLOB_NOSORT, NULL, &names) == 0) {
			for (size_t i = 0; i < names.gl_pathc; i++) {
				vec_push(&patterns, pattern);
				vec_push(&found, names.gl_pathv[i]);
			}
			globfree(&names);
		} else {
			vec_push(&patterns, pattern);
			vec_push(&found, "");
		}
	}
	for (size_t i = 0; i < found.len; i++)
		if (!strcmp(patterns.items[i], pattern))
			add_known(v, found.items[i], kind);
}

static void add_system(struct view *v, bool landlock)
{
	for (size_t i = 0; i < system_places_len; i++)
		if (strchr(system_places[i].path, '*'))
			add_pattern(v, system_places[i].path, system_places[i].kind);
		else
			add_known(v, system_places[i].path, system_places[i].kind);
	for (size_t i = 0; !landlock && i < system_secrets_len; i++)
		if (access(system_secrets[i], R_OK) == 0)
			add(v, system_secrets[i], VIEW_HIDE);
}

/* A directory of programs, unless the person's whole HOME, or more, would come with it. */
static void add_programs(struct view *v, const char *path, const char *home)
{
	const char *real = look_up(path)->real;

	if (real && strcmp(real, "/") != 0 && (!home || !path_is_in(home, real)))
		add_known(v, path, VIEW_EXEC);
}

/*
 * A program comes with what is installed beside it: for <prefix>/bin/<name> the prefix, for one of a node_modules that
 * directory; else alone.
 */
static void add_program(struct view *v, const char *path, const char *home)
{
	static const char modules[] = "/node_modules/";
	CLEANUP(str_free) char *real = fs_real(path);
	CLEANUP(str_free) char *dir = NULL;
	const char *found;

	add(v, path, VIEW_EXEC);
	if (!real)
		return;
	found = strstr(real, modules);
	if (found) {
		dir = xstrndup(real, (size_t)(found - real) + strlen(modules) - 1);
		add_programs(v, dir, home);
		return;
	}
	found = strrchr(real, '/');
	if (found - real > 4 && !strncmp(found - 4, "/bin", 4)) {
		dir = xstrndup(real, (size_t)(found - real) - 4);
		add_programs(v, dir, home);
	}
}

static void add_path(struct view *v, const struct box *box, const struct vec *env, const char *home)
{
	CLEANUP(str_free) char *path = NULL;
	const char *name = box->argv.len ? box->argv.items[0] : "";
	char *rest = NULL;

	for (size_t i = 0; i < env->len; i++)
		if (!strncmp(env->items[i], "PATH=", 5))
			str_replace(&path, env->items[i] + 5);
	if (strchr(name, '/'))
		add_program(v, name, home);
	for (char *dir = path ? strtok_r(path, ":", &rest) : NULL; dir;
		dir = strtok_r(NULL, ":", &rest)) {
		CLEANUP(str_free) char *file = fs_join(dir, name);

		add_programs(v, dir, home);
		if (*name && !strchr(name, '/') && access(file, X_OK) == 0)
			add_program(v, file, home);
	}
}

static void add_own(struct view *v)
{
	CLEANUP(str_free) char *libexec = install_libexec(NULL), *share = install_share(NULL);

	add_known(v, libexec, VIEW_EXEC);
	add_known(v, share, VIEW_EXEC);
}

static int add_writable(struct view *v, const char *path, struct fault *why)
{
	if (add(v, path, VIEW_WRITE) == 0)
		return 0;
	return fault_errno(why, "cannot open '%s' to the sandbox", path);
}

void view_add_read(struct view *v, const char *path)
{
	add(v, path, VIEW_READ);
}

void view_add_write(struct view *v, const char *path, const char *at)
{
	if (add(v, path, VIEW_WRITE) < 0)
		return;
	free(v->items[v->len - 1].at);
	v->items[v->len - 1].at = place_inside(v->placed, at);
}

void view_add_cow(struct view *v, char *real, const char *at, const char *over, const char *upper,
	const char *work)
{
	GROW(v->items, v->len, v->cap);
	v->items[v->len++] = (struct view_item){.real = real,
		.at = place_inside(v->placed, at),
		.over = over ? xstrdup(over) : NULL,
		.upper = xstrdup(upper),
		.work = xstrdup(work),
		.kind = VIEW_COW,
		.is_dir = true};
}

static int add_cow(struct view *v, const struct box_cow *cow, struct fault *why)
{
	CLEANUP(str_free) char *at = fs_real(cow->at);
	char *lower = fs_real(cow->lower);

	if (!lower)
		return fault_errno(why, "cannot open '%s' to the sandbox", cow->lower);
	view_add_cow(v, lower, at ? at : cow->at, NULL, cow->upper, cow->work);
	return 0;
}

static int add_cows(struct view *v, const struct box *box, struct fault *why)
{
	if (box->cows_len && !v->placed)
		return fault_set(why, EXIT_FATAL,
			"without namespaces the sandbox cannot give '%s' copy-on-write",
			box->cows[0].at);
	for (size_t i = 0; i < box->cows_len; i++)
		if (add_cow(v, &box->cows[i], why) < 0)
			return -1;
	return 0;
}

/* Mounts put one place into another; Landlock cannot. */
static void add_over(struct view *v, const struct vec *pairs)
{
	for (size_t i = 0; i + 1 < pairs->len; i += 2) {
		char *real = fs_real(pairs->items[i]);

		if (!real)
			continue;
		push(v, real, real, false, VIEW_READ);
		str_replace(&v->items[v->len - 1].at, pairs->items[i + 1]);
	}
}

/*
 * It is the machine's too: its own may hold tokens, no variable keeps libgit2 from it, and one that is there and cannot be read ends
 * cargo and others.
 */
static void add_gitconfig(struct view *v, const char *path)
{
	static const char system[] = "/etc/gitconfig";
	char *real = fs_real(path);

	add(v, path, VIEW_READ);
	if (!real || !v->placed || access(system, F_OK) != 0) {
		free(real);
		return;
	}
	push(v, real, real, false, VIEW_READ);
	str_replace(&v->items[v->len - 1].at, system);
}

/* So that it has a name: a box with namespaces has another /dev/pts, and ttyname(3) looks in /dev too. */
static void add_terminal(struct view *v, int fd)
{
	char name[64] = "";

	if (fd >= 0 && ttyname_r(fd, name, sizeof name) == 0 && add(v, name, VIEW_DEVICE) == 0 &&
		v->placed)
		str_replace(&v->items[v->len - 1].at, "/dev/console");
}

static int add_box(struct view *v, const struct box *box, struct fault *why)
{
	add_all(v, &box->read, VIEW_READ);
	add_all(v, &box->exec, VIEW_EXEC);
	add_all(v, &box->pin, VIEW_PIN);
	add_all(v, &box->hide, VIEW_HIDE);
	if (box->gitconfig)
		add_gitconfig(v, box->gitconfig);
	if ((box->home && add_writable(v, box->home, why) < 0) ||
		(box->tmp && add_writable(v, box->tmp, why) < 0))
		return -1;
	for (size_t i = 0; i < box->write.len; i++)
		if (add_writable(v, box->write.items[i], why) < 0)
			return -1;
	return add_cows(v, box, why);
}

static int compare(const void *a, const void *b)
{
	const struct view_item *x = a, *y = b;
	int order = strcmp(x->at, y->at);

	return order ? order : (int)y->kind - (int)x->kind;
}

/* The item whose hierarchy a place is in, among those before it. */
static const struct view_item *holder(const struct view *v, size_t len, const char *at)
{
	for (size_t i = len; i > 0; i--)
		if (path_is_in(at, v->items[i - 1].at))
			return &v->items[i - 1];
	return NULL;
}

static bool is_needed(const struct view_item *item, const struct view_item *in)
{
	if (in && !strcmp(in->at, item->at))
		return false; /* the same place, of a stronger kind */
	if (!in || !path_is_in(item->real, in->real))
		return item->kind != VIEW_HIDE && item->kind != VIEW_PIN;
	switch (item->kind) {
	case VIEW_SHOW:
	case VIEW_READ:
	case VIEW_EXEC:
		return in->kind < item->kind || in->kind >= VIEW_HIDE;
	case VIEW_WRITE:
		return in->kind != VIEW_WRITE;
	default:
		return true;
	}
}

/* Sorts; of two for one place the stronger stays, and what its parent gives already goes. */
static void settle(struct view *v)
{
	size_t kept = 0;

	qsort(v->items, v->len, sizeof *v->items, compare);
	for (size_t i = 0; i < v->len; i++) {
		if (is_needed(&v->items[i], holder(v, kept, v->items[i].at)))
			v->items[kept++] = v->items[i];
		else
			item_release(&v->items[i]);
	}
	v->len = kept;
}

/*
 * The box's TMPDIR is /tmp for it (a unix socket's path has 107 bytes), unless something else has its place there: names in
 * what an agent writes must not decide where a mount goes.
 */
static void place_tmp(struct view *v, const struct box *box)
{
	CLEANUP(str_free) char *real = box->tmp ? fs_real(box->tmp) : NULL;
	struct view_item *tmp = NULL;

	for (size_t i = 0; real && i < v->len; i++) {
		if (!strcmp(v->items[i].real, real))
			tmp = &v->items[i];
		else if (path_is_in(v->items[i].at, "/tmp") || path_is_in(v->items[i].real, real))
			return;
	}
	if (!tmp || path_is_in(real, "/tmp"))
		return;
	str_replace(&tmp->at, "/tmp");
	v->tmp_moved = true;
	qsort(v->items, v->len, sizeof *v->items, compare);
}

int view_make(struct view *v, const struct box *box, const struct vec *env,
	const struct toolchains *tools, const struct layers *layers, struct fault *why)
{
	const char *home = getenv("HOME");
	CLEANUP(str_free) char *person = home && home[0] == '/' && home[1] ? fs_real(home) : NULL;

	v->placed = layers->ns ? box : NULL;
	add_system(v, layers->landlock > 0);
	for (size_t i = 0; i < tools->show.len; i++)
		add_programs(v, tools->show.items[i], person);
	add_all(v, &tools->hide, VIEW_HIDE);
	cache_show(v, box, tools);
	if (person)
		add(v, person, VIEW_HIDE);
	add_path(v, box, env, person);
	add_own(v);
	if (add_box(v, box, why) < 0)
		return -1;
	if (v->placed)
		add_over(v, &box->over);
	add_terminal(v, box->tty_fd);
	settle(v);
	if (layers->ns)
		place_tmp(v, box);
	return 0;
}
