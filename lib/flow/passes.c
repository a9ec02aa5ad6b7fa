#include "flow/passes.h"
#include "base/term.h"

#include <string.h>

static struct run_pass *last_pass(const struct attempt *a)
{
	return a->run.passes_len > a->first ? &a->run.passes[a->run.passes_len - 1] : NULL;
}

static bool was_red(const struct run_pass *pass)
{
	return pass && !strcmp(pass->gate, "red");
}

/* Passes that were judged red; one that was interrupted, or could not be judged, costs nothing. */
static int count_red(const struct attempt *a)
{
	int count = 0;

	for (size_t i = a->first; i < a->run.passes_len; i++)
		count += was_red(&a->run.passes[i]);
	return count;
}

/* One that was cut off, or failed, says nothing of the one before. */
static const struct run_pass *last_judged(const struct attempt *a)
{
	for (size_t i = a->run.passes_len; i-- > a->first;)
		if (a->run.passes[i].gate[0])
			return &a->run.passes[i];
	return NULL;
}

/* Its work is in the repository, and no gate has said anything of it. */
static bool is_unjudged(const struct run_pass *pass)
{
	return pass && pass->tree[0] && !pass->gate[0] && !strcmp(pass->end, "done");
}

static bool same_tree(const struct attempt *a)
{
	for (size_t i = a->first; i + 1 < a->run.passes_len; i++)
		if (was_red(&a->run.passes[i]) && !strcmp(a->run.passes[i].tree, a->tree))
			return true;
	return false;
}

/* What heals starts from a red gate, which counts as one that was red. */
static bool base_counts(const struct attempt *a)
{
	return a->run.kind == RUN_KIND_HEAL && !a->first;
}

static bool same_failure(const struct attempt *a)
{
	const struct run_pass *last = last_pass(a);

	if (base_counts(a) && last && last->failure[0] && !strcmp(a->base_failure, last->failure))
		return true;
	for (size_t i = a->first; last && i + 1 < a->run.passes_len; i++)
		if (was_red(&a->run.passes[i]) && last->failure[0] &&
			!strcmp(a->run.passes[i].failure, last->failure))
			return true;
	return false;
}

/* Why another pass would be wasted; NULL: it is worth one. */
static const char *why_no_more(const struct attempt *a)
{
	if (count_red(a) + base_counts(a) > a->most)
		return a->most ? "red, and no pass is left" : "red";
	return same_failure(a) ? "the same failure came back" : NULL;
}

/* A pass of the agent, unless one waits for its verdict. 0: a tree to judge; 1: one that was judged before, the run is over. */
static int work(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why)
{
	const struct run_pass *judged;

	if (is_unjudged(last_pass(a)))
		return attempt_recall_tree(a, why);
	judged = last_judged(a);
	if (was_red(judged) && !a->failure.len &&
		attempt_recall_failure(a, judged->number, why) < 0)
		return -1;
	if (count_red(a) || base_counts(a))
		term_say("red: pass %d of %d", count_red(a) + 1, a->most + !base_counts(a));
	if (attempt_work(a, agent, brief, why) < 0)
		return -1;
	if (!same_tree(a))
		return 0;
	return attempt_reject_again(a, "the agent left the same tree again", why) < 0 ? -1 : 1;
}

int passes_run(
	struct attempt *a, const struct agent *agent, const struct brief *brief, struct fault *why)
{
	a->may_change = &brief->may_change;
	/* Taken up again: the failure of the base is the one to compare with, whatever was judged since. */
	if (base_counts(a) && !a->base_failure[0]) {
		if (attempt_recall_failure(a, 0, why) < 0)
			return -1;
		if (last_judged(a))
			buf_clear(&a->failure);
	}
	for (;;) {
		const char *enough =
			was_red(last_pass(a)) || base_counts(a) ? why_no_more(a) : NULL;
		int done;

		if (enough)
			return attempt_reject(a, enough, why);
		done = work(a, agent, brief, why);
		if (done)
			return done < 0 ? -1 : 0;
		done = attempt_judge(a, agent, why);
		if (done < 0)
			return -1;
		if (!done)
			return attempt_propose(a, why);
	}
}
