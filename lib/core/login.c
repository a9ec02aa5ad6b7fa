#include "core/login.h"
#include "base/alloc.h"
#include "base/fs.h"
#include "base/fs_below.h"
#include "core/grant.h"
#include "core/workspace.h"
#include "port/hash.h"
#include "port/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOGIN_MAX (1024 * 1024) /* bytes; those known are below 10 KiB */
#define SETTLE_S  2             /* a file may change again with the same times for so long */

/* What one look at a file tells without reading it. */
struct stamp {
	bool there;
	struct stat st;
};

struct login_file {
	struct grant at;
	char *home; /* the box's */
	char *lock; /* path of the lock all runs share */
	bool is_json;
	bool settled; /* the stamps are old enough to tell every change */
	struct stamp outside, inside;
	char seen[HASH_HEX_SIZE]; /* of what both sides held last; "": nothing */
	const char *unfit;        /* why the person's file is no login; NULL: it is one */
	const char *trouble;      /* why what the agent left was not taken over; NULL: it was */
};

/* One side as it was read. */
struct side {
	struct stamp stamp;
	struct buf text;
	struct json *json;
	char hash[HASH_HEX_SIZE];
	const char *trouble; /* why it is no login; NULL: it is one, or not there */
};

#define SIDE_INIT                \
	{                        \
		.text = BUF_INIT \
	}

static void side_release(struct side *s)
{
	buf_release(&s->text);
	json_free(&s->json);
}

static bool is_good(const struct side *s)
{
	return s->stamp.there && !s->trouble;
}

/* --- looking -------------------------------------------------------------------------------- */

static int open_inside(const struct login_file *f, bool make)
{
	return fs_open_parent(f->home, f->at.inside, make);
}

