#include "flow/layers.h"
#include "base/alloc.h"
#include "base/term.h"
#include "base/text.h"
#include "port/proc.h"

#include <time.h>

#define LOOK_MS 100

static int wait_for_other(bool *told, struct fault *why)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};

	if (!*told)
		term_say("setup: another process makes these dependencies, waiting for it");
	*told = true;
	nanosleep(&pause, NULL);
	return proc_stop_requested() ? fault_set(why, EXIT_INTERRUPTED, "interrupted") : 0;
}

static void say_setup(const struct policy *p)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < p->setup.len; i++)
		buf_printf(&text, "%s%s", i ? "; " : "", p->setup.items[i]);
	text_clean(&text);
	term_say("setup: %s", text.data);
}

int layers_take(struct layer *l, struct workspace *w, struct repo *repo, const struct policy *p,
	const char *commit, const char *log, struct fault *why)
{
	bool told = false;

	workspace_copies(w);
	if (layer_name(l, w, repo, p, commit, why) < 0)
		return -1;
	while (l->key[0]) {
		int state = layer_find(l, why), made = 1;

		if (state < 0 || state == LAYER_THERE)
			return state < 0 ? -1 : 0;
		if (state == LAYER_MISSING) {
			say_setup(p);
			made = layer_make(l, w, repo, p, log, why);
		}
		if (made < 0 || (made == 1 && wait_for_other(&told, why) < 0))
			return -1;
	}
	return 0;
}
