/* What the kernel did not hold is looked for when everything of a run has been killed. */
#include "base/alloc.h"
#include "base/buf.h"
#include "core/witness.h"
#include "flow/attempt.h"

#include <string.h>

#define NAMED_MAX 4 /* changes in the error's line; the report has them all */

int attempt_picture(struct attempt *a, struct fault *why)
{
	if (a->level == SANDBOX_FULL)
		return 0;
	return witness_take(&a->witness, a->repo, a->policy.branch_prefix, why);
}

static int refuse(struct attempt *a, const struct witness_changes *changes, struct fault *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < changes->len; i++) {
		const struct witness_change *c = &changes->items[i];

		run_flag(&a->run, "changed while it ran: %s%s%s", c->what,
			c->mend ? "; to undo it: " : "", c->mend ? c->mend : "");
		if (i < NAMED_MAX)
			buf_printf(&text, "%s%s", i ? "; " : "", c->what);
	}
	if (changes->len > NAMED_MAX)
		buf_printf(&text, "; and %zu more", changes->len - NAMED_MAX);
	fault_set(why, EXIT_REFUSED, "the repository was changed while the run worked: %s",
		text.data);
	fault_reason(why, "tampered");
	return fault_hint(why,
		"undo what was not you, as the report says, and run it again; what the agent left is in %s",
		a->checkout.tree ? a->checkout.tree : a->workspace.path);
}

int attempt_compare(struct attempt *a, struct fault *why)
{
	CLEANUP(witness_changes_release) struct witness_changes changes = {0};
	CLEANUP(buf_release) struct buf objects = BUF_INIT;
	CLEANUP(vec_release) struct vec known = VEC_INIT;
	struct witness_run run = {.work = a->workspace.path, .known = &known};
	struct fault trouble = FAULT_INIT;

	if (!a->witness || !a->workspace.path)
		return 0;
	for (size_t i = 0; i < a->run.passes_len; i++)
		vec_push(&known, a->run.passes[i].tip);
	if (a->checkout.git) {
		buf_printf(&objects, "%s/objects", a->checkout.git);
		run.objects = objects.data;
	}
	if (witness_compare(a->witness, a->repo, &run, &changes, &trouble) < 0) {
		*why = trouble;
		return -1;
	}
	if (!changes.len)
		return 0;
	witness_free(&a->witness);
	return refuse(a, &changes, why);
}