static int open_outside(const struct login_file *f, char **name)
{
	CLEANUP(str_free) char *real = fs_real(f->at.outside);
	CLEANUP(str_free) char *dir = real ? fs_dirname(real) : NULL;

	*name = real ? xstrdup(fs_basename(real)) : NULL;
	return real ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static void look(const struct login_file *f, struct stamp *outside, struct stamp *inside)
{
	CLEANUP(fd_close) int dir = open_inside(f, false);

	outside->there = stat(f->at.outside, &outside->st) == 0;
	inside->there = dir >= 0 && fstatat(dir, fs_basename(f->at.inside), &inside->st,
					    AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	const struct stat *x = &a->st, *y = &b->st;

	if (!a->there || !b->there)
		return a->there == b->there;
	return x->st_dev == y->st_dev && x->st_ino == y->st_ino && x->st_size == y->st_size &&
	       x->st_mtim.tv_sec == y->st_mtim.tv_sec && x->st_mtim.tv_nsec == y->st_mtim.tv_nsec &&
	       x->st_ctim.tv_sec == y->st_ctim.tv_sec && x->st_ctim.tv_nsec == y->st_ctim.tv_nsec;
}

static bool is_newer(const struct stamp *a, const struct stamp *b)
{
	const struct timespec *x = &a->st.st_mtim, *y = &b->st.st_mtim;

	return x->tv_sec != y->tv_sec ? x->tv_sec > y->tv_sec : x->tv_nsec > y->tv_nsec;
}

static bool is_settled(const struct stamp *s)
{
	return !s->there || time(NULL) - s->st.st_ctim.tv_sec > SETTLE_S;
}

/* --- reading -------------------------------------------------------------------------------- */

static const char *name_trouble(int error)
{
	switch (error) {
	case ELOOP:
		return "it is a link";
	case EISDIR:
	case EINVAL:
	case ENXIO:
		return "it is no regular file";
	case EFBIG:
		return "it is larger than 1 MiB";
	default:
		return "it cannot be read";
	}
}

static void read_side(int dir, const char *name, bool is_json, struct side *s)
{
	struct fault bad = FAULT_INIT;
	int found = dir < 0 ? 1 : fs_read_at(dir, name, &s->text, LOGIN_MAX, &s->stamp.st);

	s->stamp.there = found != 1;
	if (found < 0)
		s->trouble = name_trouble(errno);
	else if (!found && !s->text.len)
		s->trouble = "it is empty";
	else if (!found && is_json && json_parse(s->text.data, s->text.len, &s->json, &bad) < 0)
		s->trouble = "it is no whole JSON";
	if (is_good(s))
		hash_hex(s->text.data, s->text.len, s->hash);
}

static void read_inside(const struct login_file *f, struct side *s)
{
	CLEANUP(fd_close) int dir = open_inside(f, false);

	read_side(dir, fs_basename(f->at.inside), f->is_json, s);
}

static void read_outside(const struct login_file *f, struct side *s)
{
	CLEANUP(str_free) char *name = NULL;
	CLEANUP(fd_close) int dir = open_outside(f, &name);

	read_side(dir, name, f->is_json, s);
}

/* A refreshed login has what the one before it had: {} is JSON as well. */
static bool keeps_members(const struct json *old, const struct json *new)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;

	json_keys(old, &names);
	for (size_t i = 0; i < names.len; i++)
		if (!json_get(new, names.items[i]))
			return false;
	return true;
}

/* --- carrying ------------------------------------------------------------------------------- */

static bool put_inside(const struct login_file *f, const struct side *from)
{
	CLEANUP(fd_close) int dir = open_inside(f, true);
	struct stat like = {.st_mode = 0600, .st_uid = geteuid(), .st_gid = getegid()};

	return dir >= 0 && fs_replace_at(dir, fs_basename(f->at.inside), from->text.data,
				   from->text.len, &like) == 0;
}

/* Unless it has changed since it was read: programs of the person's know nothing of our lock. */
static bool put_outside(
	const struct login_file *f, const struct side *from, const struct stamp *was)
{
	CLEANUP(str_free) char *name = NULL;
	CLEANUP(fd_close) int dir = open_outside(f, &name);
	struct stamp now;

	now.there = dir >= 0 && fstatat(dir, name, &now.st, AT_SYMLINK_NOFOLLOW) == 0;
	return is_same(&now, was) &&
	       fs_replace_at(dir, name, from->text.data, from->text.len, &was->st) == 0;
}

static void remove_inside(const struct login_file *f)
{
	CLEANUP(fd_close) int dir = open_inside(f, false);

	if (dir >= 0)
		unlinkat(dir, fs_basename(f->at.inside), 0);
}

static void remember(struct login_file *f, const struct side *s)
{
	memcpy(f->seen, s->hash, sizeof f->seen);
}

/* Whether what the agent wrote is to be taken over; says in f->trouble why not. */
static bool wants_agents(struct login_file *f, const struct side *out, struct side *in)
{
	if (in->stamp.there && !in->trouble && f->is_json && !keeps_members(out->json, in->json))
		in->trouble = "it lacks what the login had";
	f->trouble = in->trouble;
	if (!is_good(in) || !f->seen[0] || !strcmp(in->hash, f->seen))
		return false;
	return !strcmp(out->hash, f->seen) || is_newer(&in->stamp, &out->stamp);
}

static void settle_sides(struct login_file *f, const struct side *out, struct side *in)
{
	if (!out->stamp.there) {
		remove_inside(f);
		f->seen[0] = '\0';
	}
	f->unfit = out->trouble;
	if (!is_good(out))
		return;
	if (!strcmp(out->hash, in->hash)) {
		remember(f, out);
		f->trouble = NULL;
	} else if (wants_agents(f, out, in)) {
		if (put_outside(f, in, &out->stamp))
			remember(f, in);
		else
			f->trouble = "your own file cannot be written";
	} else if (strcmp(out->hash, f->seen) != 0 && put_inside(f, out)) {
		remember(f, out);
	}
}

static void carry(struct login_file *f, bool last)
{
	CLEANUP(fs_unlock) struct fs_lock lock = FS_LOCK_INIT;
	CLEANUP(side_release) struct side out = SIDE_INIT;
	CLEANUP(side_release) struct side in = SIDE_INIT;
	struct fault busy = FAULT_INIT;
	struct stamp outside, inside;
	bool moving;

	look(f, &outside, &inside);
	if (!last && f->settled && is_same(&outside, &f->outside) && is_same(&inside, &f->inside))
		return;
	if (fs_lock(&lock, f->lock, last, &busy))
		return;
	/* Of what is not JSON nothing tells whether it is all written but that it has stopped to change. */
	moving = !f->is_json && !last && !is_same(&inside, &f->inside);
	f->outside = outside;
	f->inside = inside;
	f->settled = is_settled(&outside) && is_settled(&inside);
	read_outside(f, &out);
	read_inside(f, &in);
	if (!moving || !f->seen[0])
		settle_sides(f, &out, &in);
}

void logins_carry(struct logins *l)
{
	for (size_t i = 0; i < l->len; i++)
		carry(&l->items[i], false);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static int name_lock(struct login_file *f, struct fault *why)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT;
	CLEANUP(str_free) char *real = fs_real(f->at.outside);
	char hash[HASH_HEX_SIZE];

	if (workspace_state(&path, why) < 0)
		return -1;
	buf_puts(&path, "/logins");
	if (fs_mkdirs(path.data, 0700, why) < 0)
		return -1;
	hash_hex(real, strlen(real), hash);
	buf_printf(&path, "/%s.lock", hash);
	f->lock = buf_take(&path);
	return 0;
}

static int open_one(struct logins *l, const char *written, const char *moved, const char *home,
	struct fault *why)
{
	CLEANUP(grant_release) struct grant at = GRANT_INIT;
	struct login_file *f;
	size_t len;

	if (grant_find(&at, written, moved, "agent.login", why) < 0)
		return -1;
	if (!at.inside || access(at.outside, F_OK) < 0)
		return 0;
	len = strlen(at.inside);
	GROW(l->items, l->len, l->cap);
	f = &l->items[l->len++];
	*f = (struct login_file){.at = at,
		.home = xstrdup(home),
		.is_json = len > 5 && !strcmp(at.inside + len - 5, ".json")};
	at = (struct grant)GRANT_INIT;
	if (name_lock(f, why) < 0)
		return -1;
	remove_inside(f);
	carry(f, true);
	if (f->seen[0])
		return 0;
	return fault_set(why, EXIT_AGENT, "the login '%s' cannot be given to the agent: %s",
		written,
		f->unfit ? f->unfit : "something else is in its place in the agent's HOME");
	return fault_reason(why, "auth_failed");
}

int logins_open(struct logins *l, const struct agent *a, const char *home, struct fault *why)
{
	*l = (struct logins)LOGINS_INIT;
	for (size_t i = 0; i < a->login.len && !agent_key(a); i++)
		if (open_one(l, a->login.items[i], a->moved, home, why) < 0)
			return -1;
	return 0;
}

void logins_close(struct logins *l, struct vec *notes)
{
	for (size_t i = 0; i < l->len; i++) {
		struct login_file *f = &l->items[i];

		carry(f, true);
		if (f->trouble)
			vec_pushf(notes, "what the agent left as '%s' was not taken over: %s",
				f->at.outside, f->trouble);
	}
	logins_release(l);
}

void logins_release(struct logins *l)
{
	for (size_t i = 0; i < l->len; i++) {
		struct login_file *f = &l->items[i];

		remove_inside(f);
		grant_release(&f->at);
		str_free(&f->home);
		str_free(&f->lock);
	}
	free(l->items);
	*l = (struct logins)LOGINS_INIT;
}

void logins_missing(const struct agent *a, struct vec *out)
{
	struct fault ignored = FAULT_INIT;

	for (size_t i = 0; i < a->login.len; i++) {
		CLEANUP(grant_release) struct grant at = GRANT_INIT;

		if (grant_find(&at, a->login.items[i], a->moved, "agent.login", &ignored) == 0 &&
			access(at.outside, F_OK) < 0)
			vec_push(out, a->login.items[i]);
	}
}
