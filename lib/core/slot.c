/*
 * A place is a file 1, 2, ...; a ticket is a file wait-<when it was drawn>-<pid>, locked by who waits: one that is not locked is
 * nobody's any more.
 */
#include "core/slot.h"
#include "base/alloc.h"
#include "core/run.h"
#include "port/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TICKET "wait-"

static char *dir_of(const struct store *store)
{
	return fs_join(store->dir, "slots");
}

bool slot_held(const struct slot *s)
{
	return s->place.fd >= 0;
}

void slot_release(struct slot *s)
{
	fs_unlock(&s->place);
	if (s->ticket)
		unlink(s->ticket);
	fs_unlock(&s->turn);
	str_free(&s->ticket);
}

/* Whether somebody holds the ticket; one that is nobody's is taken away. */
static int is_waiting(const char *path, struct fault *why)
{
	struct fs_lock lock = FS_LOCK_INIT;
	int held = fs_lock(&lock, path, false, why);

	if (!held)
		unlink(path);
	fs_unlock(&lock);
	return held;
}

/* 1: others are before it in line. */
static int is_behind(const struct slot *s, const char *dir, struct fault *why)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	const char *own = s->ticket ? strrchr(s->ticket, '/') + 1 : NULL;

	if (fs_list(dir, &names, why) < 0)
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		CLEANUP(str_free) char *path = NULL;
		int waiting;

		if (strncmp(names.items[i], TICKET, strlen(TICKET)) != 0)
			continue;
		if (own && strcmp(names.items[i], own) >= 0)
			return 0;
		path = fs_join(dir, names.items[i]);
		waiting = is_waiting(path, why);
		if (waiting)
			return waiting;
	}
	return 0;
}

static char *place_path(const char *dir, int number)
{
	char name[16];

	snprintf(name, sizeof name, "%d", number);
	return fs_join(dir, name);
}

static int not_writable(const char *dir, struct fault *why)
{
	return access(dir, W_OK) < 0 ? fault_hint(why, "ls -ld %s shows who may write there", dir)
				     : -1;
}

int slot_take(struct slot *s, const struct store *store, int count, struct fault *why)
{
	CLEANUP(str_free) char *dir = dir_of(store);
	int done;

	if (fs_mkdirs(dir, 0755, why) < 0)
		return not_writable(dir, why);
	done = is_behind(s, dir, why);
	for (int i = 1; !done && i <= count && !slot_held(s); i++) {
		CLEANUP(str_free) char *path = place_path(dir, i);

		if (fs_lock(&s->place, path, false, why) < 0)
			return not_writable(dir, why);
	}
	if (done || !slot_held(s))
		return done < 0 ? -1 : 1;
	if (s->ticket)
		unlink(s->ticket);
	fs_unlock(&s->turn);
	str_free(&s->ticket);
	return 0;
}

/* Between its making and its locking somebody may have taken the file for nobody's: then another one is drawn. */
int slot_join(struct slot *s, const struct store *store, struct fault *why)
{
	CLEANUP(str_free) char *dir = dir_of(store);

	while (!s->ticket) {
		CLEANUP(buf_release) struct buf path = BUF_INIT;

		buf_printf(&path, "%s/" TICKET "%020lld-%ld", dir, (long long)clock_order(),
			(long)getpid());
		if (fs_lock(&s->turn, path.data, true, why) < 0)
			return not_writable(dir, why);
		if (fs_lock_is(&s->turn, path.data))
			s->ticket = buf_take(&path);
		else
			fs_unlock(&s->turn);
	}
	return 0;
}

void slot_name(const struct slot *s, const char *run)
{
	/* Only told to people: what cannot be written is not. */
	if (slot_held(s) && ftruncate(s->place.fd, 0) == 0 &&
		pwrite(s->place.fd, run, strlen(run), 0) < 0)
		return;
}

void slot_holders(const struct store *store, int count, struct vec *names)
{
	CLEANUP(str_free) char *dir = dir_of(store);

	for (int i = 1; i <= count; i++) {
		CLEANUP(str_free) char *path = place_path(dir, i);
		CLEANUP(buf_release) struct buf name = BUF_INIT;
		struct fault ignored = FAULT_INIT;

		if (fs_read(path, &name, RUN_NAME_MAX, &ignored) == 0 && run_name_valid(name.data))
			vec_push(names, name.data);
	}
}
