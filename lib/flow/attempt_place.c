#include "flow/attempt_place.h"
#include "base/alloc.h"
#include "base/term.h"
#include "port/proc.h"

#include <time.h>

#define LOOK_MS 100 /* between two looks at whether it is its turn */

/* A run at work is one that counts: whatever holds a place, from any process. */
static void say_waiting(const struct attempt *a)
{
	CLEANUP(vec_release) struct vec names = VEC_INIT;
	CLEANUP(buf_release) struct buf list = BUF_INIT;
	int count = a->policy.concurrent;

	slot_holders(a->store, count, &names);
	for (size_t i = 0; i < names.len; i++)
		buf_printf(&list, "%s%s", i ? ", " : ": ", names.items[i]);
	term_say("waiting: %d run%s at work, as many as limits.concurrent allows%s", count,
		count == 1 ? " is" : "s are", list.data);
}

static int fault_busy(const struct attempt *a, struct fault *why)
{
	fault_set(why, EXIT_BUSY,
		"as many runs are at work as limits.concurrent allows (%d), or waiting",
		a->policy.concurrent);
	fault_reason(why, "busy");
	return fault_hint(why, "git agent wait, or leave out --no-wait to wait in line");
}

/* Nothing is made yet: whoever will not wait leaves no trace. */
int attempt_place_try(struct attempt *a, struct fault *why)
{
	int done = slot_take(&a->slot, a->store, a->policy.concurrent, why);

	if (done == 1 && a->options->no_wait)
		return fault_busy(a, why);
	return done < 0 ? -1 : 0;
}

int attempt_place_await(struct attempt *a, struct fault *why)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	bool said = false;
	int done = 1;

	if (!slot_held(&a->slot) && slot_join(&a->slot, a->store, why) < 0)
		return -1;
	while (!slot_held(&a->slot)) {
		done = slot_take(&a->slot, a->store, a->policy.concurrent, why);
		if (done < 0)
			return -1;
		if (proc_stop_requested())
			return fault_set(why, EXIT_INTERRUPTED, "interrupted");
		if (done && !said)
			say_waiting(a);
		said = true;
		if (done)
			nanosleep(&pause, NULL);
	}
	slot_name(&a->slot, a->run.id);
	return 0;
}
