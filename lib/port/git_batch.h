/*
 * git_batch: one git that stays and answers for objects (`git cat-file --batch-command`), so that reading one does not start a process.
 * With git_batch_plain none is started at all, as long as what is asked for is plain.
 */
#ifndef PORT_GIT_BATCH_H
#define PORT_GIT_BATCH_H

#include "base/buf.h"
#include "base/fault.h"
#include "port/git.h"
#include "port/gitdir.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct git_object {
	char oid[65]; /* hex */
	char type[8]; /* "commit", "tree", "blob" or "tag" */
	size_t size;  /* bytes */
};

struct git_batch;

/* Starts it; `call` says where. */
int git_batch_open(const struct git_call *call, struct git_batch **out, struct fault *why);

/*
 * The same, in which `dir` is read first (port/odb.h); git is started where that does not tell, or with git_batch_start, and then
 * answers for all that follows.
 */
struct git_batch *git_batch_plain(const struct git_call *call, const struct gitdir *dir);
int git_batch_start(struct git_batch *batch, struct fault *why);
bool git_batch_started(const struct git_batch *batch);

/* The id of a ref, by its full name, or of HEAD, where that is plain. False: it is not, or is none, or git is started. */
bool git_batch_ref(const struct git_batch *batch, const char *name, char oid[GITDIR_OID_SIZE]);

/* Until when an answer may take (clock_now_ms; 0: as long as it takes). Past it there is a fault whose reason is "timed_out". */
void git_batch_until(struct git_batch *batch, int64_t until);

/*
 * Appends the bytes of the object that `name` (a revision; with a newline it is none) comes to, if they are at most `max`; *object tells
 * how many there are. 1: there is none, or more than one. After a fault nothing more can be asked: free it.
 */
int git_batch_read(struct git_batch *batch, const char *name, size_t max, struct git_object *object,
	struct buf *out, struct fault *why);

/*
 * The same in two halves, for many at once: what is asked (without a newline in it) is answered in turn. git_batch_ask only notes
 * the name; git_batch_answer waits.
 */
void git_batch_ask(struct git_batch *batch, const char *name);
int git_batch_answer(struct git_batch *batch, size_t max, struct git_object *object,
	struct buf *out, struct fault *why);

/*
 * And for who waits for something else too: sends what git takes and reads what it gives, and waits for neither; it is for when the
 * descriptor of git_batch_poll is ready.
 */
int git_batch_serve(struct git_batch *batch, struct fault *why);
struct pollfd git_batch_poll(const struct git_batch *batch);

/* How many answers are to come, and how many bytes of names have not been sent yet. */
size_t git_batch_asked(const struct git_batch *batch);
size_t git_batch_unsent(const struct git_batch *batch);

enum git_answer {
	GIT_ANSWER_LATER, /* it is not all there */
	GIT_ANSWER_FOUND, /* *bytes are object->size bytes, until the next call; NULL: more than `max` */
	GIT_ANSWER_MISSING, /* no object, or more than one */
};

/* Takes the next answer, if it has come. */
enum git_answer git_batch_take(
	struct git_batch *batch, size_t max, struct git_object *object, const char **bytes);

/* NULL is fine. For CLEANUP. */
void git_batch_free(struct git_batch **batch);

#endif
