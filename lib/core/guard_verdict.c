#include "core/guard_verdict.h"

#include "base/alloc.h"
#include "base/text.h"
#include "core/guard_tip.h"
#include "core/store.h"

#include <string.h>

static void judge(const struct run *run, const char *oid, const char *branch, struct buf *text)
{
	if (strcmp(run->gate_status, "green") != 0)
		buf_printf(text, "the gate of run '%s' is not green", run->id);
	else if (strcmp(run->head_oid, oid) != 0)
		buf_printf(text, "the gate of run '%s' passed %.10s, and '%s' is pushed at %.10s",
			run->id, run->head_oid, branch, oid);
}

int guard_verdict_check(const struct gitdir *dir, const char *prefix,
	const struct guard_update *update, struct buf *text, struct fault *why)
{
	CLEANUP(str_free) char *ref = xstrndup(update->ref, update->ref_len);
	CLEANUP(str_free) char *oid = xstrndup(update->new_oid, update->oid_len);
	CLEANUP(store_release) struct store store;
	CLEANUP(run_release) struct run run;
	CLEANUP(str_free) char *branch = NULL;
	int none;

	store_init(&store, dir->common_dir);
	run_init(&run);
	if (update->deletion || strncmp(ref, "refs/heads/", 11) != 0 ||
		strncmp(ref + 11, prefix, strlen(prefix)) != 0)
		return 1;
	branch = text_cleaned(ref + 11);
	none = guard_tip_run(&store, ref + 11, &run, why);
	if (none < 0)
		return -1;
	if (none)
		buf_printf(text, "no run of this repository made '%s'", branch);
	else
		judge(&run, oid, branch, text);
	return text->len ? 0 : 1;
}
